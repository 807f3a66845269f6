package media

import (
	"net"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"

	"sidetone/media/tone"
	"sidetone/trace"
)

// peer is the other side, packet by packet.
type peer struct {
	t    *testing.T
	rtp  net.PacketConn
	rtcp net.PacketConn
	to   netip.AddrPort

	mu      sync.Mutex
	packets []rtp.Packet
	reports []rtcp.Packet
}

func newPeer(t *testing.T, n *network, host netip.Addr, port uint16, s *Session) *peer {
	t.Helper()
	p := &peer{t: t, to: netip.AddrPortFrom(hostA, uint16(s.Port()))}
	var err error
	if p.rtp, err = n.listen(netip.AddrPortFrom(host, port)); err != nil {
		t.Fatal(err)
	}
	if p.rtcp, err = n.listen(netip.AddrPortFrom(host, port+1)); err != nil {
		t.Fatal(err)
	}
	go p.read(p.rtp, func(b []byte) {
		var packet rtp.Packet
		if err := packet.Unmarshal(b); err != nil {
			t.Errorf("sent something that is no RTP: %v", err)
		}
		p.packets = append(p.packets, packet)
	})
	go p.read(p.rtcp, func(b []byte) {
		if !validCompound(b) {
			t.Error("sent an invalid RTCP compound")
		}
		got, err := rtcp.Unmarshal(b)
		if err != nil {
			t.Errorf("sent something that is no RTCP: %v", err)
		}
		p.reports = append(p.reports, got...)
	})
	return p
}

func (p *peer) read(c net.PacketConn, take func([]byte)) {
	for buf := make([]byte, 2048); ; {
		n, _, err := c.ReadFrom(buf)
		if err != nil {
			return
		}
		p.mu.Lock()
		take(append([]byte(nil), buf[:n]...))
		p.mu.Unlock()
	}
}

func (p *peer) close() {
	_, _ = p.rtp.Close(), p.rtcp.Close()
}

func (p *peer) takePackets() []rtp.Packet {
	p.mu.Lock()
	defer p.mu.Unlock()
	got := p.packets
	p.packets = nil
	return got
}

func (p *peer) takeReports() []rtcp.Packet {
	p.mu.Lock()
	defer p.mu.Unlock()
	got := p.reports
	p.reports = nil
	return got
}

func (p *peer) send(packet rtp.Packet) {
	p.t.Helper()
	packet.Version = 2
	if packet.Payload == nil {
		packet.Payload = make([]byte, 160)
	}
	b, err := packet.Marshal()
	if err != nil {
		p.t.Fatal(err)
	}
	p.raw(p.rtp, b)
}

// run sends n packets of 20 ms in order, in real time, from a sequence number on.
func (p *peer) run(ssrc uint32, seq uint16, n int) {
	for i := range n {
		p.send(rtp.Packet{Header: rtp.Header{PayloadType: 8, SSRC: ssrc, SequenceNumber: seq + uint16(i), Timestamp: 160 * (uint32(seq) + uint32(i))}})
		wait(20 * time.Millisecond)
	}
}

func (p *peer) raw(c net.PacketConn, b []byte) {
	p.t.Helper()
	to := p.to
	if c == p.rtcp {
		to = above(to)
	}
	if _, err := c.WriteTo(b, net.UDPAddrFromAddrPort(to)); err != nil {
		p.t.Fatal(err)
	}
}

// solo is one session and a scripted peer, at its negotiated address.
func solo(t *testing.T, change ...func(*Options)) (s *Session, p *peer, n *network, stop func()) {
	n = newNetwork()
	e, stopEngine := n.startEngine(t, hostA, change...)
	s = open(t, e)
	p = newPeer(t, n, hostB, 4000, s)
	s.Update(Params{Remote: netip.AddrPortFrom(hostB, 4000), Codec: "PCMA", PayloadType: 8, DTMF: 101, Direction: trace.SendRecv})
	return s, p, n, func() {
		stopEngine()
		p.close()
	}
}

// sometimes is a source that speaks for 200 ms and is silent for 200 ms.
type sometimes struct{ n int }

func (s *sometimes) Frame([]int16) bool {
	s.n++
	return s.n/10%2 == 0
}

