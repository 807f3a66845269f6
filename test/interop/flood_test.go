//go:build interop

package interop

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"sidetone/internal/siptest"
	"sidetone/test/fleet"
	"sidetone/trace"
)

const (
	// mostGap is the longest silence between two packets that a telephone's jitter buffer bridges. Where the machine is so
	// busy that there are longer ones without a flood, or between the packets of somebody whom no flood concerns, it is
	// twice those.
	mostGap = 120 * time.Millisecond
	// mostWait is how long an answer inside the call may take: T1, after which it is asked for again.
	mostWait = 500 * time.Millisecond
	// mostAgain is how often it may be, and once more for each time that the machine stalls for longer than mostGap: it keeps
	// the agent from its socket, and a sixth of a second of such a flood fills a buffer of 1 MiB.
	mostAgain  = 1
	mostMemory = 10 << 20
	mostLog    = 100 << 10
)

// reception is what a listener hears.
type reception struct {
	mu      sync.Mutex
	packets int
	lost    int // sequence numbers that were left out, or came late
	next    uint16
	last    time.Time
	gap     time.Duration // the longest between two packets
	jitter  float64       // in seconds (RFC 3550 section 6.4.1)
	transit float64
	began   time.Time
}

// listen receives RTP until the socket is closed.
func (r *reception) listen(conn *net.UDPConn) {
	buf := make([]byte, 1500)
	for {
		n, _, err := conn.ReadFromUDPAddrPort(buf)
		if err != nil {
			return
		}
		if n >= 12 && buf[0]>>6 == 2 && buf[1]&0x7f < 64 {
			r.add(binary.BigEndian.Uint16(buf[2:]), binary.BigEndian.Uint32(buf[4:]), time.Now())
		}
	}
}

func (r *reception) add(seq uint16, stamp uint32, at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.began.IsZero() {
		r.began = at
	}
	transit := at.Sub(r.began).Seconds() - float64(stamp)/8000
	if r.packets > 0 {
		r.lost += int(seq - r.next)
		r.gap = max(r.gap, at.Sub(r.last))
		d := transit - r.transit
		r.jitter += (max(d, -d) - r.jitter) / 16
	}
	r.packets++
	r.next, r.last, r.transit = seq+1, at, transit
}

// speaker sends packets, and notes what the machine does to somebody whom no flood concerns.
type speaker struct {
	mu      sync.Mutex
	packets int
	last    time.Time
	gap     time.Duration // the longest between two packets
	stalls  int           // gaps longer than mostGap
}

// speak sends a packet of silence every 20 ms, from where the peer listens to where the agent does, until end. It has the
// payload type that the answer names: the agent drops any other.
func (s *speaker) speak(conn *net.UDPConn, to netip.AddrPort, payloadType byte, end <-chan struct{}) int {
	packet := make([]byte, 172)
	packet[0], packet[1] = 2<<6, payloadType
	binary.BigEndian.PutUint32(packet[8:], 0x5eed)
	for i := range packet[12:] {
		packet[12+i] = 0xd5 // of A-law
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-end:
			return n
		case <-tick.C:
		}
		s.note(time.Now())
		binary.BigEndian.PutUint16(packet[2:], uint16(n))
		binary.BigEndian.PutUint32(packet[4:], uint32(160*n))
		_, _ = conn.WriteToUDPAddrPort(packet, to) // what is lost on the way the agent will miss
	}
}

func (s *speaker) note(at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if gap := at.Sub(s.last); s.packets > 0 {
		s.gap = max(s.gap, gap)
		if gap > mostGap {
			s.stalls++
		}
	}
	s.packets++
	s.last = at
}

// part is what was noted since the last call of it.
func (s *speaker) part() (packets, stalls int, gap time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	packets, stalls, gap = s.packets, s.stalls, s.gap
	s.packets, s.stalls, s.gap = 1, 0, 0
	return packets, stalls, gap
}

// wanted reads where the agent wants its audio, and as what, from its description.
func wanted(t *testing.T, description string) (to netip.AddrPort, payloadType byte) {
	t.Helper()
	var port uint16
	for line := range strings.Lines(description) {
		if _, err := fmt.Sscanf(line, "m=audio %d RTP/AVP %d", &port, &payloadType); err == nil {
			return netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), port), payloadType
		}
	}
	t.Fatalf("no audio in\n%s", description)
	return to, 0
}

// part is what was heard since the last call of it.
func (r *reception) part() (packets, lost int, gap, jitter time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	packets, lost, gap, jitter = r.packets, r.lost, r.gap, time.Duration(r.jitter*float64(time.Second))
	r.packets, r.lost, r.gap = 1, 0, 0
	return packets, lost, gap, jitter
}

