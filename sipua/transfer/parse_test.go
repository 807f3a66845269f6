package transfer

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestTargetsThatAreUnderstood(t *testing.T) {
	for value, want := range map[string]string{
		"sip:carol@10.0.0.3": "<sip:carol@10.0.0.3>",
		`"Carol; <x>" <sip:carol@10.0.0.3;transport=tcp>;x=y`:                    "<sip:carol@10.0.0.3;transport=tcp>",
		"<sip:carol@10.0.0.3;method=INVITE?Subject=buy%20now>":                   "<sip:carol@10.0.0.3>",
		"sip:carol@10.0.0.3;x=y":                                                 "<sip:carol@10.0.0.3>",
		"<sips:c@h?Require=replaces&Replaces=a%40b%3bto-tag%3D1%3Bfrom-tag%3D2>": "<sips:c@h?Replaces=a%40b%3Bto-tag%3D1%3Bfrom-tag%3D2>",
		"<SIP:c@[2001:db8::1]:5070?replaces=a;to-tag=1;from-tag=2;early-only>":   "<sip:c@[2001:db8::1]:5070?Replaces=a%3Bto-tag%3D1%3Bfrom-tag%3D2%3Bearly-only>",
	} {
		got, err := ParseTarget(value)
		if err != nil || got.String() != want {
			t.Errorf("%s: %s, %v", value, got, err)
		}
	}
}

func TestTargetsThatAreRefused(t *testing.T) {
	for value, want := range map[string]error{
		"<tel:+15551234>": ErrScheme, "<http://example.com>": ErrScheme, "": ErrScheme, "carol": ErrScheme,
		"<sip:carol@10.0.0.3;method=BYE>": ErrMethod,
		"<sip:carol@10.0.0.3":             errTarget, `"Carol <sip:carol@10.0.0.3>`: errTarget, "<sip:a b@h>": errTarget, "<sip:>": errTarget,
		"<sip:c@h?Replaces=a%3Bto-tag%3D1>": errReplaces,
		"<sip:c@h?Replaces=a%3Bto-tag%3D1%3Bfrom-tag%3D2&Replaces=b%3Bto-tag%3D1%3Bfrom-tag%3D2>": errReplaces,
		"<sip:c@h?Replaces=a%0d%0aVia%3B1%3Bto-tag%3D1%3Bfrom-tag%3D2>":                           errReplaces,
	} {
		if got, err := ParseTarget(value); !errors.Is(err, want) {
			t.Errorf("%q: %v, %v", value, got, err)
		}
	}
}

func TestReplacesNamesADialog(t *testing.T) {
	for value, want := range map[string]Replaces{
		"98732@sip.example.com;from-tag=r33th4x0r;to-tag=ff87ff":          {CallID: "98732@sip.example.com", ToTag: "ff87ff", FromTag: "r33th4x0r"},
		" 12adf2f34456gs5 ; to-tag = 12345 ; From-Tag=54321 ; early-only": {CallID: "12adf2f34456gs5", ToTag: "12345", FromTag: "54321", EarlyOnly: true},
		"a;to-tag=0;from-tag=0;x=y":                                       {CallID: "a", ToTag: "0", FromTag: "0"},
		"":                                                                {}, "a;to-tag=1": {}, "a;from-tag=1;to-tag=": {}, ";to-tag=1;from-tag=2": {}, "a;to-tag=1;to-tag=1;from-tag=2": {}, "a, b;to-tag=1;from-tag=2": {},
	} {
		got, err := ParseReplaces(value)
		if got != want || (err != nil) != (want == Replaces{}) {
			t.Errorf("%q: %+v, %v", value, got, err)
		}
	}
}

