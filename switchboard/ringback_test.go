package switchboard_test

import (
	"testing"
	"time"

	"sidetone/internal/siptest"
	"sidetone/media"
	"sidetone/media/tone"
	"sidetone/switchboard"
)

// ringback is a local ringing tone of 425 Hz without pauses.
var ringback = setup{board: switchboard.Options{Ringback: func() media.Source { return tone.Sine(425) }}}

func hears(p *phone, hz float64) bool { return p.sim.Heard().ToneHz == hz }

func TestCallerHearsTheLocalRingbackWhileNoEarlyMediaArrives(t *testing.T) {
	for name, early := range map[string]bool{"180 alone": false, "183 with a description that nothing follows": true} {
		withPeer(t, ringback, func(t *testing.T, p *phone, peer *siptest.Peer) {
			dial(t, p, peerURI)
			invite := peer.Expect(siptest.Is("INVITE"))
			if early {
				peer.Reply(invite, siptest.Reply{Status: 183, Reason: "Session Progress", Body: audio(peer)})
				after(time.Second)
				if hears(p, 425) {
					t.Errorf("%s: it rings before the callee is alerted", name)
				}
			}
			peer.Reply(invite, siptest.Reply{Status: 180, Reason: "Ringing"})
			after(time.Second)
			if !hears(p, 425) {
				t.Errorf("%s: heard %+v", name, p.sim.Heard())
			}
		})
	}
}

func TestEarlyMediaIsHeardInPlaceOfTheLocalRingback(t *testing.T) {
	called := neverAnswers
	called.board.Ringback = func() media.Source { return tone.Sine(480) }
	pair(t, ringback, called, func(t *testing.T, a, b *phone) {
		dial(t, a, b.uri("102"))
		after(2 * time.Second)
		if !hears(a, 480) {
			t.Errorf("heard %+v", a.sim.Heard())
		}
		if err := b.board.Answer(t.Context(), ""); err != nil {
			t.Fatal(err)
		}
		after(2 * time.Second)
		if hears(a, 480) || hears(a, 425) || a.sim.Heard().ToneHz == 0 {
			t.Errorf("after the answer: heard %+v", a.sim.Heard())
		}
	})
}
