package sipua

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	mathrand "math/rand/v2"
	"time"
)

// newToken is 64 random bits: a tag needs 32 (RFC 3261 section 19.3), a branch must not repeat.
func newToken() string { return randomHex(8) }

// newSessionID is a version 4 UUID without hyphens (RFC 7989 section 4.1, RFC 4122 section 4.4).
func newSessionID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return hex.EncodeToString(b[:])
}

// newNumber is a session identifier for o=, kept below 2^62 because peers read it into signed numbers.
func newNumber() uint64 {
	var b [8]byte
	_, _ = rand.Read(b[:])
	return binary.BigEndian.Uint64(b[:]) >> 2
}

func randomHex(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return hex.EncodeToString(b)
}

// between draws a time at random in units of 10 ms (RFC 3261 section 14.1).
func between(least, most time.Duration) time.Duration {
	const unit = 10 * time.Millisecond
	steps := int64((most - least) / unit)
	return least + time.Duration(mathrand.Int64N(steps+1))*unit
}

// instanceURN is a name-based UUID of a device (RFC 5626 section 4.1), "" for a device without a name.
func instanceURN(name string) string {
	if name == "" {
		return ""
	}
	sum := sha256.Sum256([]byte("sidetone instance " + name))
	sum[6] = sum[6]&0x0f | 0x80 // version 8: by a hash of our choice (RFC 9562 section 5.8)
	sum[8] = sum[8]&0x3f | 0x80
	h := hex.EncodeToString(sum[:16])
	return "urn:uuid:" + h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
