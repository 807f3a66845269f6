package switchboard_test

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pion/rtp"

	"sidetone/internal/siptest"
	"sidetone/media/g711"
	"sidetone/media/tone"
	"sidetone/switchboard"
	"sidetone/trace"
)

// branch is one of the devices that a call of the phone reaches: a to-tag, an address of its own, and a voice of one tone.
type branch struct {
	tag  string
	host string
	hz   float64
	law  uint8 // payload type, 0 for PCMU or 8 for PCMA
}

var (
	first  = branch{"a", "10.0.0.21", 600, 0}
	second = branch{"b", "10.0.0.22", 800, 8}
)

func (b branch) address() string { return b.host + ":4000" }

// replies sends a provisional response of the branch, with a description where sdp is set.
func (b branch) replies(peer *siptest.Peer, invite *siptest.Message, status int, sdp bool, headers ...string) {
	r := siptest.Reply{Status: status, Reason: "X", ToTag: b.tag, Headers: headers}
	if sdp {
		r.Body = strings.ReplaceAll(siptest.SDP(netip.MustParseAddr(b.host), 4000), "RTP/AVP 0 8", fmt.Sprintf("RTP/AVP %d", b.law))
	}
	peer.Reply(invite, r)
	synctest.Wait()
}

// speaks sends the tone of the branch to where the INVITE asks for sound, until it is told to stop.
func (b branch) speaks(t *testing.T, network *siptest.Network, invite *siptest.Message) (stop func()) {
	t.Helper()
	_, media, _ := strings.Cut(invite.Body(), "m=audio ")
	var port uint16
	if _, err := fmt.Sscan(media, &port); err != nil {
		t.Fatal(err)
	}
	to := net.UDPAddrFromAddrPort(netip.AddrPortFrom(invite.From.Addr(), port))
	conn := network.Listen(b.address())
	done := make(chan struct{})
	var ended sync.WaitGroup
	ended.Go(func() {
		every, voice, pcm := time.NewTicker(20*time.Millisecond), tone.Sine(b.hz), make([]int16, 160)
		defer every.Stop()
		for seq := uint16(0); ; seq++ {
			voice.Frame(pcm)
			packet := rtp.Packet{Header: rtp.Header{
				Version: 2, PayloadType: b.law, SSRC: uint32(b.hz), SequenceNumber: seq, Timestamp: 160 * uint32(seq),
			}, Payload: g711.AppendMuLaw(nil, pcm)}
			if b.law == 8 {
				packet.Payload = g711.AppendALaw(nil, pcm)
			}
			raw, err := packet.Marshal()
			if err == nil {
				_, err = conn.WriteTo(raw, to)
			}
			if err != nil {
				t.Error(err)
			}
			select {
			case <-every.C:
			case <-done:
				return
			}
		}
	})
	return func() {
		close(done)
		ended.Wait()
		_ = conn.Close()
	}
}

// earlyMedia is what media.started and media.changed say of where the sound of a call comes from, and why.
func (l *ledger) earlyMedia() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []string
	for _, e := range l.events {
		if m, ok := e.Data.(trace.Media); ok && e.Kind != trace.MediaStopped {
			all = append(all, strings.TrimSpace(fmt.Sprintf("%s %s %s %s", m.Remote, m.Codec, m.Direction, m.Early)))
		}
	}
	return all
}

// alertings are the call.progress and call.ringing of a ledger, by status.
func (l *ledger) alertings() []int {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []int
	for _, e := range l.events {
		if a, ok := e.Data.(trace.Alerting); ok {
			all = append(all, a.Status)
		}
	}
	return all
}

func expectHeard(t *testing.T, what string, p *phone, hz float64) {
	t.Helper()
	after(time.Second)
	if !hears(p, hz) {
		t.Errorf("%s: heard %+v, want %v Hz", what, p.sim.Heard(), hz)
	}
}

const silent = 0

func TestWhatTheCallerHearsAndTheTraceSaysOfEveryProvisionalSequence(t *testing.T) {
	const own = 425 // the local ringing tone
	type step struct {
		status int
		sdp    bool // and sound
		hears  float64
	}
	for name, tc := range map[string]struct {
		steps    []step
		tells    []int
		received []int // as messages
	}{
		"183 then 180":         {[]step{{183, true, first.hz}, {180, false, first.hz}}, []int{183, 180}, []int{100, 183, 180}},
		"180 then 183":         {[]step{{180, false, own}, {183, true, first.hz}}, []int{180, 183}, []int{100, 180, 183}},
		"183 without sound":    {[]step{{183, false, silent}, {180, false, own}}, []int{183, 180}, []int{100, 183, 180}},
		"181 then 180":         {[]step{{181, false, silent}, {180, false, own}}, []int{180}, []int{100, 181, 180}},
		"182 then 183":         {[]step{{182, false, silent}, {183, true, first.hz}}, []int{183}, []int{100, 182, 183}},
		"183 then 199":         {[]step{{183, true, first.hz}, {199, false, silent}}, []int{183}, []int{100, 183, 199}},
		"183, 180, then a 199": {[]step{{183, true, first.hz}, {180, false, first.hz}, {199, false, own}}, []int{183, 180}, []int{100, 183, 180, 199}},
	} {
		t.Run(name, func(t *testing.T) {
			withNetwork(t, ringback, func(t *testing.T, p *phone, peer *siptest.Peer, network *siptest.Network) {
				dial(t, p, peerURI)
				invite := peer.Expect(siptest.Is("INVITE"))
				peer.Reply(invite, siptest.Reply{Status: 100, Reason: "Trying"})
				for _, s := range tc.steps {
					first.replies(peer, invite, s.status, s.sdp)
					if s.sdp {
						defer first.speaks(t, network, invite)()
					}
					expectHeard(t, fmt.Sprint("after ", s.status), p, s.hears)
				}
				if got := p.ledger.alertings(); !slices.Equal(got, tc.tells) {
					t.Errorf("told %v, want %v", got, tc.tells)
				}
				var received []int
				for _, d := range p.ledger.data(trace.SIPReceived) {
					if m, _ := d.(trace.SIP); m.Method == "INVITE" {
						received = append(received, m.Status)
					}
				}
				if !slices.Equal(received, tc.received) {
					t.Errorf("received %v, want %v", received, tc.received)
				}
			})
		})
	}
}