func TestTheStreamIsOneSourceThroughEveryChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p, _, stop := solo(t)
		defer stop()
		s.Play(&sometimes{})
		wait(time.Second)
		params := s.params
		params.Direction = trace.Inactive
		s.Update(params)
		wait(time.Second)
		params.Direction, params.Codec, params.PayloadType = trace.SendRecv, "PCMU", 0
		s.Update(params)
		wait(time.Second)
		s.Close()
		packets := p.takePackets()
		if len(packets) < 45 {
			t.Fatalf("%d packets", len(packets))
		}
		first := packets[0]
		if !first.Marker {
			t.Error("the first packet has no marker bit")
		}
		gaps := 0
		for i, q := range packets[1:] {
			last := packets[i]
			if q.SSRC != first.SSRC {
				t.Errorf("packet %d: the SSRC changed", i+1)
			}
			if q.SequenceNumber != last.SequenceNumber+1 {
				t.Errorf("packet %d: sequence number %d after %d", i+1, q.SequenceNumber, last.SequenceNumber)
			}
			step := q.Timestamp - last.Timestamp
			if step%160 != 0 || step == 0 || step > 12000 {
				t.Errorf("packet %d: the timestamp moves by %d", i+1, step)
			}
			if q.Marker != (step != 160) {
				t.Errorf("packet %d: marker %v although the timestamp moves by %d", i+1, q.Marker, step)
			}
			if step != 160 {
				gaps++
			}
		}
		if gaps < 4 {
			t.Errorf("%d gaps, want those of the source and that of the hold", gaps)
		}
	})
}

func TestJunkIsCountedAndHarmless(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p, _, stop := solo(t)
		defer stop()
		junk := [][]byte{
			{},
			{0x80},
			[]byte("OPTIONS sip:a SIP/2.0\r\n"), make([]byte, 1400),
			{0x80, 8, 0, 1, 0, 0, 0, 0, 0, 0, 0},                            // truncated
			{0x40, 8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1},                      // version 1
			{0x80, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1},                     // payload type
			{0xa0, 8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 200},                 // more padding than packet
			{0x90, 8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0xbe, 0xde, 0xff, 0xff}, // extension beyond the end
			{0x8f, 8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1},                      // contributing sources beyond the end
		}
		for _, b := range junk {
			p.raw(p.rtp, b)
			p.raw(p.rtcp, b)
		}
		wait(time.Second)
		if st := s.Stats(); st.Invalid != len(junk) || st.Received != 0 || st.Rating != nil || !st.FirstReceived.IsZero() {
			t.Errorf("%+v", st)
		}
		p.run(1, 1, 10)
		if st := s.Close(); st.Received != 10 || st.RemoteSource != netip.AddrPortFrom(hostB, 4000) {
			t.Errorf("%+v", st)
		}
	})
}

func TestANewSourceMustProveItselfAndKeepsTheCounters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p, _, stop := solo(t)
		defer stop()
		p.run(1, 100, 10)
		p.run(1, 112, 8) // two are lost
		p.run(2, 7, 10)  // the first is on probation
		p.run(2, 30000, 10)
		if st := s.Close(); st.Received != 18+9+9 || st.Lost != 2 || st.Invalid != 2 {
			t.Errorf("%+v", st)
		}
	})
}

func TestAStrangerCannotTalkOverTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p, n, stop := solo(t)
		defer stop()
		stranger := newPeer(t, n, hostC, 6000, s)
		defer stranger.close()
		for i := range 10 {
			p.run(1, uint16(100+i), 1)
			stranger.run(1, uint16(110+i), 1) // knows the SSRC
			stranger.run(66, uint16(i), 1)
		}
		st := s.Stats()
		if st.Received != 10 || st.Unexpected != 20 || st.RemoteSource.Addr() != hostB {
			t.Errorf("%+v", st)
		}
		wait(time.Second) // when the peer is gone, somebody else may be its new address
		stranger.run(66, 50, 10)
		if st := s.Close(); st.Received != 19 || st.RemoteSource.Addr() != hostC {
			t.Errorf("%+v", st)
		}
		if got := len(stranger.takePackets()); got > 0 {
			t.Errorf("%d packets were sent to the stranger", got)
		}
	})
}

func TestSymmetricRTPFollowsTheSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p, n, stop := solo(t, func(o *Options) { o.Symmetric = true })
		defer stop()
		translated := newPeer(t, n, hostC, 6000, s)
		defer translated.close()
		wait(100 * time.Millisecond)
		translated.run(1, 1, 10)
		p.takePackets()
		translated.takePackets()
		wait(time.Second)
		if toNegotiated, toSource := len(p.takePackets()), len(translated.takePackets()); toNegotiated > 0 || toSource < 49 {
			t.Errorf("%d packets to the negotiated address, %d to the source", toNegotiated, toSource)
		}
	})
}

