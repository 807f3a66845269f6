package guard

import (
	"encoding/binary"
	"net/netip"
	"testing"
	"time"
)

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func at(d time.Duration) time.Time { return start.Add(d) }

func source4(n uint32) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, 0x0a000000+n))), 5060)
}

// admitted counts how many of n messages, sent evenly from one moment to another, get through.
func admitted(g *Guard, from netip.AddrPort, n int, first, last time.Duration) int {
	count := 0
	for i := range n {
		if g.Admit(at(first+(last-first)*time.Duration(i)/time.Duration(n)), from) == Admitted {
			count++
		}
	}
	return count
}

func TestStrangerHasABurstAndThenARate(t *testing.T) {
	g := New(Options{Rate: 10, Burst: 20})
	if got := admitted(g, source4(1), 1000, 0, 0); got != 20 {
		t.Errorf("%d at once, want 20", got)
	}
	if got := admitted(g, source4(1), 10000, 0, 10*time.Second); got < 99 || got > 101 {
		t.Errorf("%d in 10 s, want 100", got)
	}
	if got := admitted(g, source4(1), 1000, time.Hour, time.Hour); got != 20 {
		t.Errorf("%d after a rest, want 20", got)
	}
}

func TestOneStrangerTakesNothingFromAnother(t *testing.T) {
	g := New(Options{})
	admitted(g, source4(1), 100000, 0, time.Second)
	if got := admitted(g, source4(2), 50, time.Second, time.Second); got != 50 {
		t.Errorf("%d of 50", got)
	}
}

func TestForgedSourcesShareOneAllowance(t *testing.T) {
	g := New(Options{Strangers: 100})
	count := 0
	for n := range uint32(10000) {
		count += admitted(g, source4(n), 1, 0, 0)
	}
	if count != 200 {
		t.Errorf("%d admitted, want 200", count)
	}
}

func TestAddressesOfOneIPv6NetworkAreOneSource(t *testing.T) {
	g := New(Options{Rate: 10, Burst: 10})
	count := 0
	for n := range uint16(1000) {
		a := netip.MustParseAddr("2001:db8:1:2::").As16()
		binary.BigEndian.PutUint16(a[14:], n)
		count += admitted(g, netip.AddrPortFrom(netip.AddrFrom16(a), 5060), 1, 0, 0)
	}
	if count != 10 {
		t.Errorf("%d admitted, want 10", count)
	}
	if got := admitted(g, netip.MustParseAddrPort("[2001:db8:1:3::1]:5060"), 10, 0, 0); got != 10 {
		t.Errorf("the next network: %d of 10", got)
	}
}

func TestIPv4AddressInTheClothesOfIPv6IsTheSameSource(t *testing.T) {
	if keyOf(netip.MustParseAddr("::ffff:10.0.0.1")) != keyOf(netip.MustParseAddr("10.0.0.1")) {
		t.Error("two sources")
	}
}

func TestTrustedSourcesAreNeverStarved(t *testing.T) {
	g := New(Options{Rate: 10, Burst: 10, Strangers: 100})
	server, peer := source4(1), source4(2)
	g.SetServers([]netip.Addr{server.Addr()})
	g.Trust(peer)
	for n := range uint32(5000) {
		g.Admit(at(0), source4(10+n%2000))
		g.Admit(at(0), netip.AddrPortFrom(peer.Addr(), 4000)) // behind the same router as the peer
	}
	for range 50 {
		g.Offend(at(0), server)
		g.Offend(at(0), peer)
	}
	if got := admitted(g, server, 1000, 0, 0); got != 1000 {
		t.Errorf("server: %d of 1000", got)
	}
	if got := admitted(g, netip.AddrPortFrom(server.Addr(), 5070), 1000, 0, 0); got != 1000 {
		t.Errorf("server, another port: %d of 1000", got)
	}
	if got := admitted(g, peer, 1000, 0, 0); got != 1000 {
		t.Errorf("peer: %d of 1000", got)
	}
}

func TestEvenTrustHasALimit(t *testing.T) {
	g := New(Options{Trusted: 100})
	g.Trust(source4(1))
	if got := admitted(g, source4(1), 1000, 0, 0); got != 100 {
		t.Errorf("%d at once, want 100", got)
	}
}

func TestTrustEndsWithTheLastCall(t *testing.T) {
	g := New(Options{Rate: 1, Burst: 1})
	g.Trust(source4(1))
	g.Trust(source4(1))
	g.Distrust(source4(1))
	if got := admitted(g, source4(1), 10, 0, 0); got != 10 {
		t.Errorf("with a call left: %d of 10", got)
	}
	g.Distrust(source4(1))
	g.Distrust(source4(1)) // once too often
	if got := admitted(g, source4(1), 10, 0, 0); got != 1 {
		t.Errorf("without a call: %d, want 1", got)
	}
}

