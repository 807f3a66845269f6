package remote

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"sidetone/internal/seal"
)

// The bounds of a request.
const (
	maxPayload = 16 << 10       // bytes
	maxName    = 64             // characters of a cid, of an op, and of who asks
	maxAhead   = 24 * time.Hour // how long a command may be good for
)

// Request is one command as it was sent.
type Request struct {
	CID  string
	Op   string
	Args json.RawMessage // as sent
	Exp  time.Time       // when it is no longer to be begun; zero where it does not say
	TTL  time.Duration   // likewise, from its arrival on; 0 where it does not say
	By   string          // who asks, as the sender has it

	exp, ttl, sig string // as sent
}

// Command is the payload of dn/cmd: something that the device is asked to do. A device that pins a key refuses it unsigned.
type Command struct {
	CID  string          `json:"cid"`            // of this command, 1 to 64 letters, digits, - and _; one that comes again is done once
	Op   string          `json:"op"`             // what to do, such as trace.get, call.test, config.apply or echo
	Args json.RawMessage `json:"args,omitempty"` // an object, as op wants it
	Exp  string          `json:"exp,omitempty"`  // when it is no longer to be begun (RFC 3339), a day ahead at most; a signed one needs it
	TTL  json.RawMessage `json:"ttl,omitempty"`  // the same from its arrival on: "30s", or whole seconds; for devices without a clock
	By   string          `json:"by,omitempty"`   // who asks; recorded with the command
	Sig  string          `json:"sig,omitempty"`  // Ed25519 signature (RFC 8032), base64
}

// strict reads one JSON object that has no other than the fields named, in words.
func strict(b []byte, v any, fields string) error {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(b, &all); err != nil {
		return err
	}
	if all == nil {
		return errors.New("want an object")
	}
	for name := range all {
		if !slices.Contains(strings.Fields(fields), name) {
			return fmt.Errorf("%q is not known; allowed: %s", name, fields)
		}
	}
	return json.Unmarshal(b, v)
}

// readable refuses what is not to be read at all.
func readable(payload []byte) error {
	switch {
	case len(payload) > maxPayload:
		return fmt.Errorf("it has %d bytes; allowed: %d", len(payload), maxPayload)
	case !utf8.Valid(payload):
		return errors.New("it is not UTF-8")
	}
	return nil
}

// Decode reads the payload of dn/cmd. After an error the request has the cid, if that much could be read.
func Decode(payload []byte) (Request, error) {
	if err := readable(payload); err != nil {
		return Request{}, err
	}
	var w Command
	if err := strict(payload, &w, "cid op args exp ttl by sig"); err != nil {
		_ = json.Unmarshal(payload, &w) // as far as it can be read
		return Request{CID: validCID(w.CID)}, err
	}
	r := Request{CID: validCID(w.CID), Op: w.Op, Args: w.Args, By: w.By, exp: w.Exp, ttl: string(w.TTL), sig: w.Sig}
	if r.CID == "" {
		return Request{}, fmt.Errorf("cid: want 1 to %d letters, digits, - and _", maxName)
	}
	if !validOp(w.Op) {
		return Request{CID: r.CID}, errors.New("op: want a name such as trace.get")
	}
	if err := oneLine(w.By); err != nil {
		return Request{CID: r.CID}, fmt.Errorf("by: %w", err)
	}
	var err error
	if w.Exp != "" {
		if r.Exp, err = time.Parse(time.RFC3339, w.Exp); err != nil {
			return Request{CID: r.CID}, errors.New("exp: want a time such as 2026-11-28T05:00:00Z")
		}
	}
	if r.TTL, err = readTTL(w.TTL); err != nil {
		return Request{CID: r.CID}, err
	}
	return r, nil
}

// readTTL takes a duration with its unit, or whole seconds.
func readTTL(raw json.RawMessage) (time.Duration, error) {
	if len(raw) == 0 || string(raw) == "null" {
		return 0, nil
	}
	text := string(raw) + "s"
	if raw[0] == '"' {
		if err := json.Unmarshal(raw, &text); err != nil {
			return 0, fmt.Errorf("ttl: %w", err)
		}
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 || d > maxAhead {
		return 0, errors.New(`ttl: want a time such as "30s", up to 24h`)
	}
	return d, nil
}

// validCID is a cid that may be part of a topic, else "".
func validCID(s string) string {
	if len(s) > maxName || strings.IndexFunc(s, func(c rune) bool {
		return (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && c != '-' && c != '_'
	}) >= 0 {
		return ""
	}
	return s
}

func validOp(s string) bool {
	return s != "" && len(s) <= maxName && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz.-") == ""
}

func oneLine(s string) error {
	if utf8.RuneCountInString(s) > maxName || strings.IndexFunc(s, unicode.IsControl) >= 0 {
		return fmt.Errorf("want one line of %d characters at most", maxName)
	}
	return nil
}

// verify checks who signed the request.
func (r Request) verify(key ed25519.PublicKey, tenant, device string) error {
	return seal.Verify(key, r.sig, seal.Command, tenant, device, r.CID, r.Op, string(r.Args), r.exp, r.ttl, r.By)
}