func TestFragmentIsItsStatusLine(t *testing.T) {
	for body, want := range map[string]Fragment{
		"SIP/2.0 100 Trying\r\n":       {100, "Trying"},
		"SIP/2.0 486 Busy\r\nA: b\r\n": {486, "Busy"},
		"sip/2.0 200":                  {200, ""},
		"SIP/2.0 603 a\x01b\n":         {603, "a b"},
		"SIP/2.0 99 X\r\n":             {},
		"SIP/2.0 700 X":                {},
		"SIP/2.0 +20 X":                {},
		"HTTP/1.1 200 OK":              {},
		"":                             {},
		"\r\nSIP/2.0 200 OK":           {},
	} {
		got, err := ParseFragment([]byte(body))
		if got != want || (err != nil) != (want == Fragment{}) {
			t.Errorf("%q: %+v, %v", body, got, err)
		}
	}
}

func TestSubscriptionStates(t *testing.T) {
	for value, want := range map[string]Subscription{
		"active;expires=60": {Expires: time.Minute}, "pending": {}, " Terminated ; reason=noresource": {Terminated: true, Reason: "noresource"},
		"active;expires=4294967295": {Expires: maxExpires}, "active;expires=-1": {}, "strange;expires=1": {Expires: time.Second},
	} {
		if got, err := ParseSubscription(value); err != nil || got != want {
			t.Errorf("%q: %+v, %v", value, got, err)
		}
	}
	if _, err := ParseSubscription(" ;expires=1"); err == nil {
		t.Error("a state of nothing")
	}
}

func TestOnlyTheEventReferIsOurs(t *testing.T) {
	for value, want := range map[string]string{"refer": "", "Refer ; id=93809823": "93809823", "refer;x;ID=1": "1"} {
		if id, ok := ForRefer(value); !ok || id != want {
			t.Errorf("%q: %q, %t", value, id, ok)
		}
	}
	if _, ok := ForRefer("presence;refer"); ok {
		t.Error("presence is taken for refer")
	}
}

func FuzzReferTo(f *testing.F) {
	f.Add("<sip:carol@10.0.0.3?Replaces=a%40b%3Bto-tag%3D1%3Bfrom-tag%3D2>")
	f.Add("<sips:ce:Ipce:@E>")
	f.Add("<sip:@oBlclp;rd@olcp:@>")
	f.Add(`"Carol" <sips:c@[::1];method=INVITE>;x`)
	f.Fuzz(func(t *testing.T, value string) {
		target, err := ParseTarget(value)
		if err != nil {
			return
		}
		again, err := ParseTarget(target.String())
		if err != nil || again.String() != target.String() {
			t.Fatalf("%q becomes %q: %v", target, again, err)
		}
	})
}

func FuzzReplaces(f *testing.F) {
	f.Add("98732@sip.example.com;from-tag=r33th4x0r;to-tag=ff87ff;early-only")
	f.Fuzz(func(t *testing.T, value string) {
		r, err := ParseReplaces(value)
		if err != nil {
			return
		}
		if again, err := ParseReplaces(r.String()); err != nil || again != r {
			t.Fatalf("%+v becomes %+v: %v", r, again, err)
		}
	})
}

func FuzzSubscription(f *testing.F) {
	f.Add("active;expires=60", "refer;id=93809824")
	f.Add(`TERMINATED ; reason=noresource;expires=4294967295`, "Refer ;ID = 1")
	f.Fuzz(func(t *testing.T, state, event string) {
		if s, err := ParseSubscription(state); err == nil {
			again, err := ParseSubscription(s.String())
			if err != nil || again.Terminated != s.Terminated || s.Expires < 0 || s.Expires > maxExpires || !s.Terminated && again.Expires != s.Expires {
				t.Errorf("%+v becomes %+v: %v", s, again, err)
			}
		}
		if id, ok := ForRefer(event); ok && strings.ContainsAny(id, ";") {
			t.Errorf("%q has the id %q", event, id)
		}
	})
}

func FuzzFragment(f *testing.F) {
	f.Add([]byte("SIP/2.0 486 Busy Here\r\nWarning: 399 x y\r\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		fragment, err := ParseFragment(body)
		if err != nil {
			return
		}
		if again, err := ParseFragment(fragment.Bytes()); err != nil || again != fragment {
			t.Fatalf("%+v becomes %+v: %v", fragment, again, err)
		}
	})
}
