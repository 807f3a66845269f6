package switchboard_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"sidetone/device/sim"
	"sidetone/internal/siptest"
	"sidetone/sipua"
	"sidetone/switchboard"
	"sidetone/trace"
)

// three plays a story with three phones: 101 calls 102, who answers at once.
func three(t *testing.T, third setup, play func(t *testing.T, a, b, c *phone, first string)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		network := siptest.NewNetwork(1)
		third.account = sipua.Account{AOR: "sip:103@10.0.0.3", Name: "Workshop"}
		a := newPhone(t, network, "10.0.0.1", setup{account: sipua.Account{AOR: "sip:101@10.0.0.1", Name: "Reception"}})
		b := newPhone(t, network, "10.0.0.2", setup{account: sipua.Account{AOR: "sip:102@10.0.0.2", Name: "Warehouse"}})
		c := newPhone(t, network, "10.0.0.3", third)
		first := dial(t, a, b.uri("102"))
		after(time.Second)
		play(t, a, b, c, first)
		for _, p := range []*phone{a, b, c} {
			p.stop()
		}
	})
}

// transfers are a call's kinds that tell of transfers and its end. How often progress is reported depends on who is faster.
func (l *ledger) transfers(call string) []trace.Kind {
	return slices.Compact(slices.DeleteFunc(l.kinds(call), func(k trace.Kind) bool {
		return !slices.Contains([]trace.Kind{trace.TransferRequested, trace.TransferProgress, trace.TransferDone, trace.TransferFailed, trace.CallEnded}, k)
	}))
}

func (l *ledger) begun() []trace.Initiated {
	var all []trace.Initiated
	for _, d := range l.data(trace.CallInitiated) {
		if i, ok := d.(trace.Initiated); ok {
			all = append(all, i)
		}
	}
	return all
}

// callIDs are the ids of the calls in their order.
func (l *ledger) callIDs() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var ids []string
	for _, e := range l.events {
		if e.Kind == trace.CallInitiated {
			ids = append(ids, e.Call)
		}
	}
	return ids
}

func expectKinds(t *testing.T, what string, got []trace.Kind, want ...trace.Kind) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func TestABlindTransferMovesTheHandsetToANewCall(t *testing.T) {
	three(t, setup{}, func(t *testing.T, a, b, c *phone, first string) {
		must(t, a.board.Transfer(t.Context(), "", c.uri("103")))
		after(3 * time.Second)
		expectKinds(t, "who transfers", a.ledger.transfers(first), trace.TransferRequested, trace.TransferProgress, trace.TransferDone, trace.CallEnded)
		ids := b.ledger.callIDs()
		if len(ids) != 2 {
			t.Fatalf("%d calls at the transferred phone", len(ids))
		}
		expectKinds(t, "who is transferred", b.ledger.transfers(ids[0]), trace.TransferRequested, trace.TransferProgress, trace.TransferDone, trace.CallEnded)
		if asked, _ := b.ledger.data(trace.TransferRequested)[0].(trace.Transfer); asked.Call != ids[1] || asked.By != trace.Remote || b.ledger.begun()[1].After != ids[0] {
			t.Errorf("the calls do not name each other: %+v", asked)
		}
		st, err := b.board.Status(t.Context())
		if err != nil || len(st.Calls) != 1 || !st.Calls[0].Handset || st.Calls[0].State != switchboard.StateTalking || st.Calls[0].Transfer != "" {
			t.Errorf("%+v, %v", st, err)
		}
		if st, _ := a.board.Status(t.Context()); len(st.Calls) != 0 {
			t.Errorf("%+v", st)
		}
	})
}

