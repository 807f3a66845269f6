package session

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"

	"sidetone/trace"
)

// branches is a caller whose INVITE has branches "a" and "b", which describe ports 4000 and 6000.
type branches struct {
	*rig
	version int
}

var branchPorts = map[string]uint16{"a": 4000, "b": 6000}

func branchAt(tag string) netip.AddrPort {
	return netip.AddrPortFrom(netip.MustParseAddr("10.0.0.1"), branchPorts[tag])
}

func (b *branches) say(status int, tag, body, authorised string) {
	b.tb.Helper()
	text := strings.Replace(response(b.request(sip.INVITE), status, body), "tag=peer", "tag="+tag, 1)
	if authorised != "" {
		text = strings.Replace(text, "Contact:", "P-Early-Media: "+authorised+"\r\nContact:", 1)
	}
	b.must(b.receive(text))
}

func (b *branches) describe(tag, authorised string) {
	b.version++
	body := strings.Replace(description, "audio 3000", fmt.Sprintf("audio %d", branchPorts[tag]), 1)
	b.say(183, tag, strings.Replace(body, "- 1 1", fmt.Sprintf("- 1 %d", b.version), 1), authorised)
}

// do performs "180 c", which describes nothing, "183 a", "199 b", "200 b", "rtp a", "bar a", "release a", or "183 a barred".
func (b *branches) do(what string) {
	b.tb.Helper()
	verb, tag, _ := strings.Cut(what, " ")
	tag, barred, _ := strings.Cut(tag, " ")
	switch verb {
	case "183":
		b.describe(tag, map[string]string{"barred": "inactive"}[barred])
	case "180":
		b.say(180, tag, "", "")
	case "bar":
		b.say(180, tag, "", "inactive")
	case "release":
		b.say(180, tag, "", "sendonly")
	case "rtp":
		b.must(b.rig.do(Hear{From: branchAt(tag)}))
	case "199":
		b.say(199, tag, "", "")
	case "200":
		b.say(200, tag, description, "")
	}
}

// heard says who is heard, in parentheses while its media is barred, and why that was told since a signal; then who else may
// be heard, and who may not.
func (b *branches) heard(since int) string {
	names := map[uint16]string{4000: "a", 6000: "b", 3000: "answered"}
	now, why, rest := "-", trace.EarlyReason(""), Branched{}
	for i, s := range b.signals {
		switch s := s.(type) {
		case Alerting:
			if s.Media == nil {
				continue
			}
			now = names[s.Media.Remote.Port()]
			if !receives(s.Media.Direction) {
				now = "(" + now + ")"
			}
			if i >= since {
				why = s.Why
			}
		case MediaChanged:
			now = names[s.Media.Remote.Port()]
			if !receives(s.Media.Direction) {
				now = "(" + now + ")"
			}
			if i >= since {
				why = s.Why
			}
		case Answered:
			now = names[s.Media.Remote.Port()]
		case Branched:
			rest = s
		}
	}
	text := strings.TrimSpace(now + " " + string(why))
	for _, o := range rest.Others {
		text += " +" + names[o.Port()]
	}
	for _, o := range rest.Barred {
		text += " -" + names[o.Port()]
	}
	return text
}

func receives(d trace.MediaDirection) bool { return d == trace.SendRecv || d == trace.RecvOnly }

func TestWhichEarlyDialogIsHeardAfterEveryEventInEveryState(t *testing.T) {
	events := []string{"183 a", "183 b", "183 b barred", "rtp a", "rtp b", "bar a", "bar b", "release a", "release b", "199 a", "199 b", "200 b"}
	for _, tc := range []struct {
		state []string
		want  []string // by event
	}{
		{nil, []string{"a", "b", "(b)", "-", "-", "-", "-", "-", "-", "-", "-", "answered"}},
		{[]string{"183 a"}, []string{
			"a", "b described +a", "a -b", "a", "a", "(a) barred", "a", "a", "a", "(a)", "a", "answered",
		}},
		{[]string{"180 c", "183 a"}, []string{
			"a", "b described +a", "a -b", "a", "a", "(a) barred", "a", "a", "a", "(a)", "a", "answered",
		}},
		{[]string{"183 a", "183 b"}, []string{
			"a described +b", "b +a", "a barred -b", "a rtp +b", "b +a", "b -a", "a barred -b", "b +a", "b +a", "b", "a left", "answered",
		}},
		{[]string{"183 a", "183 b", "rtp a"}, []string{
			"a +b", "b described +a", "a -b", "a +b", "b rtp +a", "b barred -a", "a -b", "a +b", "a +b", "b left", "a", "answered",
		}},
		{[]string{"183 a", "183 b barred"}, []string{
			"a -b", "a -b", "a -b", "a -b", "a -b", "(a) barred -b", "a -b", "a -b", "a +b", "(b) left", "a", "answered",
		}},
		{[]string{"183 a", "bar a", "183 b barred"}, []string{
			"(a) described -b", "(b) -a", "(b) -a", "(b) -a", "(b) -a", "(b) -a", "(b) -a", "a authorised -b", "b authorised -a", "(b)", "(a) left", "answered",
		}},
	} {
		for i, e := range events {
			b := &branches{rig: callerIn(t, Inviting)}
			for _, before := range tc.state {
				b.do(before)
			}
			since := len(b.signals)
			b.do(e)
			if got := b.heard(since); got != tc.want[i] {
				t.Errorf("%v, then %s: got %s, want %s", tc.state, e, got, tc.want[i])
			}
		}
	}
}

// The same description once more is a reminder that a branch still rings.
func TestReminderOfABranchTakesNoMedia(t *testing.T) {
	b := &branches{rig: callerIn(t, Inviting)}
	b.do("183 a")
	b.do("183 b")
	b.do("rtp a")
	since := len(b.signals)
	b.version--
	b.do("183 b")
	if got := b.heard(since); got != "a +b" {
		t.Errorf("got %s", got)
	}
}

func TestHearMeansNothingOutsideTheRinging(t *testing.T) {
	for name, in := range map[string]func(testing.TB, State) *rig{"caller": callerIn, "callee": calleeIn} {
		for _, state := range []State{Idle, Invited, Established, Ending, Over} {
			if name == "caller" && state == Invited {
				continue
			}
			r := in(t, state)
			before := len(r.sent)
			if got := r.outcome(before, r.do(Hear{From: branchAt("a")})); got != "illegal" {
				t.Errorf("%s %s: %s", name, state, got)
			}
		}
	}
}

func TestBranchesOfOneMediaServerAreOneAddress(t *testing.T) {
	b := &branches{rig: callerIn(t, Inviting)}
	b.do("183 a")
	same := strings.Replace(description, "audio 3000", "audio 4000", 1)
	b.say(183, "c", same, "")
	if got := b.heard(0); strings.Contains(got, "+") {
		t.Errorf("got %s", got)
	}
}
