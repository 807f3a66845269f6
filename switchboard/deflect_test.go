package switchboard_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"sidetone/internal/siptest"
	"sidetone/sipua"
	"sidetone/switchboard"
	"sidetone/trace"
)

func TestCallThatRingsIsDeflectedToAnotherPhone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := siptest.NewNetwork(1)
		a := newPhone(t, network, "10.0.0.1", setup{account: sipua.Account{AOR: "sip:101@10.0.0.1", Name: "Reception"}})
		ringing := neverAnswers
		ringing.account, ringing.board = sipua.Account{AOR: "sip:102@10.0.0.2", Name: "Warehouse"}, switchboard.Options{Allowed: []string{"10"}}
		b := newPhone(t, network, "10.0.0.2", ringing)
		c := newPhone(t, network, "10.0.0.3", setup{account: sipua.Account{AOR: "sip:103@10.0.0.3", Name: "Workshop"}})
		call := dial(t, a, b.uri("102"))
		after(3 * time.Second)

		if b.board.Deflect(t.Context(), "", "sip:900@10.0.0.3") == nil {
			t.Error("it is deflected to where nobody may call")
		}
		must(t, b.board.Deflect(t.Context(), "", c.uri("103")))
		after(2 * time.Second)
		if err := b.board.Deflect(t.Context(), "", c.uri("103")); err == nil {
			t.Error("it is deflected twice")
		}

		f := b.ledger.fold("")
		if f.Result != trace.ResultForwarded || f.Side != trace.Local || f.LastResponse != 302 {
			t.Errorf("%+v", f.Summary)
		}
		forward, _ := b.ledger.data(trace.FlowForward)[0].(trace.Forward)
		if forward.To.URI != "sip:103@10.0.0.3:5060" || forward.Reason != trace.Deflected || forward.Status != 302 ||
			forward.By == nil || *forward.By != (trace.Party{URI: "sip:102@10.0.0.2:5060", Name: "Warehouse"}) {
			t.Errorf("%+v by %+v", forward, forward.By)
		}
		if st, err := b.board.Status(t.Context()); err != nil || len(st.Calls) != 0 {
			t.Errorf("%+v, %v", st, err)
		}
		if kinds := a.ledger.kinds(call); !slices.Contains(kinds, trace.FlowForward) || !slices.Contains(kinds, trace.CallAnswered) {
			t.Errorf("%v", kinds)
		}
		if followed, _ := a.ledger.data(trace.FlowForward)[0].(trace.Forward); followed.Reason != "" || followed.By == nil {
			t.Errorf("%+v", followed)
		}
		for _, p := range []*phone{a, b, c} {
			p.stop()
		}
	})
}