func TestCopiesAndDisorderAreNoLoss(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t)
		defer p.stop()
		heard := &recorder{}
		p.a.Play(tone.Sine(440))
		p.b.Listen(heard)
		count := 0
		p.net.copy = func(b []byte) bool { count++; return count%7 == 0 && b[1]&0x7f < 200-128 }
		p.net.late = func(_, _ netip.AddrPort, b []byte) time.Duration {
			if b[3]%5 == 0 { // overtaken by the next one
				return 25 * time.Millisecond
			}
			return 0
		}
		p.talk()
		wait(4 * time.Second)
		checkTone(t, heard.take()[400:])
		if st := p.b.Close(); st.Lost > 1 || st.Duplicate < 20 || st.Discarded > 0 || st.Jitter < time.Millisecond {
			t.Errorf("%+v", st)
		}
	})
}

func TestDigitsArriveOnceAndInOrder(t *testing.T) {
	for name, change := range map[string]func(*pair){
		"clean": func(*pair) {},
		"every third packet lost": func(p *pair) {
			count := 0
			p.net.drop = func(_, _ netip.AddrPort, b []byte) bool { count++; return b[1]&0x7f == 101 && count%3 == 0 }
		},
		"every end lost": func(p *pair) {
			p.net.drop = func(_, _ netip.AddrPort, b []byte) bool { return b[1]&0x7f == 101 && b[13]&endBit != 0 }
		},
		"doubled": func(p *pair) { p.net.copy = func([]byte) bool { return true } },
	} {
		synctest.Test(t, func(t *testing.T) {
			p := newPair(t)
			defer p.stop()
			change(p)
			var digits []byte
			p.b.Notify(Events{DTMF: func(_ time.Time, key byte, d time.Duration) {
				digits = append(digits, key)
				if d < 40*time.Millisecond || d > toneLength {
					t.Errorf("%s: %c lasts %v", name, key, d)
				}
			}})
			p.talk()
			wait(500 * time.Millisecond)
			p.a.SendDTMF("1x23")
			p.a.SendDTMF("3#*0d")
			wait(4 * time.Second)
			if string(digits) != "1233#*0D" {
				t.Errorf("%s: %q", name, digits)
			}
		})
	}
}

func TestADigitCutOffByTheEndIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t)
		defer p.stop()
		var digits []byte
		p.b.Notify(Events{DTMF: func(_ time.Time, key byte, _ time.Duration) { digits = append(digits, key) }})
		p.talk()
		wait(500 * time.Millisecond)
		p.a.SendDTMF("7")
		wait(50 * time.Millisecond)
		p.b.Close()
		if string(digits) != "7" {
			t.Errorf("%q", digits)
		}
	})
}

func TestDigitsThatWaitAreForgottenOnHold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p, _, stop := solo(t)
		defer stop()
		s.SendDTMF("12345")
		wait(50 * time.Millisecond)
		params := s.params
		params.Direction = trace.RecvOnly
		s.Update(params)
		s.SendDTMF("6")
		wait(time.Second)
		p.takePackets()
		params.Direction = trace.SendRecv
		s.Update(params)
		wait(time.Second)
		for _, q := range p.takePackets() {
			if q.PayloadType == 101 {
				t.Fatalf("event %d is sent after the hold", q.Payload[0])
			}
		}
	})
}

func TestAnEventHasOneTimestampOneMarkerAndThreeEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p, _, stop := solo(t)
		defer stop()
		wait(200 * time.Millisecond)
		s.SendDTMF("5")
		wait(time.Second)
		var events []rtp.Packet
		for _, q := range p.takePackets() {
			if q.PayloadType == 101 {
				events = append(events, q)
			}
		}
		if len(events) != 7 {
			t.Fatalf("%d packets, want five of 20 ms and two copies of the last", len(events))
		}
		for i, q := range events {
			length, end := int(q.Payload[2])<<8|int(q.Payload[3]), q.Payload[1]&endBit != 0
			if q.Timestamp != events[0].Timestamp || q.Marker != (i == 0) || q.Payload[0] != 5 ||
				length != min(800, 160*(i+1)) || end != (i >= 4) || q.SequenceNumber != events[0].SequenceNumber+uint16(i) {
				t.Errorf("packet %d: %v, payload %v", i, q, q.Payload)
			}
		}
	})
}

func TestDigitsAreHeardWhenEventsWereNotNegotiated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t)
		defer p.stop()
		heard := &recorder{}
		p.b.Listen(heard)
		p.talk(func(params *Params) { params.DTMF = 0 })
		wait(500 * time.Millisecond)
		heard.take()
		p.a.SendDTMF("1")
		p.a.SendDTMF("9")
		wait(time.Second)
		pcm := heard.take()
		for _, pair := range [][2]float64{{697, 1209}, {852, 1477}} {
			if !hears(pcm, pair[0]) || !hears(pcm, pair[1]) {
				t.Errorf("%v Hz are not heard", pair)
			}
		}
	})
}