// droppedAt is how many datagrams the kernel has dropped at a port: those that the agent's filter refuses, and those that
// there was no room for.
func droppedAt(t *testing.T, port int) int {
	t.Helper()
	text, err := os.ReadFile("/proc/net/udp")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); strings.HasSuffix(f[1], fmt.Sprintf(":%04X", port)) {
			n, _ := strconv.Atoi(f[len(f)-1])
			return n
		}
	}
	t.Fatalf("no socket at port %d", port)
	return 0
}

// resident is the memory of a process.
func resident(t *testing.T, pid int) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		var kb int
		if _, err := fmt.Sscanf(line, "VmRSS: %d kB", &kb); err == nil {
			return kb << 10
		}
	}
	t.Fatal("no VmRSS")
	return 0
}

// written is the size of the agent's log. Its journal grows by what happens inside the call.
func written(t *testing.T, a *fleet.Agent) int {
	t.Helper()
	info, err := os.Stat(a.Log)
	if err != nil {
		t.Fatal(err)
	}
	return int(info.Size())
}

// undisturbed keeps a call up while something happens, and proves that neither its audio, in either direction, nor its
// signalling suffers, and that memory and log are what they were. It returns how many datagrams were sent, in which time, and
// what the agent has written down of those that it refused, by reason.
func undisturbed(t *testing.T, name string) (sent int, took time.Duration, refused map[string]int) {
	t.Helper()
	ctx := testContext(t)
	a := startAgent(t, ctx, agentConfig(noBroker).Set("device.sim.answer_after", "0s"))
	agent := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(a.SIPPort))
	signalling, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	rtp, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	var heard reception
	var group sync.WaitGroup
	group.Go(func() { heard.listen(rtp) })
	defer group.Wait()
	defer func() { _ = rtp.Close() }()

	peer := siptest.NewPeer(t, signalling)
	port := rtp.LocalAddr().(*net.UDPAddr).Port
	invite := peer.Request(agent, siptest.Request{Body: siptest.SDP(agent.Addr(), port)})
	ok := peer.Expect(siptest.Status(200, "INVITE"))
	peer.ACK(invite, ok)
	to, payloadType := wanted(t, ok.Body())
	silent, spoken := make(chan struct{}), make(chan int, 1)
	var ours speaker
	go func() { spoken <- ours.speak(rtp, to, payloadType, silent) }()

	// Answers inside the call are awaited all the time, each before the next is asked for. What is not answered within T1 is
	// asked again, as over UDP it is, and then ever more slowly (RFC 3261 section 17.1.2.2).
	cseq, slowest, again := 1, time.Duration(0), 0
	ask := func() {
		cseq++
		before := time.Now()
		request := peer.Request(agent, peer.InDialog(invite, ok, "OPTIONS", cseq))
		answered := make(chan struct{})
		resent := make(chan int)
		go func() { resent <- resend(signalling, agent, request.Raw, answered) }()
		number := cseq
		defer func() { again += <-resent }()
		defer close(answered)
		peer.Expect(func(m *siptest.Message) bool { return m.Status() == 200 && m.CSeq() == number })
		slowest = max(slowest, time.Since(before))
	}
	watch := func(end <-chan struct{}) {
		for {
			ask()
			select {
			case <-end:
				return
			case <-time.After(250 * time.Millisecond):
			}
		}
	}
	quiet := make(chan struct{})
	time.AfterFunc(5*time.Second, func() { close(quiet) })
	watch(quiet)
	packets, lost, gap, jitter := heard.part()
	t.Logf("before: %d packets, %d lost, longest gap %s, jitter %s, slowest answer %s", packets, lost, gap, jitter, slowest)
	longest := max(mostGap, 2*gap)
	memory, size := resident(t, a.PID()), written(t, a)

	slowest, again = 0, 0
	ours.part()
	sent, took = floodWhile(t, ctx, name, agent, watch)
	packets, lost, gap, jitter = heard.part()
	spoke, stalls, stalled := ours.part()
	t.Logf("during: %d datagrams (%d a second), %d packets, %d lost, longest gap %s, jitter %s, slowest answer %s, %d asked again",
		sent, int(float64(sent)/took.Seconds()), packets, lost, gap, jitter, slowest, again)
	t.Logf("meanwhile: %d packets, longest gap %s, %d stalls", spoke, stalled, stalls)
	if total := floods[name].total(); sent < total {
		t.Errorf("only %d of %d datagrams could be sent in %s", sent, total, took)
	}
	slots := int(took / (20 * time.Millisecond))
	if least := slots*98/100 - 2*max(0, slots-spoke); packets < least || lost > 0 {
		t.Errorf("audio suffers: %d of %d packets, %d lost", packets, slots, lost)
	}
	if longest = max(longest, 2*stalled); gap > longest {
		t.Errorf("audio suffers: the longest gap is %s", gap)
	}
	if again > mostAgain+stalls {
		t.Errorf("inside the call %d requests had to be sent again", again)
	}

	t.Logf("the kernel dropped %d", droppedAt(t, a.SIPPort))

	calm := make(chan struct{})
	time.AfterFunc(5*time.Second, func() { close(calm) })
	watch(calm)
	grown, more := resident(t, a.PID())-memory, written(t, a)-size
	t.Logf("after: memory %+d kB of %d kB, log %+d bytes", grown>>10, memory>>10, more)
	if grown > mostMemory || more > mostLog {
		t.Errorf("memory grew by %d bytes, the log by %d", grown, more)
	}
	close(silent)
	said := <-spoken
	ask() // and with it the last packet has had the time that it needs
	cseq++
	peer.Request(agent, peer.InDialog(invite, ok, "BYE", cseq))
	peer.Expect(siptest.Status(200, "BYE"))
	if err := a.UntilQuiet(ctx); err != nil {
		t.Fatal(err)
	}
	wrote := measured(t, ctx, a)
	t.Logf("the agent: %d of %d packets, %d lost, %d discarded, jitter %d µs", wrote.Packets, said, wrote.Lost, wrote.Discarded, wrote.JitterUS)
	if wrote.Packets < said-1 || wrote.Lost > 0 || wrote.Discarded > said/100 {
		t.Errorf("the agent wrote down %+v of %d packets", wrote, said)
	}
	return sent, took, refusedBy(t, ctx, a)
}

