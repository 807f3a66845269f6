package session

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"sidetone/hold"
	"sidetone/sipua/transaction"
	"sidetone/trace"
)

// holds are the hold.* signals so far.
func (r *rig) holds() []trace.Kind {
	var kinds []trace.Kind
	for _, s := range r.signals {
		if h, ok := s.(Held); ok {
			kinds = append(kinds, h.Kind)
		}
	}
	return kinds
}

// timed is a caller whose session lives for 90 s and is refreshed by it.
func timed(tb testing.TB, allow string) *rig {
	r := callerIn(tb, Inviting)
	r.must(r.receive(with("Supported: timer\r\nRequire: timer\r\nSession-Expires: 90;refresher=uac"+allow, response(r.request(sip.INVITE), 200, description))))
	return r
}

const takesUpdate = "\r\nAllow: INVITE, ACK, BYE, CANCEL, UPDATE, PRACK"

// RFC 3261 sections 12.2.1.2, 14.1: the dialog ends by it, so nothing that was wished meanwhile is offered.
func TestNothingIsOfferedAfterAHoldThatEndsTheDialog(t *testing.T) {
	for name, lose := range map[string]func(r *rig, req *sip.Request) error{
		"481": func(r *rig, req *sip.Request) error { return r.receive(response(req, 481, "")) },
		"408": func(r *rig, req *sip.Request) error { return r.receive(response(req, 408, "")) },
		"no response": func(r *rig, req *sip.Request) error {
			return r.do(Fired{Timer: TimerID{Kind: TransactionTimer, Transaction: r.transactionOf(req), Letter: transaction.TimerB}})
		},
	} {
		r := callerIn(t, Established)
		r.must(r.do(Hold{}))
		offer := r.request(sip.INVITE)
		r.must(r.do(Suspend{Initiator: trace.SuspendByUser}))
		r.must(lose(r, offer))
		if r.check(Ending).request(sip.INVITE) != offer {
			t.Errorf("%s: offered again", name)
		}
		if want := []trace.Kind{trace.HoldRequested, trace.HoldRefused}; !slices.Equal(r.holds(), want) {
			t.Errorf("%s: told %v", name, r.holds())
		}
	}
}

func TestAHoldThatIsTakenBackBeforeItIsOfferedComesToNothing(t *testing.T) {
	for name, in := range map[string]func() *rig{
		"before the answer": func() *rig {
			r := callerIn(t, Inviting)
			r.must(r.do(Hold{}))
			return r
		},
		"before it is tried again": func() *rig {
			r := callerIn(t, Established)
			r.must(r.do(Hold{}))
			r.must(r.receive(response(r.request(sip.INVITE), 491, "")))
			return r
		},
	} {
		r := in()
		r.must(r.do(Resume{}))
		if r.State() == Inviting {
			r.must(r.receive(response(r.request(sip.INVITE), 200, description)))
		}
		if want := []trace.Kind{trace.HoldRequested, trace.HoldRefused}; !slices.Equal(r.holds(), want) {
			t.Errorf("%s: told %v", name, r.holds())
		}
		for _, s := range r.signals {
			if h, ok := s.(Held); ok && h.Kind == trace.HoldRefused && h.Hold.Reason != trace.HoldTakenBack {
				t.Errorf("%s: because %q", name, h.Hold.Reason)
			}
		}
		want := []hold.Standing{{Wants: hold.Holding}, {Wants: hold.Talking}}
		if !slices.Equal(r.stands, want) {
			t.Errorf("%s: stands %v", name, r.stands)
		}
	}
}

