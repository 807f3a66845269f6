package config

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"

	"sidetone/internal/seal"
)

// identifier is a level of an MQTT topic.
func identifier(s string) error {
	if len(s) == 0 || len(s) > 64 || strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		return fmt.Errorf("%q is no identifier; allowed: 1 to 64 of a-z, 0-9 and -", s)
	}
	return nil
}

func someText(s string) error {
	if strings.TrimSpace(s) == "" {
		return errors.New("it is empty; it needs a value")
	}
	return nil
}

// oneLine refuses what would break a header, a topic or a line of a log.
func oneLine(s string) error {
	const most = 256
	switch {
	case len(s) > most:
		return fmt.Errorf("it has %d bytes; allowed: %d", len(s), most)
	case !utf8.ValidString(s):
		return errors.New("it is not UTF-8")
	case strings.IndexFunc(s, unicode.IsControl) >= 0:
		return errors.New("it holds a control character; allowed: one line of text")
	}
	return nil
}

// socketPath is a path that fits a Unix socket's address (unix(7)).
func socketPath(s string) error {
	const most = 107
	if len(s) > most {
		return fmt.Errorf("the path has %d bytes; a Unix socket allows %d", len(s), most)
	}
	return oneLine(s)
}

// dialPrefix is the beginning of a number.
func dialPrefix(s string) error {
	keys := strings.TrimPrefix(s, "+")
	if keys == "" || len(keys) > 32 || strings.Trim(keys, "0123456789*#") != "" {
		return fmt.Errorf("%q is no beginning of a number; allowed: digits, * and #, after + or not", s)
	}
	return nil
}

// publicKey is an Ed25519 key, or none.
func publicKey(s string) error {
	if s == "" {
		return nil
	}
	_, err := seal.ParseKey(s)
	return err
}

// fingerprint is a SHA-256 in hexadecimal, or nothing.
func fingerprint(s string) error {
	if s != "" && (len(s) != 64 || strings.Trim(strings.ToLower(s), "0123456789abcdef") != "") {
		return errors.New("it is no SHA-256; write its 64 hexadecimal digits")
	}
	return nil
}

// network is a prefix of addresses.
func network(s string) error {
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return fmt.Errorf("%q is no network; write it as 192.0.2.0/24 or 2001:db8::/32", s)
	}
	if p != p.Masked() {
		return fmt.Errorf("%s has bits beyond its length; write it as %s", s, p.Masked())
	}
	return nil
}