func TestServerThatMovedIsAStrangerAgain(t *testing.T) {
	g := New(Options{})
	g.SetServers([]netip.Addr{source4(1).Addr()})
	g.SetServers([]netip.Addr{source4(2).Addr()})
	if old, now := admitted(g, source4(1), 1000, 0, 0), admitted(g, source4(2), 1000, 0, 0); old != 200 || now != 1000 {
		t.Errorf("%d admitted from the old address, %d from the new one", old, now)
	}
}

// The answers that a scanner gets that asks for a user ten times a second.
func TestScannerIsAnsweredSlowerAndSlowerAndThenNotAtAll(t *testing.T) {
	g := New(Options{})
	var answers []time.Duration
	silenced := 0
	for now := time.Duration(0); now < 5*time.Minute; now += 100 * time.Millisecond {
		switch g.Admit(at(now), source4(1)) {
		case Admitted:
			answers = append(answers, now)
			g.Offend(at(now), source4(1))
		case Silenced:
			silenced++
		case TooMany:
		}
	}
	if len(answers) < pardoned+slowest || len(answers) > 2*(pardoned+slowest) || silenced < 1000 {
		t.Fatalf("%d answers, silenced %d times", len(answers), silenced)
	}
	for i := pardoned + 2; i < pardoned+slowest; i++ {
		if before, gap := answers[i-1]-answers[i-2], answers[i]-answers[i-1]; gap < before {
			t.Errorf("answer %d came after %s, the one before after %s", i, gap, before)
		}
	}
	last := answers[len(answers)-1]
	if g.Admit(at(last+silence-time.Second), source4(1)) != Silenced {
		t.Error("the silence ends early")
	}
	if g.Admit(at(last+silence+time.Second), source4(1)) != Admitted {
		t.Error("the silence does not end")
	}
}

func TestFewMistakesAreForgiven(t *testing.T) {
	g := New(Options{})
	for n := range 200 { // one wrong number a minute
		g.Offend(at(time.Duration(n)*time.Minute), source4(1))
		if v := g.Admit(at(time.Duration(n)*time.Minute), source4(1)); v != Admitted {
			t.Fatalf("after %d mistakes: %s", n, v)
		}
	}
}

func TestMemoryIsBoundedAndForgetsWhoWasSeenLeastRecently(t *testing.T) {
	g := New(Options{Sources: 4, Rate: 1, Burst: 1})
	for n := range uint32(1000) {
		g.Admit(at(0), source4(n))
	}
	if len(g.sources) != 4 || g.recent.Len() != 4 {
		t.Errorf("%d sources, %d in order", len(g.sources), g.recent.Len())
	}
	if g.Admit(at(0), source4(999)) != TooMany || g.Admit(at(0), source4(0)) != Admitted {
		t.Error("the wrong source was forgotten")
	}
}

func TestNoGuardAdmitsEverything(t *testing.T) {
	var g *Guard
	if g.Admit(start, source4(1)) != Admitted {
		t.Error("refused")
	}
}

func TestTimeThatGoesBackwardsGivesNothingAway(t *testing.T) {
	g := New(Options{Rate: 1, Burst: 1})
	g.Admit(at(time.Hour), source4(1))
	if g.Admit(at(0), source4(1)) != TooMany {
		t.Error("admitted")
	}
}

// FuzzAdmit proves that no order of events admits more of a stranger than its burst and its rate, or keeps more in memory
// than is allowed.
func FuzzAdmit(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 250, 251, 252})
	f.Fuzz(func(t *testing.T, script []byte) {
		const burst, rate, sources = 5, 10, 3
		g := New(Options{Rate: rate, Burst: burst, Sources: sources})
		now, count := time.Duration(0), 0
		for _, b := range script {
			from := source4(uint32(b >> 6)) // no more than there is room for, but for the fourth
			switch b & 7 {
			case 0:
				now += time.Duration(b) * time.Millisecond
			case 1:
				g.Offend(at(now), from)
			default:
				if b>>6 == 3 {
					continue
				}
				if g.Admit(at(now), from) == Admitted && b>>6 == 0 {
					count++
				}
			}
		}
		if most := burst + int(now*rate/time.Second) + 1; count > most && !forgotten(script) {
			t.Errorf("%d admitted in %s, at most %d are allowed", count, now, most)
		}
		if len(g.sources) > sources {
			t.Errorf("%d sources are remembered", len(g.sources))
		}
	})
}

// forgotten tells whether the fourth source may have pushed the first one out.
func forgotten(script []byte) bool {
	for _, b := range script {
		if b>>6 == 3 && b&7 == 1 {
			return true
		}
	}
	return false
}

// BenchmarkAdmit is what a message from a stranger costs before anything else is known of it.
func BenchmarkAdmit(b *testing.B) {
	g := New(Options{})
	now := start
	b.ReportAllocs()
	for b.Loop() {
		now = now.Add(time.Microsecond)
		g.Admit(now, source4(1))
	}
}

// BenchmarkAdmitForged is the same from a source that is always new.
func BenchmarkAdmitForged(b *testing.B) {
	g := New(Options{})
	n := uint32(0)
	b.ReportAllocs()
	for b.Loop() {
		n++
		g.Admit(start, source4(n))
	}
}
