// Package idna stands in for vendor/golang.org/x/net/idna of the standard library in the cross builds, which are for
// phones with little flash: that package brings 0.2 MB of Unicode tables, to turn names like bücher.example into xn--
// names. It is linked because net/http prepares a client that asks for pages; the agent asks nobody for any, and its
// configuration takes xn-- names. What net/http needs of the package, for names that it found to be other than ASCII,
// refuses them. A Go release that needs more of it does not build with this.
package idna

import "errors"

// Profile is the way in which names are turned.
type Profile struct{}

// Lookup is for names that are looked up.
var Lookup = &Profile{}

var errNotASCII = errors.New("idna: this build takes names of ASCII only; write it as xn--")

// ToASCII returns a name of ASCII as it is, and refuses any other.
func (*Profile) ToASCII(name string) (string, error) {
	for i := range len(name) {
		if name[i] >= 0x80 {
			return "", errNotASCII
		}
	}
	return name, nil
}

// ToASCII is that of the Lookup profile.
func ToASCII(name string) (string, error) { return Lookup.ToASCII(name) }
