package message

import (
	"strings"
	"testing"
	"time"
)

func TestKeysThatAnInfoTellsOf(t *testing.T) {
	for _, tc := range []struct {
		kind, body string
		want       Keyed
	}{
		{DTMFRelay, "Signal=5\r\nDuration=160\r\n", Keyed{'5', 160 * time.Millisecond}},
		{DTMFRelay, "Signal= *\nDuration= 250", Keyed{'*', 250 * time.Millisecond}},
		{DTMFRelay, "signal=11", Keyed{'#', 0}},
		{DTMFRelay, "Signal=d\r\nDuration=65535", Keyed{'D', time.Minute}},
		{DTMFRelay, "Signal=1\r\nDuration=long", Keyed{'1', 0}},
		{DTMF, "7", Keyed{'7', 0}},
		{DTMF, " #\r\n", Keyed{'#', 0}},
		{DTMF, "10", Keyed{'*', 0}},
	} {
		if got, err := ParseKeyed(tc.kind, []byte(tc.body)); err != nil || got != tc.want {
			t.Errorf("%s %q: %+v, %v", tc.kind, tc.body, got, err)
		}
	}
	for _, tc := range [][2]string{
		{DTMFRelay, ""}, {DTMFRelay, "5"}, {DTMFRelay, "Signal="}, {DTMFRelay, "Signal=16"}, {DTMF, ""}, {DTMF, "x"}, {DTMF, "Signal=5"}, {DTMF, "-1"},
	} {
		if got, err := ParseKeyed(tc[0], []byte(tc[1])); err == nil {
			t.Errorf("%s %q: %+v", tc[0], tc[1], got)
		}
	}
}

func FuzzParseKeyed(f *testing.F) {
	f.Add(DTMFRelay, []byte("Signal=5\r\nDuration=160\r\n"))
	f.Add(DTMF, []byte("#"))
	f.Fuzz(func(t *testing.T, kind string, body []byte) {
		k, err := ParseKeyed(kind, body)
		if err == nil && (!strings.ContainsRune(keys, rune(k.Key)) || k.Duration < 0 || k.Duration > maxKeyed) {
			t.Errorf("%q: %+v", body, k)
		}
	})
}
