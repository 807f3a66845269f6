//go:build interop

package interop

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sidetone/internal/siptest"
	"sidetone/test/fleet"
	"sidetone/trace"
)

const (
	floodTime = 10 * time.Second
	// mostGap is the longest silence between two packets that a telephone's jitter buffer bridges. Where the machine is so
	// busy that there are longer ones without a flood, it is twice those.
	mostGap = 120 * time.Millisecond
	// mostWait is how long an answer inside the call may take: below T1, so that nothing is ever sent again.
	mostWait   = 500 * time.Millisecond
	mostMemory = 10 << 20
	mostLog    = 100 << 10
)

// flood sends what next gives, at a rate, for floodTime, from a port of its own at the address of the call's peer. It runs
// at a lower priority than everything else, and returns how many it could send.
func flood(t *testing.T, to netip.AddrPort, rate int, next func(i int, buf []byte) []byte) int {
	t.Helper()
	conn, err := net.DialUDP("udp4", nil, net.UDPAddrFromAddrPort(to))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	sent := make(chan int)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread, and its priority, end with the goroutine
		_ = unix.Setpriority(unix.PRIO_PROCESS, unix.Gettid(), 10)
		buf := make([]byte, 0, 1500)
		start, n := time.Now(), 0
		for passed := time.Duration(0); passed < floodTime; passed = time.Since(start) {
			due := int(int64(rate) * int64(passed) / int64(time.Second))
			for ; n < due; n++ {
				_, _ = conn.Write(next(n, buf[:0])) // what is lost on the way is part of a flood
			}
			<-time.After(time.Millisecond)
		}
		sent <- n
	}()
	return <-sent
}

func junk(i int, buf []byte) []byte {
	return fmt.Appendf(buf, "\x00\x01junk %d: nothing that SIP knows, as long as a message is%s", i, strings.Repeat(".", 400))
}

func options(to, from netip.AddrPort) func(int, []byte) []byte {
	return func(i int, buf []byte) []byte {
		return fmt.Appendf(buf, "OPTIONS sip:101@%s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bKf%d;rport\r\nFrom: <sip:scan@%s>;tag=%d\r\n"+
			"To: <sip:101@%s>\r\nCall-ID: flood-%d\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n", to, from, i, from, i, to, i)
	}
}

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

// speak sends a packet of silence every 20 ms, from where the peer listens to where the agent does, until end. It has the
// payload type that the answer names: the agent drops any other.
func speak(conn *net.UDPConn, to netip.AddrPort, payloadType byte, end <-chan struct{}) int {
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
		binary.BigEndian.PutUint16(packet[2:], uint16(n))
		binary.BigEndian.PutUint32(packet[4:], uint32(160*n))
		_, _ = conn.WriteToUDPAddrPort(packet, to) // what is lost on the way the agent will miss
	}
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
// signalling suffers, and that memory and log are what they were.
func undisturbed(t *testing.T, during func(to, from netip.AddrPort) int) {
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
	go func() { spoken <- speak(rtp, to, payloadType, silent) }()

	// Answers inside the call are awaited all the time, each before the next is asked for, and nothing is ever sent again.
	cseq, slowest := 1, time.Duration(0)
	ask := func() {
		cseq++
		before := time.Now()
		peer.Request(agent, peer.InDialog(invite, ok, "OPTIONS", cseq))
		number := cseq
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
	slowest = 0
	longest := max(mostGap, 2*gap)
	memory, size := resident(t, a.PID()), written(t, a)

	over := make(chan struct{})
	sent := 0
	go func() {
		defer close(over)
		sent = during(agent, netip.MustParseAddrPort("127.0.0.1:9"))
	}()
	watch(over)
	packets, lost, gap, jitter = heard.part()
	t.Logf("during: %d datagrams (%d a second), %d packets, %d lost, longest gap %s, jitter %s, slowest answer %s",
		sent, sent/int(floodTime/time.Second), packets, lost, gap, jitter, slowest)
	if want := int(floodTime / (20 * time.Millisecond)); packets < want*98/100 || lost > 0 || gap > longest {
		t.Errorf("audio suffers: %d of %d packets, %d lost, longest gap %s", packets, want, lost, gap)
	}
	if slowest > mostWait {
		t.Errorf("an answer inside the call took %s", slowest)
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
}

// measured is what the agent wrote down of the audio that it received.
func measured(t *testing.T, ctx context.Context, a *fleet.Agent) trace.QualitySide {
	t.Helper()
	awaitEvent(t, ctx, a, trace.MediaQuality, 1)
	events, err := a.Events(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		if q, ok := e.Data.(trace.Quality); ok {
			return q.Local
		}
	}
	t.Fatal("no media.quality")
	return trace.QualitySide{}
}

func TestCallIsUndisturbedByJunk(t *testing.T) {
	undisturbed(t, func(to, _ netip.AddrPort) int { return flood(t, to, 20_000, junk) })
}

func TestCallIsUndisturbedByOptions(t *testing.T) {
	undisturbed(t, func(to, from netip.AddrPort) int { return flood(t, to, 10_000, options(to, from)) })
}
