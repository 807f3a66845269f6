package switchboard_test

import (
	"net/netip"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"sidetone/device/sim"
	"sidetone/internal/siptest"
	"sidetone/switchboard"
	"sidetone/trace"
)

// withPeer plays a story with a phone and a SIP party that does only what the test says.
func withPeer(t *testing.T, s setup, play func(t *testing.T, p *phone, peer *siptest.Peer)) {
	t.Helper()
	withNetwork(t, s, func(t *testing.T, p *phone, peer *siptest.Peer, _ *siptest.Network) { play(t, p, peer) })
}

// withNetwork is withPeer for a story with more addresses.
func withNetwork(t *testing.T, s setup, play func(t *testing.T, p *phone, peer *siptest.Peer, network *siptest.Network)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		network := siptest.NewNetwork(1)
		p := newPhone(t, network, "10.0.0.1", s)
		play(t, p, siptest.NewPeer(t, network.Listen("10.0.0.9:5060")), network)
		p.stop()
	})
}

const peerURI = "sip:peer@10.0.0.9"

func audio(peer *siptest.Peer, lines ...string) string {
	return siptest.SDP(peer.Addr().Addr(), 4000, lines...)
}

// call has the peer call the phone, and acknowledges the 200.
func call(p *phone, peer *siptest.Peer, offer, answer string) (invite, ok *siptest.Message) {
	to := netip.MustParseAddrPort(p.addr)
	invite = peer.Request(to, siptest.Request{URI: p.uri("phone"), Body: offer})
	ok = peer.Expect(siptest.Status(200, "INVITE"))
	ack := peer.InDialog(invite, ok, "ACK", 1)
	ack.Body = answer
	peer.Request(to, ack)
	synctest.Wait()
	return invite, ok
}

func (l *ledger) data(kind trace.Kind) []trace.Payload {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []trace.Payload
	for _, e := range l.events {
		if e.Kind == kind {
			all = append(all, e.Data)
		}
	}
	return all
}

// times lists when something happened.
func (l *ledger) times(kind trace.Kind) []time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []time.Time
	for _, e := range l.events {
		if e.Kind == kind {
			all = append(all, e.At)
		}
	}
	return all
}

func TestACallWithoutAnOfferHasMediaOnceTheACKBringsTheAnswer(t *testing.T) {
	withPeer(t, setup{}, func(t *testing.T, p *phone, peer *siptest.Peer) {
		invite, ok := call(p, peer, "", audio(peer))
		started := p.ledger.data(trace.MediaStarted)
		if len(started) != 1 || len(p.ledger.data(trace.MediaChanged)) != 0 {
			t.Fatalf("media started %d times, changed %d times", len(started), len(p.ledger.data(trace.MediaChanged)))
		}
		if m, _ := started[0].(trace.Media); m.Codec != "PCMU" || m.Direction != trace.SendRecv || m.Remote != "10.0.0.9:4000" {
			t.Errorf("%+v", m)
		}
		st, err := p.board.Status(t.Context())
		if err != nil || len(st.Calls) != 1 || st.Calls[0].State != switchboard.StateTalking {
			t.Errorf("%+v, %v", st, err)
		}
		peer.Request(netip.MustParseAddrPort(p.addr), peer.InDialog(invite, ok, "BYE", 2))
		peer.Expect(siptest.Status(200, "BYE"))
		synctest.Wait()
		if f := p.ledger.fold(""); !f.Complete || f.HeldUS != 0 || f.Holds != 0 {
			t.Errorf("%+v", f)
		}
	})
}

func TestReInviteWithAnotherAddressMovesTheMediaAndIsNoHold(t *testing.T) {
	withPeer(t, setup{}, func(t *testing.T, p *phone, peer *siptest.Peer) {
		invite, ok := call(p, peer, audio(peer), "")
		again := peer.InDialog(invite, ok, "INVITE", 2)
		again.Body = siptest.SDP(netip.MustParseAddr("10.0.0.7"), 7000)
		req := peer.Request(netip.MustParseAddrPort(p.addr), again)
		peer.ACK(req, peer.Expect(siptest.Status(200, "INVITE")))
		synctest.Wait()
		changed := p.ledger.data(trace.MediaChanged)
		if len(changed) != 1 || len(p.ledger.data(trace.HoldConfirmed)) != 0 {
			t.Fatalf("media changed: %v", changed)
		}
		if m, _ := changed[0].(trace.Media); m.Remote != "10.0.0.7:7000" || m.Direction != trace.SendRecv {
			t.Errorf("%+v", m)
		}
	})
}

