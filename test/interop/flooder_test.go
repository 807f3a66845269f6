//go:build interop

package interop

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/ipv4"
	"golang.org/x/sys/unix"
)

const (
	// floodTime is how long a flood lasts. Where the machine cannot send so much in that time it lasts until it has been sent.
	floodTime    = 10 * time.Second
	longestFlood = 30 * time.Second
	floodSources = 64 // each may send 100 messages a second: together they send more than all strangers may
	floodAtOnce  = 64 // datagrams in one call of the kernel
)

// flood is many datagrams from many addresses.
type flood struct {
	rate int // a second
	next func(i int, to, from netip.AddrPort, buf []byte) []byte
}

func (f flood) total() int { return f.rate * int(floodTime/time.Second) }

var floods = map[string]flood{"junk": {20_000, junk}, "options": {10_000, options}}

// run sends them, and returns how many it could send, and in which time.
func (f flood) run(to netip.AddrPort) (sent int, took time.Duration, err error) {
	var sources []*floodSource
	for i := range floodSources {
		s, err := newFloodSource(netip.AddrFrom4([4]byte{127, 0, 0, byte(2 + i)}), to)
		if err != nil {
			return 0, 0, err
		}
		defer func() { _ = s.conn.Close() }()
		sources = append(sources, s)
	}
	begin := time.Now()
	for turn := 0; sent < f.total() && took < longestFlood; took = time.Since(begin) {
		due := min(f.total(), int(int64(f.rate)*int64(took)/int64(time.Second)))
		for ; sent < due; turn++ {
			sent += sources[turn%len(sources)].send(f, sent, min(due-sent, floodAtOnce))
		}
		<-time.After(time.Millisecond)
	}
	return sent, took, nil
}

// floodKey is the variable of the environment that makes this program a flood: its name, and where it goes.
const floodKey = "SIDETONE_TEST_FLOOD"

// A flood is a process of its own, with a lower priority than everything else, so that it does not disturb who measures.
func TestMain(m *testing.M) {
	name, target, isFlood := strings.Cut(os.Getenv(floodKey), " ")
	if !isFlood {
		os.Exit(m.Run())
	}
	runtime.LockOSThread() // it is the thread that has the priority
	_ = unix.Setpriority(unix.PRIO_PROCESS, unix.Gettid(), 5)
	sent, took, err := floods[name].run(netip.MustParseAddrPort(target))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(sent, int64(took))
}

// runFlood runs a flood to its end.
func runFlood(t *testing.T, ctx context.Context, name string, to netip.AddrPort) (sent int, took time.Duration) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Error(err)
		return 0, 0
	}
	cmd := exec.CommandContext(ctx, program)
	cmd.Env = append(os.Environ(), floodKey+"="+name+" "+to.String())
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("the flood: %v: %s", err, out)
		return 0, 0
	}
	if _, err := fmt.Sscan(string(out), &sent, (*int64)(&took)); err != nil {
		t.Errorf("the flood says %q: %v", out, err)
	}
	return sent, took
}

// floodSource is one address of a flood.
type floodSource struct {
	conn     *net.UDPConn
	batch    *ipv4.PacketConn
	messages []ipv4.Message
	to, from netip.AddrPort
}

func newFloodSource(from netip.Addr, to netip.AddrPort) (*floodSource, error) {
	conn, err := net.DialUDP("udp4", net.UDPAddrFromAddrPort(netip.AddrPortFrom(from, 0)), net.UDPAddrFromAddrPort(to))
	if err != nil {
		return nil, err
	}
	s := &floodSource{conn: conn, batch: ipv4.NewPacketConn(conn), to: to, from: conn.LocalAddr().(*net.UDPAddr).AddrPort()}
	for range floodAtOnce {
		s.messages = append(s.messages, ipv4.Message{Buffers: [][]byte{make([]byte, 0, 1500)}})
	}
	return s, nil
}

// send sends n datagrams, the first of which is the i-th of the flood. What is lost on the way is part of a flood.
func (s *floodSource) send(f flood, i, n int) int {
	for k := range n {
		s.messages[k].Buffers[0] = f.next(i+k, s.to, s.from, s.messages[k].Buffers[0][:0])
	}
	_, _ = s.batch.WriteBatch(s.messages[:n], 0)
	return n
}

var dots = strings.Repeat(".", 400)

// junk is nothing that SIP knows, as long as a message is. One half begins with what is not printed, and the kernel keeps it from
// the agent; the other half looks like a message at first, and is none.
func junk(i int, to, from netip.AddrPort, buf []byte) []byte {
	switch i % 8 {
	case 0:
		return fmt.Appendf(buf, "INVITE sip:101@%s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bKj%d\r\nFrom: <sip:%s", to, from, i, dots)
	case 2:
		return fmt.Appendf(buf, "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bKj%d\r\nCSeq: many INVITE\r\nX: %s\r\n\r\n", to, i, dots)
	case 4:
		return fmt.Appendf(buf, "GET /%d HTTP/1.1\r\nHost: %s\r\nX: %s\r\n\r\n", i, to, dots)
	case 6:
		return fmt.Appendf(buf, "BYE sip:101@%s SIP/2.0\r\nVia: SIP/2.0/UDP %s\r\nCall-ID\r\nCSeq: 1\r\n: %d%s\r\n\r\n", to, from, i, dots)
	default:
		return fmt.Appendf(buf, "\x00\x01junk %d%s", i, dots)
	}
}

func options(i int, to, from netip.AddrPort, buf []byte) []byte {
	return fmt.Appendf(buf, "OPTIONS sip:101@%s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bKf%d;rport\r\nFrom: <sip:scan@%s>;tag=%d\r\n"+
		"To: <sip:101@%s>\r\nCall-ID: flood-%d\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n", to, from, i, from, i, to, i)
}
