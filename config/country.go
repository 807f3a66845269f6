package config

// Country is the ISO 3166 code, in small letters, of the country whose tones are played, or "itu" for the plan that ITU-T
// E.180 recommends.
type Country string

// Countries lists the countries, which are those that the tone table has: a test of the agent proves it.
func Countries() []Country { return []Country{"us", "ca", "gb", "fr", "de", "au", "jp", "itu"} }
