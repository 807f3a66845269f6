package config

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const overlayFile = "device: {id: a}\ncalls:\n  max: 4\n  allowed: [1]\nlog: {level: warn}\n"

func TestWhatIsSetRemotelyStandsOnTopOfTheFile(t *testing.T) {
	c, _, err := ParseOver("a.yaml", []byte(overlayFile), []byte(`{
		"log.level": "debug", "calls.allowed": ["33", "+1"], "calls.max": 8, "calls.auto_answer": true,
		"calls.ring_for": "never", "device.name": "Réception \u2013 \"2\"" }`))
	if err != nil {
		t.Fatal(err)
	}
	want := parse(t, overlayFile)
	want.Log.Level, want.Calls.Allowed, want.Calls.Max, want.Calls.AutoAnswer = LogDebug, []string{"33", "+1"}, 8, true
	want.Calls.RingFor, want.Device.Name = Never, `Réception – "2"`
	if diff := cmp.Diff(want, c, cmpopts.IgnoreUnexported(Config{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if c.Fault("device.name", errors.New("bad")).Error() != "remote: device.name: bad" ||
		c.Fault("device.id", errors.New("bad")).Error() != "a.yaml:1: device.id: bad" {
		t.Error("blamed:", c.Fault("device.name", errors.New("bad")), c.Fault("device.id", errors.New("bad")))
	}
}

func TestNothingThatIsWrongIsSetRemotely(t *testing.T) {
	for _, tc := range []struct{ name, set, want string }{
		{"a value", `{"log.level":"loud"}`, `remote: log.level: "loud" is not known; allowed: debug, info, warn, error`},
		{"a shape", `{"calls.max":"8"}`, `remote: calls.max: want a whole number`},
		{"two values", `{"calls.max":0,"log.level":"loud"}`, "remote: calls.max: 0 is out of range; allowed: 1 to 4096\nremote: log.level: \"loud\" is not known; allowed: debug, info, warn, error"},
		{"a key twice", `{"calls.max":1,"calls.max":2}`, `remote: calls.max: it is set twice; the first time on line 1`},
		{"a contradiction", `{"calls.early_media":"prompt"}`, `remote: calls.early_media: prompt needs a recording; set calls.prompt to a WAV file`},
		{"a contradiction with the file", `{"calls.max":1000}`, `remote: calls.max: media.rtp_ports 10000-10999 has ports for 500 calls at a time, but calls.max is 1000; each call needs an even port and the one above it`},
		{"no object", `[1]`, `remote: want an object such as {"log.level":"debug"}`},
		{"no JSON", `log.level: debug`, `remote: want an object such as {"log.level":"debug"}`},
		{"nothing", `{"calls.max":null}`, `remote: calls.max: it has no value; leave the key out for its default, or write "" for none`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, _, err := ParseOver("a.yaml", []byte(overlayFile), []byte(tc.set))
			if err == nil || err.Error() != tc.want {
				t.Errorf("%v\nwant %s", err, tc.want)
			}
		})
	}
}

func TestCredentialsListenersAndPathsAreSetOnTheDeviceOnly(t *testing.T) {
	unset := Default()
	for _, s := range unset.settings() {
		if slices.Contains(changeable, s.key) {
			continue
		}
		for _, value := range []string{`"x"`, `["x"]`, `1`} {
			_, _, err := ParseOver("a.yaml", nil, []byte(`{"`+s.key+`":`+value+`}`))
			var p *Problem
			if !errors.As(err, &p) || p.Key != s.key {
				t.Errorf("%s: %v", s.key, err)
			}
		}
	}
	for _, key := range changeable {
		if !slices.ContainsFunc(unset.settings(), func(s setting) bool { return s.key == key }) {
			t.Errorf("%s may be set and is no key", key)
		}
	}
	for _, word := range []string{"device.id", "telemetry.broker", "telemetry.password_file", "telemetry.command_key", "sip.listen", "sip.accounts", "calls.prompt", "telemetry.journal.dir"} {
		if slices.Contains(changeable, word) {
			t.Errorf("%s may be set remotely", word)
		}
	}
	if _, _, err := ParseOver("a.yaml", nil, []byte(`{"telemetry":{"broker":"mqtt://elsewhere"}}`)); err == nil {
		t.Error("a broker was set in a section")
	}
}

func FuzzOverlay(f *testing.F) {
	for _, s := range []string{`{}`, `{"log.level":"debug"}`, `{"calls.allowed":["1"],"calls":{"max":3}}`, `{"a":{"b":[1,2.5,null]}}`, "{\"device.name\":\"\\u0000\\ud83d\"}", `{"":""}`, `{"? a":1}`} {
		f.Add([]byte(s))
	}
	before := Default()
	f.Fuzz(func(t *testing.T, set []byte) {
		c, _, err := ParseOver("a.yaml", nil, set)
		if err != nil {
			return
		}
		if diff := cmp.Diff(before.SIP.Accounts, c.SIP.Accounts); diff != "" || c.Telemetry.Broker != before.Telemetry.Broker || c.Device.ID != before.Device.ID ||
			c.Calls.Prompt != "" || c.Telemetry.Journal != before.Telemetry.Journal || c.Calls.RingFor < Never || c.Calls.RingFor > time.Hour {
			t.Errorf("%q made %+v", set, c)
		}
	})
}
