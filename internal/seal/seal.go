// Package seal signs what is sent to a device and verifies it there, so that a broker in between can neither make up nor
// change a command. What is signed is a list of fields, each behind its length, so that no two lists are the same bytes; JSON
// goes in as it was sent, and nobody has to agree on how it is written.
package seal

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
)

// The labels say what a signature is for; one for another purpose is never good.
const (
	Command = "sidetone command 1" // tenant, device, cid, op, args, exp, ttl, by
	Config  = "sidetone config 1"  // tenant, device, ver, set, exp, by
)

// ErrSignature is returned by Verify.
var ErrSignature = errors.New("the signature is not that of the pinned key")

// message is what is signed: the label and each field behind its length as 32 bits, big-endian.
func message(label string, fields []string) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(label)))
	b = append(b, label...)
	for _, f := range fields {
		b = binary.BigEndian.AppendUint32(b, uint32(len(f)))
		b = append(b, f...)
	}
	return b
}

// Sign gives the signature (Ed25519, RFC 8032) in base64.
func Sign(key ed25519.PrivateKey, label string, fields ...string) string {
	return base64.StdEncoding.EncodeToString(ed25519.Sign(key, message(label, fields)))
}

// Verify checks what Sign gives.
func Verify(key ed25519.PublicKey, signature, label string, fields ...string) error {
	sig, err := base64.StdEncoding.DecodeString(signature)
	if err != nil || !ed25519.Verify(key, message(label, fields), sig) {
		return ErrSignature
	}
	return nil
}

// ParseKey reads a public key: its 32 bytes in base64.
func ParseKey(s string) (ed25519.PublicKey, error) {
	key, err := base64.StdEncoding.DecodeString(s)
	if err != nil || len(key) != ed25519.PublicKeySize {
		return nil, fmt.Errorf("%q is no public key; write the %d bytes of an Ed25519 key in base64", s, ed25519.PublicKeySize)
	}
	return key, nil
}

// FormatKey writes what ParseKey reads.
func FormatKey(key ed25519.PublicKey) string { return base64.StdEncoding.EncodeToString(key) }
