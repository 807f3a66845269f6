package seal

import (
	"crypto/ed25519"
	"errors"
	"strings"
	"testing"
)

func TestSignatureIsGoodForExactlyWhatWasSigned(t *testing.T) {
	key := ed25519.NewKeyFromSeed([]byte(strings.Repeat("k", ed25519.SeedSize)))
	other := ed25519.NewKeyFromSeed([]byte(strings.Repeat("o", ed25519.SeedSize)))
	public := key.Public().(ed25519.PublicKey)
	sig := Sign(key, Command, "t", "d", "cid", "echo", `{"a":1}`)
	if err := Verify(public, sig, Command, "t", "d", "cid", "echo", `{"a":1}`); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"another field":         Verify(public, sig, Command, "t", "d", "cid", "echo", `{"a":2}`),
		"another device":        Verify(public, sig, Command, "t", "e", "cid", "echo", `{"a":1}`),
		"fields cut elsewhere":  Verify(public, sig, Command, "t", "dc", "id", "echo", `{"a":1}`),
		"a field less":          Verify(public, sig, Command, "t", "d", "cid", `echo{"a":1}`),
		"another purpose":       Verify(public, sig, Config, "t", "d", "cid", "echo", `{"a":1}`),
		"another key":           Verify(other.Public().(ed25519.PublicKey), sig, Command, "t", "d", "cid", "echo", `{"a":1}`),
		"no signature":          Verify(public, "", Command, "t", "d", "cid", "echo", `{"a":1}`),
		"a signature of others": Verify(public, Sign(other, Command, "t"), Command, "t"),
		"no base64":             Verify(public, "%", Command, "t"),
	} {
		if !errors.Is(err, ErrSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestKeyIsWrittenAsItIsRead(t *testing.T) {
	public := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)).Public().(ed25519.PublicKey)
	read, err := ParseKey(FormatKey(public))
	if err != nil || !read.Equal(public) {
		t.Errorf("%v, %v", read, err)
	}
	for _, s := range []string{"", "AAAA", "no base64 at all"} {
		if _, err := ParseKey(s); err == nil {
			t.Errorf("%q was taken", s)
		}
	}
}
