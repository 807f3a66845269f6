package switchboard_test

import (
	"fmt"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sidetone/device"
	"sidetone/device/sim"
	"sidetone/hold"
	"sidetone/internal/siptest"
	"sidetone/media"
	"sidetone/media/g711"
	"sidetone/sipua"
	"sidetone/switchboard"
	"sidetone/trace"
)

// voice is a source of one value, by which it is known again.
type voice int16

func (v voice) Frame(pcm []int16) bool {
	for i := range pcm {
		pcm[i] = int16(v)
	}
	return true
}

const (
	speech voice = 8000
	music  voice = 3000
	quiet  voice = 0
)

// nearest is the voice that a sample is of: G.711 keeps a value to a few percent.
func nearest(sample int16) voice {
	switch {
	case sample > 6000:
		return speech
	case sample > 1500:
		return music
	default:
		return quiet
	}
}

// speaker is a handset whose person speaks with one voice, and that keeps what it hears.
type speaker struct {
	*sim.Phone

	mu    sync.Mutex
	heard []sound
}

// sound is a voice at a moment.
type sound struct {
	at    time.Time
	voice voice
}

func (s *speaker) Microphone() device.Source { return speech }
func (s *speaker) Earpiece() device.Sink     { return s }

func (s *speaker) Frame(pcm []int16) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.heard = append(s.heard, sound{time.Now(), nearest(pcm[len(pcm)/2])})
}

func (s *speaker) between(from, to time.Time) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return between(s.heard, from, to)
}

// between is what was heard in a stretch of time, without repetition.
func between(all []sound, from, to time.Time) string {
	text := ""
	var last voice = -1
	for _, s := range all {
		if !s.at.Before(from) && s.at.Before(to) && s.voice != last {
			last = s.voice
			text += map[voice]string{speech: "speech ", music: "music ", quiet: "silence "}[s.voice]
		}
	}
	return text
}

// wiretap keeps the RTP of each sender.
type wiretap struct {
	mu   sync.Mutex
	sent map[netip.Addr][]sound
}

func (w *wiretap) packet(p siptest.Packet) bool {
	if p.From.Port() < 10000 || p.From.Port()%2 != 0 || len(p.Data) < 13 {
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	from := p.From.Addr()
	w.sent[from] = append(w.sent[from], sound{time.Now(), nearest(g711.AppendFromALaw(nil, p.Data[len(p.Data)/2:][:1])[0])})
	return false
}

func (w *wiretap) between(from netip.Addr, begin, end time.Time) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return between(w.sent[from], begin, end)
}

// RFC 3264 section 8.4: who is held with sendonly hears what the holder plays, and sends nothing. It is so within 40 ms of the
// answer, and over within 40 ms of the next one.
func TestSoundFollowsEachHoldAndResumeWithin40Milliseconds(t *testing.T) {
	const within, times = 40 * time.Millisecond, 100
	for name, tt := range map[string]struct {
		method    hold.Method
		direction trace.MediaDirection
		plays     string
	}{
		"re-INVITE, sendonly": {hold.ReINVITE, trace.SendOnly, "music "}, "UPDATE, sendonly": {hold.Auto, trace.SendOnly, "music "},
		"re-INVITE, inactive": {hold.ReINVITE, trace.Inactive, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				network, tap := siptest.NewNetwork(1), &wiretap{sent: map[netip.Addr][]sound{}}
				network.SetDrop(tap.packet)
				var ears [2]*speaker
				phoneAt := func(i int, host string) *phone {
					return newPhone(t, network, host, setup{
						handset: func(p *sim.Phone) switchboard.Handset { ears[i] = &speaker{Phone: p}; return ears[i] },
						board:   switchboard.Options{HoldMusic: func() media.Source { return music }, Alerting: switchboard.RingingOnly},
						sip:     func(o *sipua.Options) { o.Hold = hold.Options{Method: tt.method, Direction: tt.direction} },
					})
				}
				phones := [2]*phone{phoneAt(0, "10.0.0.1"), phoneAt(1, "10.0.0.2")}
				id := dial(t, phones[0], phones[1].uri("phone"))
				after(time.Second)
				for i := range times {
					holder, held := i%2, 1-i%2
					from := [2]netip.Addr{netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2")}
					ref := map[int]string{0: id, 1: ""}[holder]
					after(time.Duration(i) * 3 * time.Millisecond) // the phase of the packets
					must(t, phones[holder].board.Hold(t.Context(), ref))
					after(500 * time.Millisecond)
					begin := phones[holder].ledger.last(trace.HoldConfirmed).Add(within)
					check := func(what, got, want string) {
						t.Helper()
						if got != want {
							t.Errorf("%d: %s: %q, want %q", i, what, got, want)
						}
					}
					now := time.Now()
					check("the holder sends", tap.between(from[holder], begin, now), tt.plays)
					check("who is held sends", tap.between(from[held], begin, now), "")
					check("who is held hears", ears[held].between(begin.Add(jitterBuffer), now), tt.plays)
					check("the holder hears", ears[holder].between(begin, now), "")
					must(t, phones[holder].board.Resume(t.Context(), ref))
					after(500 * time.Millisecond)
					begin, now = phones[holder].ledger.last(trace.HoldResumed).Add(within), time.Now()
					for side := range phones {
						check(fmt.Sprintf("side %d sends", side), tap.between(from[side], begin, now), "speech ")
						check(fmt.Sprintf("side %d hears", side), ears[side].between(begin.Add(jitterBuffer), now), "speech ")
					}
				}
				for _, p := range phones {
					p.stop()
				}
			})
		})
	}
}

// jitterBuffer is what a receiver collects before it plays, and a frame.
const jitterBuffer = 120 * time.Millisecond

// last is when an event of a kind was written last.
func (l *ledger) last(kind trace.Kind) (at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.events {
		if e.Kind == kind {
			at = e.At
		}
	}
	return at
}

// What is said to the second caller is not heard by the first, even where that one cannot be held.
func TestACallThatCannotBeHeldHearsNothingOfTheNextOne(t *testing.T) {
	tap := &wiretap{sent: map[netip.Addr][]sound{}}
	s := setup{
		handset: func(p *sim.Phone) switchboard.Handset { return &speaker{Phone: p} },
		sip:     func(o *sipua.Options) { o.Hold.Method = hold.ReINVITE },
	}
	synctest.Test(t, func(t *testing.T) {
		network := siptest.NewNetwork(1)
		network.SetDrop(tap.packet)
		p := newPhone(t, network, "10.0.0.1", s)
		peer := siptest.NewPeer(t, network.Listen("10.0.0.9:5060"))
		network.Listen("10.0.0.9:4000")
		call(p, peer, audio(peer), "")
		after(time.Second)
		dial(t, p, "sip:other@10.0.0.9")
		for range 2 { // the hold of the first call, and the INVITE of the second
			m := peer.Expect(siptest.Is("INVITE"))
			if m.Param("To", "tag") != "" {
				peer.Reply(m, siptest.Reply{Status: 488, Reason: "Not Acceptable Here"})
			}
		}
		begin := time.Now()
		after(time.Second)
		if got := tap.between(netip.MustParseAddr("10.0.0.1"), begin.Add(40*time.Millisecond), time.Now()); got != "silence " {
			t.Errorf("the first caller is sent %q", got)
		}
		checkStanding(t, "the first call goes on", p, map[int]string{1: "talking", 2: "calling, handset"})
		p.stop()
	})
}
