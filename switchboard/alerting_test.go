package switchboard_test

import (
	"fmt"
	"net/netip"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"sidetone/callflow"
	"sidetone/device/sim"
	"sidetone/internal/siptest"
	"sidetone/media"
	"sidetone/media/tone"
	"sidetone/sipua"
	"sidetone/switchboard"
	"sidetone/trace"
)

// rings has the peer call the phone, and leaves it ringing.
func rings(p *phone, peer *siptest.Peer, headers ...string) *siptest.Message {
	invite := peer.Request(netip.MustParseAddrPort(p.addr), siptest.Request{URI: p.uri("phone"), Headers: headers, Body: audio(peer)})
	peer.Expect(siptest.Status(100, "INVITE"))
	return invite
}

// prack acknowledges a reliable response.
func prack(p *phone, peer *siptest.Peer, invite, res *siptest.Message, cseq int) {
	r := peer.InDialog(invite, res, "PRACK", cseq)
	r.Headers = []string{fmt.Sprintf("RAck: %s %d INVITE", res.Header("RSeq"), invite.CSeq())}
	peer.Request(netip.MustParseAddrPort(p.addr), r)
	peer.Expect(siptest.Status(200, "PRACK"))
}

func TestProgressThenRingingIsReliableWhereTheCallerTakesIt(t *testing.T) {
	for _, header := range []string{"Subject: no 100rel", "Supported: 100rel", "Require: 100rel"} {
		t.Run(header, func(t *testing.T) {
			reliable := header != "Subject: no 100rel"
			s := neverAnswers
			s.sip = func(o *sipua.Options) { o.Reliable = sipua.ReliableSupported }
			withPeer(t, s, func(t *testing.T, p *phone, peer *siptest.Peer) {
				invite := rings(p, peer, header)
				progress := peer.Expect(siptest.Status(183, "INVITE"))
				if progress.Body() == "" || (progress.Header("Require") == "100rel") != reliable {
					t.Errorf("183 sent as\n%s", progress.Raw)
				}
				if reliable {
					peer.ExpectNone(siptest.Status(180, "INVITE"), 100*time.Millisecond)
					prack(p, peer, invite, progress, 2)
				}
				ringing := peer.Expect(siptest.Status(180, "INVITE"))
				if ringing.Body() != "" || (ringing.Header("Require") == "100rel") != reliable {
					t.Errorf("180 sent as\n%s", ringing.Raw)
				}
				if reliable {
					prack(p, peer, invite, ringing, 3)
				}
				must(t, p.board.Answer(t.Context(), ""))
				ok := peer.Expect(siptest.Status(200, "INVITE"))
				peer.ACK(invite, ok)
				after(time.Second)
				told := append(p.ledger.data(trace.CallProgress), p.ledger.data(trace.CallRinging)...)
				want := []trace.Payload{
					trace.Alerting{Who: "phone", Status: 183, EarlyMedia: true, Reliable: reliable},
					trace.Alerting{Who: "phone", Status: 180, Reliable: reliable},
				}
				if diff := cmp.Diff(want, told); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

// delayed is a phone that nobody answers, with times between the steps of its alerting.
func delayed(a switchboard.Alerting, rang *atomic.Int32) setup {
	s := neverAnswers
	s.board = switchboard.Options{
		Alerting: a, ProgressAfter: 2 * time.Second, RingingAfter: 3 * time.Second, Flow: callflow.Phone(5 * time.Second),
	}
	s.handset = func(p *sim.Phone) switchboard.Handset { return bell{p, rang} }
	return s
}

func TestAlertingTakesItsTimeAndTheRingTimeCountsFromTheRinging(t *testing.T) {
	type moment struct {
		at     time.Duration // since the INVITE
		status int
	}
	for alerting, want := range map[switchboard.Alerting][]moment{
		switchboard.ProgressThenRinging: {{0, 100}, {2 * time.Second, 183}, {5 * time.Second, 180}, {10 * time.Second, 480}},
		switchboard.ProgressOnly:        {{0, 100}, {2 * time.Second, 183}, {10 * time.Second, 480}},
		switchboard.RingingOnly:         {{0, 100}, {3 * time.Second, 180}, {8 * time.Second, 480}},
	} {
		var rang atomic.Int32
		withPeer(t, delayed(alerting, &rang), func(t *testing.T, p *phone, peer *siptest.Peer) {
			invite := peer.Request(netip.MustParseAddrPort(p.addr), siptest.Request{URI: p.uri("phone"), Body: audio(peer)})
			start, ringing := time.Now(), want[len(want)-1].at-5*time.Second
			after(ringing - time.Millisecond)
			if rang.Load() != 0 {
				t.Errorf("%s: the handset rang too early", alerting)
			}
			after(2 * time.Millisecond)
			if rang.Load() != 1 {
				t.Errorf("%s: the handset rang %d times", alerting, rang.Load())
			}
			final := peer.Expect(siptest.Status(480, "INVITE"))
			peer.ACK(invite, final)
			synctest.Wait() // until it stands in the ledger
			var got []moment
			for _, s := range p.ledger.data(trace.SIPSent) {
				if m, _ := s.(trace.SIP); m.Method == "INVITE" && m.Status != 0 {
					got = append(got, moment{status: m.Status})
				}
			}
			for i, at := range p.ledger.times(trace.SIPSent)[:len(got)] {
				got[i].at = at.Sub(start)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s: sent %v, want %v", alerting, got, want)
			}
			after(time.Second)
			if f := p.ledger.fold(""); f.Result != trace.ResultNoAnswer || !f.Complete {
				t.Errorf("%s: %+v", alerting, f)
			}
		})
	}
}

// A call that is decided while alerting waits is not alerted any more.
func TestNothingAlertsACallThatIsDecidedMeanwhile(t *testing.T) {
	during := map[string]time.Duration{"before the 183": time.Second, "before the 180": 4 * time.Second}
	decided := map[string]struct {
		by    func(t *testing.T, p *phone, peer *siptest.Peer, invite *siptest.Message)
		want  outcome
		alive bool
	}{
		"answered": {func(t *testing.T, p *phone, peer *siptest.Peer, invite *siptest.Message) {
			must(t, p.board.Answer(t.Context(), ""))
			peer.ACK(invite, peer.Expect(siptest.Status(200, "INVITE")))
		}, outcome{}, true},
		"rejected": {func(t *testing.T, p *phone, peer *siptest.Peer, invite *siptest.Message) {
			must(t, p.board.Reject(t.Context(), "", 486))
			peer.ACK(invite, peer.Expect(siptest.Status(486, "INVITE")))
		}, outcome{trace.ResultBusy, trace.Local, 486, 0}, false},
		"cancelled": {func(t *testing.T, p *phone, peer *siptest.Peer, invite *siptest.Message) {
			peer.Request(netip.MustParseAddrPort(p.addr), siptest.Request{
				Method: "CANCEL", URI: p.uri("phone"), From: invite.Header("From"), CallID: invite.Header("Call-ID"),
				Branch: invite.Param("Via", "branch"), CSeq: invite.CSeq(), Contact: "-",
			})
			peer.ACK(invite, peer.Expect(siptest.Status(487, "INVITE")))
		}, outcome{trace.ResultCancelled, trace.Remote, 487, 0}, false},
	}
	for when, d := range during {
		for name, tc := range decided {
			t.Run(name+" "+when, func(t *testing.T) {
				var rang atomic.Int32
				withPeer(t, delayed(switchboard.ProgressThenRinging, &rang), func(t *testing.T, p *phone, peer *siptest.Peer) {
					invite := rings(p, peer)
					after(d)
					tc.by(t, p, peer, invite)
					after(time.Minute)
					if n := len(p.ledger.data(trace.CallRinging)); n != 0 || rang.Load() != 0 {
						t.Errorf("180 sent %d times, the handset rang %d times", n, rang.Load())
					}
					if n := len(p.ledger.data(trace.CallProgress)); (n != 0) != (d > 2*time.Second) {
						t.Errorf("183 sent %d times", n)
					}
					if f := p.ledger.fold(""); !tc.alive && (outcomeOf(f) != tc.want || !f.Complete) {
						t.Errorf("%+v", f)
					}
					if tc.alive && len(p.ledger.data(trace.CallAnswered)) != 1 {
						t.Error("not answered")
					}
				})
			})
		}
	}
}

// recording is a prompt of one tone.
type recording struct {
	media.Source
	frames int
}

func (r *recording) Frame(pcm []int16) bool {
	r.frames--
	return r.frames >= 0 && r.Source.Frame(pcm)
}

func TestCallerHearsBeforeTheAnswerWhatTheCalledPhoneIsSetTo(t *testing.T) {
	const own, theirs, prompt = 425, 480, 1000                      // the caller's ringing tone, the called phone's, and its recording
	for early, want := range map[switchboard.EarlyMedia][2]float64{ // after one second and after four
		"":                        {theirs, theirs},
		switchboard.EarlyRingback: {theirs, theirs},
		switchboard.EarlyNone:     {own, own},
		switchboard.EarlyPrompt:   {prompt, theirs},
	} {
		called := neverAnswers
		called.board = switchboard.Options{
			EarlyMedia: early, Ringback: func() media.Source { return tone.Sine(theirs) },
			Prompt: func() media.Source { return &recording{tone.Sine(prompt), 100} }, // two seconds
		}
		pair(t, ringback, called, func(t *testing.T, a, b *phone) {
			dial(t, a, b.uri("102"))
			for i, d := range []time.Duration{time.Second, 3 * time.Second} {
				after(d)
				if !hears(a, want[i]) {
					t.Errorf("%q: heard %+v, want %v Hz", early, a.sim.Heard(), want[i])
				}
			}
			must(t, b.board.Answer(t.Context(), ""))
			after(time.Second)
			if !hears(a, 440) {
				t.Errorf("%q: after the answer: heard %+v", early, a.sim.Heard())
			}
		})
	}
}
