package media

import (
	"math"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/rtcp"

	"sidetone/media/internal/goertzel"
	"sidetone/media/tone"
	"sidetone/trace"
)

func hears(pcm []int16, frequency float64) bool {
	for i := 0; i+400 <= len(pcm); i += 100 {
		if goertzel.Level(pcm[i:i+400], SampleRate, frequency) > -16 {
			return true
		}
	}
	return false
}

func TestRTCPMeasuresRoundTripAndRemoteLoss(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t)
		defer p.stop()
		p.net.delay = 150 * time.Millisecond
		p.net.drop = func(from, _ netip.AddrPort, b []byte) bool {
			return from.Addr() == hostA && b[1]&0x7f == 8 && b[3]%10 == 0
		}
		p.a.Play(tone.Sine(440))
		p.b.Play(tone.Sine(440))
		p.talk()
		wait(30 * time.Second)
		a, b := p.a.Stats(), p.b.Stats()
		if d := a.RTT - 300*time.Millisecond; d < -time.Millisecond || d > 2*time.Millisecond {
			t.Errorf("round trip %v, want 300 ms", a.RTT)
		}
		if share := float64(b.Lost) / float64(b.Lost+b.Received); math.Abs(share-0.1) > 0.01 {
			t.Errorf("%d of %d lost, want a tenth", b.Lost, b.Lost+b.Received)
		}
		if a.Remote == nil {
			t.Fatal("A knows nothing of what B received")
		}
		if d := b.Lost - a.Remote.Lost; d < 0 || d > 50 || a.Remote.Packets < 900 {
			t.Errorf("B lost %d, A believes %+v", b.Lost, a.Remote)
		}
		if a.Rating.MOS < 4.3 || b.Rating.MOS > 4 || math.Abs(a.Remote.Rating.MOS-b.Rating.MOS) > 0.1 || a.Rating.R >= 93 {
			t.Errorf("ratings: A %+v, B %+v, B as A sees it %+v", *a.Rating, *b.Rating, a.Remote.Rating)
		}
	})
}

func TestReportsNameTheSessionAndSayGoodbye(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p, _, stop := solo(t)
		defer stop()
		p.run(77, 65530, 500)
		params := s.params
		params.Direction = trace.Inactive // RTCP goes on (RFC 3264 section 5.1)
		s.Update(params)
		wait(40 * time.Second)
		s.Close()
		wait(time.Second)
		var senders, receivers, names, byes int
		cname := ""
		reports := p.takeReports()
		for _, r := range reports {
			switch r := r.(type) {
			case *rtcp.SenderReport:
				senders++
				if r.SSRC != s.ssrc || r.PacketCount == 0 || r.OctetCount != 160*r.PacketCount || len(r.Reports) != 1 || r.Reports[0].SSRC != 77 {
					t.Errorf("%v", r)
				}
			case *rtcp.ReceiverReport:
				receivers++
				if b := r.Reports[0]; b.LastSequenceNumber != 65536+493 || b.TotalLost != 0 {
					t.Errorf("%v", r)
				}
			case *rtcp.SourceDescription:
				names++
				if text := r.Chunks[0].Items[0].Text; cname == "" {
					cname = text
				} else if text != cname {
					t.Errorf("CNAME changed from %q to %q", cname, text)
				}
			case *rtcp.Goodbye:
				byes++
			}
		}
		if senders < 2 || receivers < 5 || names != senders+receivers || byes != 1 || cname == "" {
			t.Errorf("%d sender reports, %d receiver reports, %d names, %d byes", senders, receivers, names, byes)
		}
		if _, last := reports[len(reports)-1].(*rtcp.Goodbye); !last {
			t.Errorf("the last word is %T", reports[len(reports)-1])
		}
	})
}

func TestWhoNeverSpokeSaysNoGoodbye(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		e, stop := n.startEngine(t, hostA)
		defer stop()
		s := open(t, e)
		p := newPeer(t, n, hostB, 4000, s)
		defer p.close()
		s.Update(Params{Remote: netip.AddrPortFrom(hostB, 4000), Codec: "PCMA", PayloadType: 8, Direction: trace.Inactive})
		wait(time.Second)
		s.Close()
		wait(time.Second)
		if got := p.takeReports(); len(got) > 0 {
			t.Errorf("%v", got)
		}
	})
}

func TestCompoundsAreCheckedAsRFC3550Asks(t *testing.T) {
	rr := []byte{0x80, 201, 0, 1, 0, 0, 0, 1}
	for name, c := range map[string]struct {
		data []byte
		ok   bool
	}{
		"receiver report":  {rr, true},
		"two":              {append(rr[:8:8], 0x81, 202, 0, 1, 0, 0, 0, 1), true},
		"empty":            {nil, false},
		"begins with BYE":  {[]byte{0x81, 203, 0, 1, 0, 0, 0, 1}, false},
		"version":          {[]byte{0x40, 201, 0, 1, 0, 0, 0, 1}, false},
		"padding at first": {[]byte{0xa0, 201, 0, 1, 0, 0, 0, 4}, false},
		"too long":         {[]byte{0x80, 201, 0, 2, 0, 0, 0, 1}, false},
		"too short":        {append(rr[:8:8], 0x80, 202), false},
		"second version":   {append(rr[:8:8], 0x01, 202, 0, 1, 0, 0, 0, 1), false},
	} {
		if got := validCompound(c.data); got != c.ok {
			t.Errorf("%s: %v", name, got)
		}
	}
}
