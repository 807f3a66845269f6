package locate

import (
	"context"
	"errors"
	"net/netip"
)

// Resolver asks for records of the domain name system. A name that exists and has none of the records gives none, and no
// error. What it returns belongs to the caller.
type Resolver interface {
	NAPTR(ctx context.Context, domain string) ([]NAPTR, error)
	SRV(ctx context.Context, name string) ([]SRV, error)
	// Addresses asks for the IPv6 addresses of a host, or for the IPv4 ones.
	Addresses(ctx context.Context, host string, v6 bool) ([]netip.Addr, error)
}

// NAPTR says how a domain is reached (RFC 3403 section 4.1). The regexp is left out, as SIP uses none.
type NAPTR struct {
	Order, Preference uint16
	Flags, Service    string
	Replacement       string
}

// SRV is one server of a service (RFC 2782).
type SRV struct {
	Priority, Weight, Port uint16
	Target                 string // "" says that there is decidedly no such service
}

// Errors of a Resolver. They are told to people.
var (
	ErrNoName   = errors.New("the name does not exist")
	ErrNoServer = errors.New("no name server answers")
	ErrRefused  = errors.New("the name server refuses to answer")
	ErrNone     = errors.New("no name server is known")
)
