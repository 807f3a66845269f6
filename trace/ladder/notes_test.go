package ladder_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"sidetone/trace"
	"sidetone/trace/calltest"
	"sidetone/trace/ladder"
	"sidetone/trace/phrase"
)

// inCall builds a call that one phone tells of; play goes on when it is answered.
func inCall(play func(s *calltest.Script)) []trace.View {
	s := calltest.NewScript(calltest.Reception(), calltest.Stranger("102", "10.1.0.9:5060"))
	s.Callee.Name = "Warehouse"
	s.Initiate()
	invite := s.Request(s.Caller, "INVITE", trace.SendRecv)
	s.Wait(time.Second).Respond(s.Callee, invite, 200, "OK", trace.SendRecv)
	s.Note(s.Caller, trace.CallAnswered, trace.Answered{Who: "Warehouse", Codec: "PCMA"})
	s.Request(s.Caller, "ACK", "")
	play(s)
	return s.Views()
}

// edit changes the messages of a call.
func edit(views []trace.View, change func(m *trace.SIP)) []trace.View {
	for v := range views {
		for i := range views[v].Events {
			if m, ok := views[v].Events[i].Data.(trace.SIP); ok {
				change(&m)
				views[v].Events[i].Data = m
			}
		}
	}
	return views
}

func arrowLabels(views []trace.View) []string {
	return labels(rows(ladder.Build(views, phrase.En), ladder.Arrow))
}

func TestArrowSaysWhatTheMessageIsAbout(t *testing.T) {
	for name, c := range map[string]struct {
		method, headers, body, want string
	}{
		"transfer":              {"REFER", "Refer-To: <sip:103@example.com>", "", "REFER to 103"},
		"attended transfer":     {"REFER", "r: <sip:103@example.com?Replaces=77aa-long-call-id-9931%3Bto-tag%3D1%3Bfrom-tag%3D2>", "", "REFER to 103 · takes over 77aa-l…9931"},
		"its report":            {"NOTIFY", "Event: refer", "SIP/2.0 180 Ringing\r\n", "NOTIFY 180 Ringing"},
		"an event":              {"NOTIFY", "o: presence;id=1", "", "NOTIFY presence"},
		"acknowledgement":       {"PRACK", "RAck: 776656 1 INVITE", "", "PRACK RAck 776656"},
		"a number that is none": {"PRACK", "RAck: x 1 INVITE", "", "PRACK"},
		"keys":                  {"INFO", "Content-Type: application/dtmf-relay;x=1", "Signal=5\r\n", "INFO application/dtmf-relay"},
		"a text":                {"MESSAGE", "c: text/plain", "hello", "MESSAGE text/plain"},
		"the cause":             {"BYE", "Reason: Q.850 ;cause=16 ;text=\"Terminated\"", "", "BYE Q.850 16"},
		"folded":                {"BYE", "Reason: SIP\r\n ;cause=200", "", "BYE SIP 200"},
		"nothing captured":      {"OPTIONS", "", "", "OPTIONS"},
	} {
		views := edit(inCall(func(s *calltest.Script) { s.Request(s.Caller, c.method, "") }), func(m *trace.SIP) {
			if m.Method == c.method {
				m.Raw = c.method + " sip:102@10.1.0.9 SIP/2.0\r\nX: y\r\n" + c.headers + "\r\n\r\n" + c.body
			}
		})
		if got := arrowLabels(views); got[len(got)-1] != c.want {
			t.Errorf("%s: %q, want %q", name, got[len(got)-1], c.want)
		}
		bare := edit(views, func(m *trace.SIP) { m.Raw = "" })
		if got := arrowLabels(bare); got[len(got)-1] != c.method {
			t.Errorf("%s, not captured: %q", name, got[len(got)-1])
		}
	}
}

func TestAnswerToAnUpdateShowsItsDirection(t *testing.T) {
	got := labels(rows(ladder.Build(call(t, "real/held-update"), phrase.En), ladder.Arrow))
	for _, want := range []string{"UPDATE sendonly", "200 OK recvonly · for UPDATE"} {
		if !slices.Contains(got, want) {
			t.Errorf("no %q in %q", want, got)
		}
	}
}

