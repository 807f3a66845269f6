package ladder_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sidetone/trace"
	"sidetone/trace/calltest"
	"sidetone/trace/ladder"
	"sidetone/trace/phrase"
	"sidetone/trace/story"
	"sidetone/trace/terminal"
)

func laneNames(l ladder.Ladder) []string {
	var out []string
	for _, lane := range l.Lanes {
		out = append(out, lane.Name+" "+lane.Address)
	}
	return out
}

// A proxy that does not stay in the way: what follows the answer goes straight to the phone behind it.
func TestServerBeforeTheOtherPartyIsNotNamedAsThatParty(t *testing.T) {
	answered := false
	views := edit(inCall(func(s *calltest.Script) { s.Request(s.Caller, "BYE", "") }), func(m *trace.SIP) {
		if answered = answered || m.Method == "ACK"; !answered {
			m.Remote = "10.1.0.1:5060"
		}
	})
	l := ladder.Build(views, phrase.En)
	if got := laneNames(l); !slices.Equal(got, []string{"Reception 10.1.0.5:5060", "Server 10.1.0.1:5060", "Warehouse 10.1.0.9:5060"}) {
		t.Errorf("%q", got)
	}
}

// A gateway is called and calls a seat in turn.
func TestWhomACalledDeviceCallsStandsBehindIt(t *testing.T) {
	views := calltest.CalleeOnly()
	invite := trace.SIP{
		Transport: "udp", Local: "10.1.0.9:5060", Remote: "10.1.0.31:5060", Method: "INVITE", CSeq: 1, Branch: "z9hG4bKleg2", FromTag: "g1",
		SDP: trace.SendRecv, Raw: "INVITE sip:203@10.1.0.31 SIP/2.0\r\n\r\n",
	}
	e := views[0].Events[2]
	e.Kind, e.Data, e.Leg = trace.SIPSent, invite, 2
	views[0].Events = slices.Insert(views[0].Events, 3, e)
	l := ladder.Build(views, phrase.En)
	if got := laneNames(l); !slices.Equal(got, []string{"Reception 10.1.0.5:5060", "Warehouse 10.1.0.9:5060", "203 10.1.0.31:5060"}) {
		t.Errorf("%q", got)
	}
}

func TestAnyNumberOfAddressesHasABoundedNumberOfLanes(t *testing.T) {
	n := 0
	views := edit(inCall(func(s *calltest.Script) {
		for range 60 {
			s.Wait(time.Millisecond).Request(s.Caller, "MESSAGE", "")
		}
	}), func(m *trace.SIP) {
		if m.Method == "MESSAGE" {
			n++
			m.Remote = fmt.Sprintf("10.9.0.%d:5060", n)
		}
	})
	l := ladder.Build(views, phrase.En)
	if len(l.Lanes) > 20 || !slices.Contains(laneNames(l), "Others …") {
		t.Errorf("%q", laneNames(l))
	}
}

func TestLongNamesAndAddressesLeaveTheirEndsVisible(t *testing.T) {
	views := edit(inCall(func(*calltest.Script) {}), func(m *trace.SIP) {
		if m.Remote == "10.1.0.9:5060" {
			m.Remote = "[2001:db8:85a3:1319:8a2e:370:7344:abcd]:15060"
		}
	})
	views[0].Name = strings.Repeat("Very long name ", 6)
	for _, width := range []int{60, 80, 120} {
		text := ladder.Build(views, phrase.FrCA).Text(width)
		if !strings.Contains(text, "[2001:db8:") || !strings.Contains(text, "]:15060") {
			t.Errorf("%d:\n%s", width, text)
		}
		for _, line := range strings.Split(text, "\n") {
			if terminal.Width(line) > width {
				t.Errorf("%d: %q", width, line)
			}
		}
	}
}

func TestLaneThatNothingReachedSaysSo(t *testing.T) {
	l := build("blocked")
	if !strings.Contains(l.Text(80), "no message") || !strings.Contains(svg(t, l, ladder.SVGOptions{}), "unreached") {
		t.Error(l.Text(80))
	}
}

func TestDirectionOfAHoldSurvivesTheNarrowestLanes(t *testing.T) {
	views := call(t, "through-proxy")
	for _, width := range []int{60, 72, 76, 80, 100} {
		held := edit(slices.Clone(views), func(m *trace.SIP) {
			if m.Method == "BYE" {
				m.Method, m.SDP = "INVITE", trace.SendOnly
			}
		})
		if text := ladder.Build(held, phrase.En).Text(width); !strings.Contains(text, "sendonly") {
			t.Errorf("%d:\n%s", width, text)
		}
	}
}

func TestPlainTerminalGetsPlainCharacters(t *testing.T) {
	for name, script := range calltest.Calls() {
		l := ladder.Build(script(), phrase.FrCA)
		for _, width := range []int{60, 80, 120} {
			plain, rich := l.Text(width, story.InASCII()), l.Text(width)
			if i := strings.IndexFunc(plain, func(r rune) bool { return r > 0x7e }); i >= 0 {
				t.Errorf("%s %d: %q", name, width, plain[i:min(i+20, len(plain))])
			}
			a, b := strings.Split(plain, "\n"), strings.Split(rich, "\n")
			for i := range a {
				if terminal.Width(a[i]) != terminal.Width(b[i]) {
					t.Errorf("%s %d: %q is as wide as %q no more", name, width, a[i], b[i])
				}
			}
		}
	}
}

func TestWideTerminalHasTheTimeOfDayInItsZone(t *testing.T) {
	l := build("busy")
	if text := l.Text(120); !strings.Contains(text, "15:42:07.118  +0.000") {
		t.Error(text)
	}
	if text := l.Text(120, story.In(time.FixedZone("EST", -5*3600))); !strings.Contains(text, "10:42:07.118") {
		t.Error(text)
	}
	if text := l.Text(80); strings.Contains(text, "15:42") {
		t.Error(text)
	}
}
