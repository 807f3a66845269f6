package config

// Country is the ISO 3166 code, in small letters, of the country whose tones are played.
type Country string

// countries are those that package tone has a table for; a test of the agent proves that both agree.
func countries() []Country { return []Country{"us", "ca", "gb", "fr", "de"} }
