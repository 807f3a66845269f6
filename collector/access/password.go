package access

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// The cost of new hashes. A password here is 160 random bits, which nobody guesses at any price; the cost is paid by the
// collector for every stranger's login, and by 5 000 devices that come back at one moment. ADR 23.
const (
	hashMemory  = 2 << 10 // KiB
	hashTime    = 1
	hashThreads = 1
	saltBytes   = 16
	keyBytes    = 32
)

// The bounds of what is read from a file: a hash must not cost more than a login may.
const (
	maxHashMemory  = 256 << 10 // KiB
	maxHashTime    = 16
	maxHashThreads = 8
)

// newPassword makes up a password: 32 letters and digits, 160 bits.
func newPassword() string {
	b := make([]byte, 20)
	_, _ = rand.Read(b) // never fails
	return strings.ToLower(base32.StdEncoding.EncodeToString(b))
}

// hash is an argon2id hash with what it was made with.
type hash struct {
	memory, time uint32
	threads      uint8
	salt, key    []byte
}

func hashPassword(password string) string {
	h := hash{memory: hashMemory, time: hashTime, threads: hashThreads, salt: make([]byte, saltBytes)}
	_, _ = rand.Read(h.salt) // never fails
	h.key = argon2.IDKey([]byte(password), h.salt, h.time, h.memory, h.threads, keyBytes)
	return h.String()
}

// String is the form in which such hashes are usually written: $argon2id$v=19$m=…,t=…,p=…$salt$key.
func (h hash) String() string {
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.memory, h.time, h.threads, b64(h.salt), b64(h.key))
}

func parseHash(s string) (hash, error) {
	var h hash
	var version int
	p := strings.Split(s, "$")
	if len(p) != 6 || p[0] != "" || p[1] != "argon2id" {
		return h, errors.New("hash: want $argon2id$v=19$m=…,t=…,p=…$salt$key")
	}
	if _, err := fmt.Sscanf(p[2]+" "+p[3], "v=%d m=%d,t=%d,p=%d", &version, &h.memory, &h.time, &h.threads); err != nil {
		return h, fmt.Errorf("hash: %w", err)
	}
	var err, err2 error
	h.salt, err = base64.RawStdEncoding.DecodeString(p[4])
	h.key, err2 = base64.RawStdEncoding.DecodeString(p[5])
	switch {
	case errors.Join(err, err2) != nil:
		return h, fmt.Errorf("hash: %w", errors.Join(err, err2))
	case version != argon2.Version:
		return h, fmt.Errorf("hash: version %d of argon2", version)
	case h.time < 1 || h.time > maxHashTime || h.threads < 1 || h.threads > maxHashThreads || h.memory < 8*uint32(h.threads) || h.memory > maxHashMemory:
		return h, errors.New("hash: cost out of range")
	case len(h.salt) < 8 || len(h.salt) > 64 || len(h.key) < 16 || len(h.key) > 64:
		return h, errors.New("hash: salt or key of a wrong length")
	}
	return h, nil
}

// matches computes the hash again; it is as dear as the hash says.
func (h hash) matches(password []byte) bool {
	key := argon2.IDKey(password, h.salt, h.time, h.memory, h.threads, uint32(len(h.key)))
	return subtle.ConstantTimeCompare(key, h.key) == 1
}
