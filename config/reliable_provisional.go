package config

// ReliableProvisional is how 100rel (RFC 3262) is offered.
type ReliableProvisional string

// The uses of 100rel.
const (
	ReliableOff       ReliableProvisional = "off"
	ReliableSupported ReliableProvisional = "supported"
	ReliableRequired  ReliableProvisional = "required"
)

func reliableProvisionals() []ReliableProvisional {
	return []ReliableProvisional{ReliableOff, ReliableSupported, ReliableRequired}
}
