package main

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCommandsAreSignedWithTheKeyOfTheFile(t *testing.T) {
	write := func(key any) string {
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "key.pem")
		if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	read := func(file string) (ed25519.PrivateKey, error) {
		c := defaults()
		c.CommandKeyFile, c.origin["commands.key_file"] = file, "collector.yaml:1: commands.key_file"
		return c.commandKey()
	}
	want := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	if got, err := read(write(want)); err != nil || !got.Equal(want) {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := read(""); got != nil || err != nil {
		t.Errorf("without a file: %v, %v", got, err)
	}
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	text := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(text, []byte("no key"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{write(other), text, filepath.Join(t.TempDir(), "missing")} {
		if _, err := read(file); err == nil || !strings.HasPrefix(err.Error(), "collector.yaml:1: commands.key_file: ") {
			t.Errorf("%s: %v", file, err)
		}
	}
}