func TestTheBranchIsHeardThatSoundComesFrom(t *testing.T) {
	withNetwork(t, ringback, func(t *testing.T, p *phone, peer *siptest.Peer, network *siptest.Network) {
		id := dial(t, p, peerURI)
		invite := peer.Expect(siptest.Is("INVITE"))
		first.replies(peer, invite, 183, true)
		stopFirst := first.speaks(t, network, invite)
		expectHeard(t, "one branch", p, first.hz)
		second.replies(peer, invite, 183, true)
		expectHeard(t, "the second describes sound and sends none", p, first.hz)
		stopSecond := second.speaks(t, network, invite)
		expectHeard(t, "both send", p, first.hz)
		stopFirst()
		expectHeard(t, "the first stops", p, second.hz)
		second.replies(peer, invite, 199, false)
		expectHeard(t, "the second is over and sends on", p, silent)
		stopSecond()
		peer.Reply(invite, siptest.Reply{Status: 486, Reason: "Busy Here"})
		peer.Expect(siptest.Is("ACK"))
		synctest.Wait()
		want := []string{
			"10.0.0.21:4000 PCMU sendrecv", "10.0.0.22:4000 PCMA sendrecv described", "10.0.0.21:4000 PCMU sendrecv rtp",
			"10.0.0.22:4000 PCMA sendrecv rtp", "10.0.0.21:4000 PCMU sendrecv left",
		}
		if diff := cmp.Diff(want, p.ledger.earlyMedia()); diff != "" {
			t.Error(diff)
		}
		if f := p.ledger.fold(id); !f.Complete || f.Result != trace.ResultBusy {
			t.Errorf("%+v", f)
		}
	})
}

func TestABranchThatTheNetworkBarsIsNotHeardWhateverItSends(t *testing.T) {
	withNetwork(t, ringback, func(t *testing.T, p *phone, peer *siptest.Peer, network *siptest.Network) {
		dial(t, p, peerURI)
		invite := peer.Expect(siptest.Is("INVITE"))
		first.replies(peer, invite, 183, true)
		second.replies(peer, invite, 183, true, "P-Early-Media: inactive")
		defer second.speaks(t, network, invite)()
		expectHeard(t, "barred", p, silent)
		second.replies(peer, invite, 180, false, "P-Early-Media: sendonly")
		expectHeard(t, "let through", p, second.hz)
		second.replies(peer, invite, 183, false, "P-Early-Media: inactive")
		expectHeard(t, "barred again", p, 425)
		want := []string{"10.0.0.21:4000 PCMU sendrecv", "10.0.0.22:4000 PCMA sendrecv rtp", "10.0.0.21:4000 PCMU sendrecv barred"}
		if diff := cmp.Diff(want, p.ledger.earlyMedia()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestTheAnswerDecidesWhoIsHeard(t *testing.T) {
	withNetwork(t, ringback, func(t *testing.T, p *phone, peer *siptest.Peer, network *siptest.Network) {
		dial(t, p, peerURI)
		invite := peer.Expect(siptest.Is("INVITE"))
		first.replies(peer, invite, 183, true)
		defer first.speaks(t, network, invite)()
		second.replies(peer, invite, 183, true)
		expectHeard(t, "one sends", p, first.hz)
		defer second.speaks(t, network, invite)()
		expectHeard(t, "both send", p, first.hz)
		peer.Reply(invite, siptest.Reply{Status: 200, Reason: "OK", ToTag: second.tag})
		peer.Expect(siptest.Is("ACK"))
		expectHeard(t, "the second answers", p, second.hz)
		if got := p.ledger.earlyMedia(); got[len(got)-1] != "10.0.0.22:4000 PCMA sendrecv" {
			t.Errorf("%v", got)
		}
	})
}

// The last response of a call that nobody answers in the ring time is the one that came last (adr 3).
func TestRingTimeOutReportsTheLastProvisionalResponse(t *testing.T) {
	for _, tc := range []struct {
		statuses []int
		last     int
	}{{[]int{180}, 180}, {[]int{183}, 183}, {[]int{180, 183}, 183}, {[]int{183, 180}, 180}} {
		s := setup{board: switchboard.Options{RingFor: 5 * time.Second}}
		withPeer(t, s, func(t *testing.T, p *phone, peer *siptest.Peer) {
			id := dial(t, p, peerURI)
			invite := peer.Expect(siptest.Is("INVITE"))
			peer.Reply(invite, siptest.Reply{Status: 100, Reason: "Trying"})
			for _, status := range tc.statuses {
				first.replies(peer, invite, status, status == 183)
			}
			peer.Reply(peer.Expect(siptest.Is("CANCEL")), siptest.Reply{Status: 200, Reason: "OK"})
			peer.Reply(invite, siptest.Reply{Status: 487, Reason: "Request Terminated", ToTag: first.tag})
			peer.Expect(siptest.Is("ACK"))
			after(time.Second)
			f := p.ledger.fold(id)
			if diff := cmp.Diff(outcome{trace.ResultNoAnswer, trace.Timer, tc.last, 0}, outcomeOf(f)); diff != "" || !f.Complete {
				t.Errorf("%v: %s %+v", tc.statuses, diff, f)
			}
		})
	}
}
