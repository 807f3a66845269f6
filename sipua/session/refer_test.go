package session

import (
	"slices"
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"

	"sidetone/sipua/transfer"
	"sidetone/trace"
)

func toCarol() Transfer {
	return Transfer{To: transfer.Target{URI: sip.Uri{Scheme: "sip", User: "carol", Host: "10.0.0.3"}}}
}

// withFields is a request of the peer with further header fields.
func withFields(method string, seq int, tag, fields, body string) string {
	return strings.Replace(fromPeer(method, seq, tag, body), "Contact:", fields+"Contact:", 1)
}

func TestTransferInEveryState(t *testing.T) {
	refer := func(tag string) string { return withFields("REFER", 9, tag, "Refer-To: <sip:carol@10.0.0.3>\r\n", "") }
	notify := func(tag string) string {
		return withFields("NOTIFY", 9, tag, "Event: refer\r\nSubscription-State: active\r\n", "")
	}
	events := []struct {
		name string
		do   func(*rig) error
	}{
		{"transfer", func(r *rig) error { return r.do(toCarol()) }},
		{"replaced", func(r *rig) error { return r.do(Replaced{By: trace.Party{URI: "sip:carol@10.0.0.3"}}) }},
		{"report", func(r *rig) error { return r.do(Report{ID: 1, Status: 200}) }},
		{"REFER", func(r *rig) error { return r.receive(refer(r.ownTag())) }},
		{"NOTIFY", func(r *rig) error { return r.receive(notify(r.ownTag())) }},
	}
	for name, tc := range map[string]struct {
		in   func(testing.TB, State) *rig
		want map[State][]string
	}{
		"caller": {callerIn, map[State][]string{
			Idle:        {no, no, no, no, no},
			Inviting:    {no, "inviting", no, "481 inviting", "481 inviting"}, // CANCEL waits for a provisional
			Established: {"INVITE established", "BYE ending", no, "202 NOTIFY established", "481 established"},
			Ending:      {no, no, no, "481 ending", "481 ending"},
			Over:        {no, no, no, "481 over", "481 over"},
		}},
		"callee": {calleeIn, map[State][]string{
			Idle:        {no, no, no, no, no},
			Invited:     {no, no, no, "603 invited", "481 invited"},
			Established: {"INVITE established", "BYE ending", no, "202 NOTIFY established", "481 established"},
			Ending:      {no, no, no, "481 ending", "481 ending"},
			Over:        {no, no, no, "481 over", "481 over"},
		}},
	} {
		for state, row := range tc.want {
			for i, e := range events {
				r := tc.in(t, state)
				r.cfg.Referral = func(sip.Uri) int { return 202 }
				before := len(r.sent)
				if got := r.outcome(before, e.do(r)); got != row[i] {
					t.Errorf("%s %s: %s: got %s, want %s", name, state, e.name, got, row[i])
				}
			}
		}
	}
}

func TestASecondTransferWaitsForNobody(t *testing.T) {
	r := calleeIn(t, Established)
	r.must(r.do(toCarol()))
	if err := r.do(toCarol()); err == nil {
		t.Error("two transfers of one call at a time")
	}
}

func TestTransfersWithoutAPolicyAreNotServed(t *testing.T) {
	r := calleeIn(t, Established)
	before := len(r.sent)
	err := r.receive(withFields("REFER", 2, r.ownTag(), "Refer-To: <sip:carol@10.0.0.3>\r\n", ""))
	if got := r.outcome(before, err); got != "405 established" {
		t.Error(got)
	}
}

func TestTransfersUnderWayAreBounded(t *testing.T) {
	r := calleeIn(t, Established)
	r.cfg.Referral = func(sip.Uri) int { return 202 }
	for seq := 2; seq < 2+maxReferrals; seq++ {
		r.must(r.receive(withFields("REFER", seq, r.ownTag(), "Refer-To: <sip:carol@10.0.0.3>\r\n", "")))
	}
	before := len(r.sent)
	err := r.receive(withFields("REFER", 90, r.ownTag(), "Refer-To: <sip:carol@10.0.0.3>\r\n", ""))
	if got := r.outcome(before, err); got != "503 established" {
		t.Error(got)
	}
}

// While the first NOTIFY is not answered, the last one waits.
func TestATransferThatIsDoneStaysSoWhenItsCallEnds(t *testing.T) {
	r := calleeIn(t, Established)
	r.cfg.Referral = func(sip.Uri) int { return 202 }
	r.must(r.receive(withFields("REFER", 2, r.ownTag(), "Refer-To: <sip:carol@10.0.0.3>\r\n", "")))
	var told []trace.Kind
	for _, status := range []int{200, 503} {
		r.must(r.do(Report{ID: 2, Status: status}))
	}
	for _, s := range r.signals {
		if s, ok := s.(Transferred); ok {
			told = append(told, s.Kind)
		}
	}
	if want := []trace.Kind{trace.TransferRequested, trace.TransferDone}; !slices.Equal(told, want) {
		t.Errorf("told %v, want %v", told, want)
	}
}

func TestACallThatEndsDuringATransferSaysThatItFailed(t *testing.T) {
	r := calleeIn(t, Established)
	r.must(r.do(toCarol()))
	r.must(r.receive(fromPeer("BYE", 2, r.ownTag(), "")))
	var told []string
	for _, s := range r.signals {
		switch s := s.(type) {
		case Transferred:
			told = append(told, string(s.Kind)+" "+s.Transfer.Reason)
		case Ended:
			told = append(told, "ended")
		}
	}
	if got := strings.Join(told, ", "); got != "transfer.requested , transfer.failed the call ended first, ended" {
		t.Error(got)
	}
}