// The peer refuses UPDATE whatever its Allow says: the session is refreshed by re-INVITE, then and from then on.
func TestARefreshThatIsNotTakenAsUPDATEIsSentAsReINVITE(t *testing.T) {
	r := timed(t, takesUpdate)
	for range 2 {
		before := len(r.sent)
		r.must(r.do(Fired{Timer: TimerID{Kind: SessionTimer}}))
		if req, ok := r.sent[before].(*sip.Request); ok && req.Method == sip.UPDATE {
			r.must(r.receive(response(req, 405, "")))
		}
		invite := r.request(sip.INVITE)
		r.must(r.receive(with("Require: timer\r\nSession-Expires: 90;refresher=uac"+takesUpdate, response(invite, 200, description))))
	}
	var methods []string
	for _, m := range r.sent {
		if req, ok := m.(*sip.Request); ok && req.Method != sip.ACK {
			methods = append(methods, string(req.Method))
		}
	}
	if got := strings.Join(methods, " "); got != "INVITE UPDATE INVITE INVITE" {
		t.Errorf("sent %s", got)
	}
}

// RFC 4028 section 10: a refresh that has to wait for something else does not keep the session.
func TestASessionWhoseRefreshHasToWaitEndsInTime(t *testing.T) {
	r := timed(t, "")
	r.must(r.do(Hold{}))
	r.must(r.receive(response(r.request(sip.INVITE), 100, "")))
	r.now = start.Add(45 * time.Second)
	r.must(r.do(Fired{Timer: TimerID{Kind: SessionTimer}}))
	if after := r.timers[TimerID{Kind: SessionTimer}]; after != 15*time.Second {
		t.Fatalf("the session is given %s", after)
	}
	r.now = start.Add(time.Minute)
	before := len(r.sent)
	if got := r.outcome(before, r.do(Fired{Timer: TimerID{Kind: SessionTimer}})); got != "BYE ending" {
		t.Error(got)
	}
}

// RFC 3261 section 14.1: the second attempt belongs to the dialog whose peer refused the first.
func TestARetryBelongsToItsDialogWhicheverIsHeardMeanwhile(t *testing.T) {
	cfg := config()
	cfg.Reliable = Supported
	r := newRig(t, NewCaller(cfg, Outgoing{CallID: "c", Target: sip.Uri{Scheme: "sip", User: "alice", Host: "10.0.0.1"}, From: sip.Uri{Scheme: "sip", User: "bob", Host: "10.0.0.2"}}))
	r.must(r.do(Dial{}))
	invite := r.request(sip.INVITE)
	of := func(tag, text string) string { return strings.Replace(text, "tag=peer", "tag="+tag, 1) }
	describes := func(tag, port string) {
		res := with("Require: 100rel\r\nRSeq: 1"+takesUpdate, response(invite, 183, strings.Replace(description, "audio 3000", "audio "+port, 1)))
		r.must(r.receive(of(tag, res)))
		r.must(r.receive(response(r.request(sip.PRACK), 200, "")))
	}
	describes("a", "4000")
	r.must(r.do(Hold{}))
	r.must(r.receive(response(r.request(sip.UPDATE), 491, "")))
	describes("b", "6000")
	retry := r.running(HoldTimer)
	if retry.Tag != "a" || retry.Hold != hold.Retry {
		t.Fatalf("%+v runs", retry)
	}
	r.must(r.do(Fired{Timer: retry}))
	if to, _ := r.request(sip.UPDATE).To().Params.Get("tag"); to != "a" {
		t.Errorf("tried again with %s", to)
	}
}

func TestACKOfAReINVITEIsKeptAsLongAsItsTransaction(t *testing.T) {
	r := callerIn(t, Established)
	for i := range 20 {
		r.must(r.do([]Event{Hold{}, Resume{}}[i%2]))
		r.must(r.receive(response(r.request(sip.INVITE), 200, description)))
		for key, x := range r.transactions {
			for letter := range x.timers {
				r.must(r.do(Fired{Timer: TimerID{Kind: TransactionTimer, Transaction: key, Letter: letter}}))
			}
		}
	}
	if len(r.leg.acks) != 0 || len(r.transactions) != 0 {
		t.Errorf("%d ACKs, %d transactions", len(r.leg.acks), len(r.transactions))
	}
}