// resend sends a request again, as timer E says, until it is answered, and returns how often.
func resend(conn *net.UDPConn, to netip.AddrPort, request string, answered <-chan struct{}) int {
	wait := mostWait
	for n := 0; ; n++ {
		select {
		case <-answered:
			return n
		case <-time.After(wait):
		}
		_, _ = conn.WriteToUDPAddrPort([]byte(request), to) // it may be lost like the first one
		wait = min(2*wait, 4*time.Second)
	}
}

// floodWhile runs a flood to its end while somebody watches.
func floodWhile(t *testing.T, ctx context.Context, name string, to netip.AddrPort, watch func(end <-chan struct{})) (sent int, took time.Duration) {
	t.Helper()
	over := make(chan struct{})
	ctx, cancel := context.WithCancel(ctx)
	defer func() {
		cancel()
		<-over
	}()
	go func() {
		defer close(over)
		sent, took = runFlood(t, ctx, name, to)
	}()
	watch(over)
	return sent, took
}

// refusedBy ends the agent, and adds up what it wrote down that it had refused.
func refusedBy(t *testing.T, ctx context.Context, a *fleet.Agent) map[string]int {
	t.Helper()
	if err := a.Stop(); err != nil {
		t.Error(err)
	}
	events, err := a.Events(ctx)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]int{}
	for _, e := range events {
		if r, ok := e.Data.(trace.Rejected); ok {
			for reason, n := range r.Reasons {
				all[reason] += n
			}
		}
	}
	t.Logf("refused: %v", all)
	return all
}

// measured is what the agent wrote down of all the audio that it received.
func measured(t *testing.T, ctx context.Context, a *fleet.Agent) trace.QualitySide {
	t.Helper()
	awaitEvent(t, ctx, a, trace.MediaStopped, 1)
	events, err := a.Events(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range slices.Backward(events) {
		if q, ok := e.Data.(trace.Quality); ok {
			return q.Local
		}
	}
	t.Fatal("no media.quality")
	return trace.QualitySide{}
}

// Nothing of the junk is lost without a word.
func TestCallIsUndisturbedByJunk(t *testing.T) {
	sent, _, refused := undisturbed(t, "junk")
	counted := 0
	for _, n := range refused {
		counted += n
	}
	if counted < sent*99/100 || counted > sent {
		t.Errorf("%d of %d datagrams were counted", counted, sent)
	}
	for _, reason := range []string{"dropped by the kernel", "rate", "junk", "malformed", "truncated"} {
		if refused[reason] == 0 {
			t.Errorf("nothing was refused for %q", reason)
		}
	}
}

// However many the strangers are, together they are answered 2000 times a second, after twice as many at once.
func TestCallIsUndisturbedByOptions(t *testing.T) {
	sent, took, refused := undisturbed(t, "options")
	answered := 2000 * (2 + int(took/time.Second+1))
	if got := refused["rate"] + refused["dropped by the kernel"]; got < (sent-answered)*99/100 {
		t.Errorf("%d of %d requests were refused, want %d", got, sent, sent-answered)
	}
}
