package session

import (
	"net/netip"
	"testing"

	"github.com/emiago/sipgo/sip"

	"sidetone/sipua/message"
)

// invites are the INVITEs sent so far, retransmissions left out.
func (r *rig) invites() []*sip.Request {
	var all []*sip.Request
	seen := map[string]bool{}
	for _, m := range r.sent {
		if req, ok := m.(*sip.Request); ok && req.Method == sip.INVITE && !seen[message.Branch(req)] {
			seen[message.Branch(req)] = true
			all = append(all, req)
		}
	}
	return all
}

func TestInviteSentAgainKeepsTheCallAndHasTheNextCSeqAndItsOwnBranch(t *testing.T) {
	r := callerIn(t, Inviting)
	asked := sip.NewHeader("Min-SE", "90")
	r.must(r.receive(response(r.request(sip.INVITE), 180, "")))
	r.tryAgain(func(a *attempt) { a.set("Min-SE", sip.NewHeader("Min-SE", "60")) })
	r.tryAgain(func(a *attempt) { a.set("min-se", asked) })
	for _, e := range r.out {
		if send, ok := e.(Send); ok {
			r.sent = append(r.sent, send.Message)
		}
	}
	all := r.invites()
	if len(all) != 3 {
		t.Fatalf("%d INVITEs", len(all))
	}
	first, last := all[0], all[2]
	if last.CSeq().SeqNo != 3 || message.Branch(first) == message.Branch(last) {
		t.Errorf("\n%s", last)
	}
	if first.From().Value() != last.From().Value() || first.To().Value() != last.To().Value() || first.CallID().Value() != last.CallID().Value() ||
		string(first.Body()) != string(last.Body()) || first.Recipient.String() != last.Recipient.String() {
		t.Errorf("\n%s\n%s", first, last)
	}
	if h := last.GetHeaders("Min-SE"); len(h) != 1 || h[0].Value() != "90" {
		t.Error(h)
	}
	if len(r.legs) != 0 || r.provisionalSeen {
		t.Error("the early dialog of the first INVITE is still there")
	}
}

func TestTransactionOfAnInviteSentAgainOnlyAbsorbs(t *testing.T) {
	r := twoPaths(t)
	first := r.request(sip.INVITE)
	busy := response(first, 503, "")
	r.must(r.receive(busy))
	before := len(r.sent)
	r.must(r.receive(busy))
	if got := r.outcome(before, nil); got != "ACK inviting" {
		t.Error(got)
	}
	for key, x := range r.transactions { // its ACK cannot be sent
		if x != r.invite {
			r.must(r.do(SendFailed{Transaction: key}))
		}
	}
	if r.State() != Inviting || len(r.signals) != 0 {
		t.Errorf("%s %v", r.State(), r.signals)
	}
	r.must(r.receive(response(r.request(sip.INVITE), 200, description)))
	r.check(Established)
}

var elsewhere = Path{
	Flow:  path.Flow,
	Local: netip.MustParseAddrPort("10.0.1.2:5070"),
}

func init() { elsewhere.Flow.Remote = netip.MustParseAddrPort("10.0.1.1:5060") }

// twoPaths is a caller whose INVITE can go two ways.
func twoPaths(t *testing.T) *rig {
	t.Helper()
	r := newCaller(t)
	r.paths = []Path{path, elsewhere}
	r.must(r.do(Dial{}))
	return r.check(Inviting)
}
