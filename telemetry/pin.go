package telemetry

import (
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
)

// ErrPin is wrapped when a broker is who its certificate says, but its key is not the one that is wanted.
var ErrPin = errors.New("no certificate of the broker has the pinned public key")

// Pin has connections with the config refused unless the server's certificate, or that of an authority that it was
// verified by, has the public key: the SHA-256 of its SubjectPublicKeyInfo, as in RFC 7469 section 2.4. That comes on top
// of the verification, and survives a renewal that keeps the key.
func Pin(c *tls.Config, key [sha256.Size]byte) {
	c.VerifyConnection = func(s tls.ConnectionState) error {
		var seen [sha256.Size]byte
		for _, chain := range s.VerifiedChains {
			for i, certificate := range chain {
				sum := sha256.Sum256(certificate.RawSubjectPublicKeyInfo)
				if sum == key {
					return nil
				}
				if i == 0 {
					seen = sum
				}
			}
		}
		return fmt.Errorf("%w; its own is %x", ErrPin, seen)
	}
}
