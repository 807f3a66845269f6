package switchboard_test

import (
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"sidetone/device/sim"
	"sidetone/internal/siptest"
	"sidetone/switchboard"
	"sidetone/trace"
)

// A caller who asks to be put through at once is, where the phone is told so and nobody uses its handset.
func TestWhoAsksForItIsPutThroughAtOnce(t *testing.T) {
	const asks = "Call-Info: <sip:10.0.0.9>;answer-after=1"
	tests := map[string]struct {
		allowed bool
		header  string
		offHook bool
		answer  bool
	}{
		"allowed and asked for": {true, asks, false, true},
		"not allowed":           {false, asks, false, false},
		"not asked for":         {true, "Subject: hello", false, false},
		"the handset is lifted": {true, asks, true, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := setup{person: sim.Options{AnswerAfter: sim.Never}, board: switchboard.Options{AutoAnswer: tt.allowed}}
			withPeer(t, s, func(t *testing.T, p *phone, peer *siptest.Peer) {
				if tt.offHook {
					must(t, p.sim.SetHook(true))
					synctest.Wait()
				}
				to := netip.MustParseAddrPort(p.addr)
				invite := peer.Request(to, siptest.Request{URI: p.uri("phone"), Headers: []string{tt.header}, Body: audio(peer)})
				after(900 * time.Millisecond)
				if n := len(p.ledger.data(trace.CallAnswered)); n != 0 {
					t.Error("answered too early")
				}
				after(200 * time.Millisecond)
				answers := p.ledger.data(trace.CallAnswered)
				if (len(answers) == 1) != tt.answer {
					t.Fatalf("answered %d times", len(answers))
				}
				if !tt.answer {
					must(t, p.board.Reject(t.Context(), "", 0))
					peer.ACK(invite, peer.Expect(siptest.Status(603, "INVITE")))
					return
				}
				if a, _ := answers[0].(trace.Answered); !a.Auto {
					t.Errorf("the trace does not say that no person answered: %+v", a)
				}
				peer.Request(to, peer.InDialog(invite, peer.Expect(siptest.Status(200, "INVITE")), "ACK", 1))
			})
		})
	}
}