func TestEarlyMediaGoesOnWhenRingingFollows(t *testing.T) {
	withPeer(t, setup{}, func(t *testing.T, p *phone, peer *siptest.Peer) {
		dial(t, p, peerURI)
		invite := peer.Expect(siptest.Is("INVITE"))
		peer.Reply(invite, siptest.Reply{Status: 183, Reason: "Session Progress", Body: audio(peer)})
		peer.Reply(invite, siptest.Reply{Status: 180, Reason: "Ringing"})
		after(time.Second)
		if n := len(p.ledger.data(trace.MediaStarted)); n != 1 {
			t.Errorf("media started %d times", n)
		}
		if len(p.ledger.data(trace.MediaChanged))+len(p.ledger.data(trace.MediaStopped)) != 0 {
			t.Error("180 without a session description changed the early media")
		}
		peer.Reply(invite, siptest.Reply{Status: 486, Reason: "Busy Here"})
		peer.Expect(siptest.Is("ACK"))
		synctest.Wait()
		if f := p.ledger.fold(""); !f.Complete || f.Result != trace.ResultBusy || f.RingingUS.Duration() != time.Second {
			t.Errorf("%+v", f)
		}
	})
}

// bell counts how often the handset was made to ring.
type bell struct {
	*sim.Phone
	rang *atomic.Int32
}

func (b bell) Alert(id string) { b.rang.Add(1); b.Phone.Alert(id) }

func TestACallWhoseOfferCannotBeMetRingsNothing(t *testing.T) {
	var rang atomic.Int32
	s := setup{handset: func(p *sim.Phone) switchboard.Handset { return bell{p, &rang} }}
	withPeer(t, s, func(t *testing.T, p *phone, peer *siptest.Peer) {
		invite := peer.Request(netip.MustParseAddrPort(p.addr), siptest.Request{
			URI: p.uri("phone"), Body: "v=0\r\no=- 1 1 IN IP4 10.0.0.9\r\ns=-\r\nc=IN IP4 10.0.0.9\r\nt=0 0\r\nm=audio 3000 RTP/AVP 18\r\n",
		})
		peer.ACK(invite, peer.Expect(siptest.Status(488, "INVITE")))
		after(time.Second)
		if rang.Load() != 0 {
			t.Error("the handset rang")
		}
		f := p.ledger.fold("")
		if diff := cmp.Diff(outcome{trace.ResultFailed, trace.Local, 488, 0}, outcomeOf(f)); diff != "" || !f.Complete {
			t.Errorf("%s %+v", diff, f)
		}
	})
}

func TestTheHandsetDialsAgainWhileACallToNobodyIsGivenUp(t *testing.T) {
	withPeer(t, setup{}, func(t *testing.T, p *phone, peer *siptest.Peer) {
		must(t, p.sim.SetHook(true))
		first := dial(t, p, "sip:nobody@10.0.0.8")
		after(time.Second)
		must(t, p.sim.SetHook(false))
		after(time.Second)
		must(t, p.sim.SetHook(true))
		must(t, p.sim.Press("7#"))
		after(time.Second)
		if got := len(p.ledger.data(trace.CallInitiated)); got != 2 {
			t.Errorf("%d calls", got)
		}
		after(time.Minute)
		f := p.ledger.fold(first)
		if diff := cmp.Diff(outcome{trace.ResultCancelled, trace.Local, 0, 0}, outcomeOf(f)); diff != "" || !f.Complete {
			t.Errorf("%s %+v", diff, f)
		}
	})
}

func TestACallThatIsOverKeepsNobodyFromCalling(t *testing.T) {
	withPeer(t, setup{board: switchboard.Options{MaxCalls: 1}}, func(t *testing.T, p *phone, peer *siptest.Peer) {
		call(p, peer, audio(peer), "")
		if _, err := p.board.Dial(t.Context(), peerURI); err == nil {
			t.Error("a second call at the same time")
		}
		must(t, p.board.Hangup(t.Context(), ""))
		peer.Expect(siptest.Is("BYE")) // and does not answer it
		synctest.Wait()
		dial(t, p, peerURI)
		peer.Expect(siptest.Is("INVITE"))
		after(time.Minute)
	})
}

func TestNobodyReachedInTheRingTimeIsAFailureNotACancel(t *testing.T) {
	withPeer(t, setup{board: switchboard.Options{RingFor: 5 * time.Second}}, func(t *testing.T, p *phone, _ *siptest.Peer) {
		id := dial(t, p, "sip:nobody@10.0.0.8")
		after(time.Minute)
		f := p.ledger.fold(id)
		if diff := cmp.Diff(outcome{trace.ResultFailed, trace.Timer, 0, 0}, outcomeOf(f)); diff != "" || !f.Complete {
			t.Errorf("%s %+v", diff, f)
		}
	})
}
