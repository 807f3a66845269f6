package config

// Accept says whose calls an account takes.
type Accept string

// Whose calls are taken.
const (
	AcceptAny       Accept = "any"
	AcceptRegistrar Accept = "registrar" // those that the registrar or the outbound proxy brings
	AcceptDigest    Accept = "digest"    // those of who knows the password
)

func accepts() []Accept { return []Accept{AcceptAny, AcceptRegistrar, AcceptDigest} }
