package message

import (
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
)

func TestSessionExpiresThatIsWrittenCanBeRead(t *testing.T) {
	for _, e := range []SessionExpires{
		{Interval: 90 * time.Second}, {Interval: 30 * time.Minute, Refresher: UAC}, {Interval: time.Hour, Refresher: UAS},
	} {
		req := sip.NewRequest(sip.INVITE, sip.Uri{Host: "10.0.0.1"})
		req.AppendHeader(e.Header())
		req.AppendHeader(MinSE(e.Interval))
		if got, ok := ReadSessionExpires(req); !ok || got != e || ReadMinSE(req) != e.Interval {
			t.Errorf("%+v: got %+v, %t, %s", e, got, ok, ReadMinSE(req))
		}
	}
}

func TestSessionExpiresIsReadAsTheGrammarSays(t *testing.T) {
	for value, want := range map[string]SessionExpires{
		"1800":                           {Interval: 30 * time.Minute},
		" 90 ; x=y ;refresher = UAS":     {Interval: 90 * time.Second, Refresher: UAS},
		"90;refresher=nobody":            {Interval: 90 * time.Second},
		"99999999999999999999999":        {Interval: mostSeconds * time.Second},
		"90;refresher=uac;refresher=uac": {Interval: 90 * time.Second, Refresher: UAC},
	} {
		req := sip.NewRequest(sip.INVITE, sip.Uri{Host: "10.0.0.1"})
		req.AppendHeader(sip.NewHeader("Session-Expires", value))
		if got, ok := ReadSessionExpires(req); !ok || got != want {
			t.Errorf("%q: got %+v, %t", value, got, ok)
		}
	}
	for _, value := range []string{"", "soon", "-90", ";refresher=uac"} {
		req := sip.NewRequest(sip.INVITE, sip.Uri{Host: "10.0.0.1"})
		req.AppendHeader(sip.NewHeader("Session-Expires", value))
		if e, ok := ReadSessionExpires(req); ok {
			t.Errorf("%q: got %+v", value, e)
		}
	}
}

func FuzzSessionExpires(f *testing.F) {
	for _, value := range []string{"1800", "90;refresher=uas", "x;refresher", "4294967296;;refresher=uac"} {
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		req := sip.NewRequest(sip.INVITE, sip.Uri{Host: "10.0.0.1"})
		req.AppendHeader(sip.NewHeader("Session-Expires", value))
		e, ok := ReadSessionExpires(req)
		if !ok {
			return
		}
		again := sip.NewRequest(sip.INVITE, sip.Uri{Host: "10.0.0.1"})
		again.AppendHeader(e.Header())
		if got, ok := ReadSessionExpires(again); !ok || got != e || strings.Contains(e.Header().Value(), "-") {
			t.Errorf("%q: %+v, %+v", value, e, got)
		}
	})
}
