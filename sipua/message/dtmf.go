package message

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// The types of the bodies that tell of a key in an INFO. No RFC describes them: they are a legacy usage (RFC 6086 section 2)
// of many gateways and phones.
const (
	DTMFRelay = "application/dtmf-relay" // "Signal=5" and "Duration=160", in milliseconds, each on its line
	DTMF      = "application/dtmf"       // the key alone
)

// Keyed is a key that an INFO tells of.
type Keyed struct {
	Key      byte          // 0-9 * # A-D
	Duration time.Duration // 0 when it is not said
}

// keys in the order of their event codes (RFC 4733 section 3.2), by which some senders name them.
const keys = "0123456789*#ABCD"

// maxKeyed is the longest time that a key is believed to have been held down.
const maxKeyed = time.Minute

var errNoKey = errors.New("the body names no key")

// ParseKeyed reads the body of an INFO of one of the two types.
func ParseKeyed(contentType string, body []byte) (Keyed, error) {
	var k Keyed
	signal, duration := strings.TrimSpace(string(body)), ""
	if contentType == DTMFRelay {
		signal, duration = relayed(signal)
	}
	var ok bool
	if k.Key, ok = keyOf(signal); !ok {
		return Keyed{}, errNoKey
	}
	if ms, err := strconv.ParseUint(duration, 10, 16); err == nil {
		k.Duration = min(time.Duration(ms)*time.Millisecond, maxKeyed)
	}
	return k, nil
}

// relayed is what a relayed body says of its key.
func relayed(body string) (signal, duration string) {
	for line := range strings.Lines(body) {
		name, value, _ := strings.Cut(line, "=")
		value = strings.TrimSpace(value)
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "signal":
			signal = value
		case "duration":
			duration = value
		}
	}
	return signal, duration
}

// keyOf reads a key, or its event code.
func keyOf(signal string) (byte, bool) {
	if len(signal) == 1 {
		if i := strings.Index(keys, strings.ToUpper(signal)); i >= 0 {
			return keys[i], true
		}
		return 0, false
	}
	code, err := strconv.ParseUint(signal, 10, 8)
	if err != nil || code >= uint64(len(keys)) {
		return 0, false
	}
	return keys[code], true
}