func TestAFailedTransferGivesTheHandsetBack(t *testing.T) {
	three(t, setup{person: sim.Options{RejectWith: 486}}, func(t *testing.T, a, b, c *phone, first string) {
		must(t, a.board.Transfer(t.Context(), first[:10], c.uri("103")))
		after(3 * time.Second)
		failed, _ := a.ledger.data(trace.TransferFailed)[0].(trace.Transfer)
		if failed.Status != 486 || failed.By != trace.Local {
			t.Errorf("%+v", failed)
		}
		for _, p := range []*phone{a, b} {
			st, err := p.board.Status(t.Context())
			if err != nil || len(st.Calls) != 1 || !st.Calls[0].Handset || st.Calls[0].State != switchboard.StateTalking || st.Calls[0].Transfer != "" {
				t.Errorf("%+v, %v", st, err)
			}
		}
	})
}

func TestATransferToALineConnectsBothCalls(t *testing.T) {
	three(t, setup{}, func(t *testing.T, a, b, c *phone, first string) {
		must(t, a.board.Hold(t.Context(), ""))
		after(time.Second)
		second := dial(t, a, c.uri("103"))
		after(time.Second)
		must(t, a.board.Transfer(t.Context(), "1", "2"))
		after(3 * time.Second)
		expectKinds(t, "the first call", a.ledger.transfers(first), trace.TransferRequested, trace.TransferProgress, trace.TransferDone, trace.CallEnded)
		expectKinds(t, "the second call", a.ledger.transfers(second), trace.CallEnded)
		ids := c.ledger.callIDs()
		if len(ids) != 2 {
			t.Fatalf("%d calls at the third phone", len(ids))
		}
		expectKinds(t, "the call that is replaced", c.ledger.transfers(ids[0]), trace.TransferDone, trace.CallEnded)
		if begun := c.ledger.begun()[1]; begun.After != ids[0] || begun.From.URI != "sip:102@10.0.0.2" {
			t.Errorf("%+v", begun)
		}
		for _, p := range []*phone{b, c} {
			if st, _ := p.board.Status(t.Context()); len(st.Calls) != 1 || !st.Calls[0].Handset || st.Calls[0].State != switchboard.StateTalking {
				t.Errorf("%+v", st)
			}
		}
	})
}

func TestNobodyIsTransferredToWhereAPersonMayNotDial(t *testing.T) {
	withPeer(t, setup{board: switchboard.Options{Allowed: []string{"10"}}}, func(t *testing.T, p *phone, peer *siptest.Peer) {
		if got := p.board.Referral("sip:0900@10.0.0.3;user=phone"); got != 403 {
			t.Errorf("asked by REFER: %d", got)
		}
		if p.board.Redirect("sip:0900@10.0.0.3") || !p.board.Redirect("sip:103@10.0.0.3") {
			t.Error("redirections go elsewhere than a person may")
		}
		call(p, peer, audio(peer), "")
		if err := p.board.Transfer(t.Context(), "", "0900"); err == nil {
			t.Error("asked by a command: accepted")
		}
		peer.ExpectNone(siptest.Is("REFER"), time.Second)
	})
}

func TestRedirectedCallIsTracedWithWhoSentItOn(t *testing.T) {
	withPeer(t, setup{}, func(t *testing.T, p *phone, peer *siptest.Peer) {
		_, err := p.board.Dial(t.Context(), "sip:102@10.0.0.9")
		if err != nil {
			t.Fatal(err)
		}
		peer.Reply(peer.Expect(siptest.Is("INVITE")), siptest.Reply{Status: 302, Reason: "Moved", Headers: []string{"Contact: <sip:103@10.0.0.9>"}})
		peer.Expect(siptest.Is("ACK"))
		peer.Reply(peer.Expect(siptest.Is("INVITE")), siptest.Reply{Status: 486, Reason: "Busy Here"})
		synctest.Wait()
		want := trace.Forward{By: &trace.Party{URI: "sip:102@10.0.0.9"}, To: trace.Party{URI: "sip:103@10.0.0.9"}, Status: 302}
		if diff := cmp.Diff([]trace.Payload{want}, p.ledger.data(trace.FlowForward)); diff != "" {
			t.Error(diff)
		}
	})
}