func TestHoldByAddressIsTold(t *testing.T) {
	l := ladder.Build(call(t, "real/held-zero-address"), phrase.En)
	i := slices.Index(labels(l.Rows), "re-INVITE sendrecv 0.0.0.0")
	if i < 0 || l.Rows[i].Tone != ladder.Holding {
		t.Errorf("%q", labels(l.Rows))
	}
}

func TestRefreshOfASessionIsNoHold(t *testing.T) {
	views := inCall(func(s *calltest.Script) {
		m := s.Wait(time.Minute).Request(s.Caller, "INVITE", trace.SendRecv)
		s.Respond(s.Callee, m, 200, "OK", trace.SendRecv)
		s.Request(s.Caller, "ACK", "")
	})
	for _, r := range ladder.Build(views, phrase.En).Rows {
		if r.Tone == ladder.Holding {
			t.Errorf("%s is drawn as a hold", r.Label)
		}
	}
}

func TestBranchesOfAForkAreToldApart(t *testing.T) {
	got := arrowLabels(calltest.Branched())
	for _, want := range []string{"183 Session Progress SDP · branch 1", "183 Session Progress SDP · branch 2", "200 OK SDP · branch 2", "BYE branch 2"} {
		if !slices.Contains(got, want) {
			t.Errorf("no %q in %q", want, got)
		}
	}
	if got := strings.Join(arrowLabels(calltest.Answered()), " "); strings.Contains(got, "branch") {
		t.Errorf("one branch is numbered: %s", got)
	}
}

func TestTransportIsShownWhereItIsNotUDP(t *testing.T) {
	over := func(transport string, only func(m *trace.SIP) bool) ladder.Ladder {
		return ladder.Build(edit(inCall(func(*calltest.Script) {}), func(m *trace.SIP) {
			if only(m) {
				m.Transport = transport
			}
		}), phrase.En)
	}
	l := over("tls", func(*trace.SIP) bool { return true })
	if l.Lanes[0].Transport != "TLS" || l.Lanes[1].Transport != "TLS" || l.Rows[0].Transport != "tls" {
		t.Errorf("%+v", l.Lanes)
	}
	if !strings.Contains(l.Text(80), "10.1.0.9:5060 · TLS") || strings.Contains(labels(l.Rows)[0], "TLS") {
		t.Error(l.Text(80))
	}
	l = over("tcp", func(m *trace.SIP) bool { return m.Method == "ACK" })
	if l.Lanes[1].Transport != "UDP, TCP" || !slices.Contains(labels(l.Rows), "ACK TCP") || !slices.Contains(labels(l.Rows), "INVITE SDP · UDP") {
		t.Errorf("%+v %q", l.Lanes, labels(l.Rows))
	}
	if l := ladder.Build(calltest.Answered(), phrase.En); l.Lanes[0].Transport != "" {
		t.Errorf("%+v", l.Lanes)
	}
}

func TestKeysAreAnArrowAndTheirSecretIsKept(t *testing.T) {
	keys := func(digits ...string) []string {
		return arrowLabels(inCall(func(s *calltest.Script) {
			for _, d := range digits {
				s.Wait(300*time.Millisecond).Note(s.Caller, trace.DeviceKey, trace.Key{Keys: "x"})
				s.Note(s.Caller, trace.DTMFSent, trace.DTMF{Digits: d})
			}
		}))
	}
	if got := keys("x", "x", "x"); got[len(got)-1] != "DTMF keys pressed" || len(got) != 4 {
		t.Errorf("%q", got)
	}
	if got := keys("4", "2", "#"); got[len(got)-1] != "DTMF 42#" || len(got) != 4 {
		t.Errorf("%q", got)
	}
}

func TestOtherCallOfATransferIsNamed(t *testing.T) {
	views := inCall(func(s *calltest.Script) {
		s.Note(s.Caller, trace.TransferDone, trace.Transfer{By: trace.Local, To: trace.Party{URI: "sip:103@x"}, Status: 200, Call: "01JD7Q3V9K0000000000000107"})
	})
	pills := rows(ladder.Build(views, phrase.En), ladder.Pill)
	if len(pills) != 1 || labels(pills)[0] != "transferred to 103 · call 01JD7Q…0107" || pills[0].Call != "01JD7Q3V9K0000000000000107" {
		t.Errorf("%+v", pills)
	}
}
