package media

import (
	"net/netip"
	"testing"
	"time"

	"github.com/pion/rtp"

	"sidetone/media/tone"
	"sidetone/trace"
)

// sinkhole is a conn that takes everything.
type sinkhole struct{ last []byte }

func (s *sinkhole) read([]byte) (int, netip.AddrPort, error) { return 0, netip.AddrPort{}, nil }
func (s *sinkhole) write(b []byte, _ netip.AddrPort) error {
	s.last = append(s.last[:0], b...)
	return nil
}
func (s *sinkhole) port() int    { return 0 }
func (s *sinkhole) close() error { return nil }

type nowhere struct{}

func (nowhere) Frame([]int16) {}

// TestASlotAllocatesNothing runs whole slots, send and receive, of a session whose packets come back to itself.
func TestASlotAllocatesNothing(t *testing.T) {
	for _, codec := range []struct {
		name        string
		payloadType uint8
	}{{"PCMU", 0}, {"PCMA", 8}, {"G722", 9}} {
		e, err := NewEngine(Options{Alarm: NewTimerAlarm()})
		if err != nil {
			t.Fatal(err)
		}
		now := time.Now()
		wire := &sinkhole{}
		from := netip.MustParseAddrPort("192.0.2.2:4000")
		s := &Session{
			engine: e, log: e.log, rtp: wire, rtcp: wire,
			out: newSender(), reporter: newReporter(now), ptime: e.opts.Ptime, in: receiver{epoch: now},
		}
		s.Play(tone.Sine(440))
		s.Listen(nowhere{})
		s.Update(Params{Remote: from, Codec: codec.name, PayloadType: codec.payloadType, Direction: trace.SendRecv})
		s.reporter.next = now.Add(time.Hour) // a report every five seconds may allocate
		var p rtp.Packet
		slot := func() {
			now = s.due
			s.stepInLoop(now)
			s.in.packet(wire.last, from, now, &p)
		}
		for range 300 {
			slot()
		}
		if n := testing.AllocsPerRun(1000, slot); n != 0 {
			t.Errorf("%s: %v allocations a slot", codec.name, n)
		}
		if st := s.in.stats(); st.Received < 1300 || st.Lost+st.Discarded > 0 {
			t.Errorf("%s: %+v", codec.name, st)
		}
	}
}

func TestASocketAllocatesNothing(t *testing.T) {
	c, err := listenUDP(netip.MustParseAddrPort("127.0.0.1:0"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.close() }()
	to := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(c.port()))
	buf := make([]byte, 172)
	if n := testing.AllocsPerRun(100, func() {
		if err := c.write(buf, to); err != nil {
			t.Fatal(err)
		}
		if _, from, err := c.read(buf); err != nil || from != to {
			t.Fatal(from, err)
		}
	}); n != 0 {
		t.Errorf("%v allocations a packet", n)
	}
}
