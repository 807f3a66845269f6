package media

import (
	"math/rand/v2"
	"net/netip"
	"testing"

	"pgregory.net/rapid"
)

func TestSequenceNumbersAreJudgedAsRFC3550Asks(t *testing.T) {
	for name, c := range map[string]struct {
		seqs     []uint16
		verdicts []verdict
		expected uint32
		lost     int
	}{
		"in order":       {[]uint16{5, 6, 7}, []verdict{accepted, accepted, accepted}, 3, 0},
		"gap":            {[]uint16{5, 8}, []verdict{accepted, accepted}, 4, 2},
		"disorder":       {[]uint16{5, 7, 6}, []verdict{accepted, accepted, accepted}, 3, 0},
		"copy":           {[]uint16{5, 6, 6, 5}, []verdict{accepted, accepted, duplicate, duplicate}, 2, 0},
		"wrap":           {[]uint16{65534, 65535, 0, 1}, []verdict{accepted, accepted, accepted, accepted}, 4, 0},
		"late over wrap": {[]uint16{65534, 0, 65535}, []verdict{accepted, accepted, accepted}, 3, 0},
		"from zero":      {[]uint16{0, 1}, []verdict{accepted, accepted}, 2, 0},
		"before first":   {[]uint16{5, 4, 6}, []verdict{accepted, accepted, accepted}, 2, 0},
		"one stray":      {[]uint16{5, 30000, 6}, []verdict{accepted, rejected, accepted}, 2, 0},
		"new beginning":  {[]uint16{5, 7, 30000, 30001, 30003}, []verdict{accepted, accepted, rejected, restarted, accepted}, 3, 2},
	} {
		r := newReception(1, c.seqs[0], netip.AddrPort{}, false)
		for i, seq := range c.seqs {
			if got := r.update(seq); got != c.verdicts[i] {
				t.Errorf("%s: %d at %d is %d, want %d", name, seq, i, got, c.verdicts[i])
			}
		}
		if r.expected() != c.expected || r.totalLost() != c.lost {
			t.Errorf("%s: %d expected, %d lost; want %d and %d", name, r.expected(), r.totalLost(), c.expected, c.lost)
		}
	}
}

func TestProbationEndsAfterTwoInARow(t *testing.T) {
	r := newReception(1, 10, netip.AddrPort{}, true)
	for i, c := range []struct {
		seq  uint16
		want verdict
	}{{10, rejected}, {20, rejected}, {22, rejected}, {23, accepted}, {24, accepted}} {
		if got := r.update(c.seq); got != c.want {
			t.Errorf("packet %d: %d, want %d", i, got, c.want)
		}
	}
	if r.expected() != 2 || r.unique != 2 {
		t.Errorf("%d of %d", r.unique, r.expected())
	}
}

// Whatever the network loses, doubles and reorders within its limits, the numbers add up.
func TestCountsMatchAnyNetwork(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first := rapid.Uint16().Draw(t, "first")
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		n := rapid.IntRange(1, 70000).Draw(t, "n")
		r := newReception(1, first, netip.AddrPort{}, false)
		arrived, copies, last := 0, 0, 0
		hold := -1
		take := func(i int) {
			if v := r.update(first + uint16(i)); v == accepted {
				arrived++
			} else if v == duplicate {
				copies++
			} else {
				t.Fatalf("packet %d: verdict %d", i, v)
			}
			last = max(last, i)
		}
		sentCopies := 0
		for i := range n {
			switch k := rng.IntN(20); {
			case i == 0:
				take(i)
			case k == 0: // lost
			case k == 1 && hold < 0:
				hold = i // overtaken
				continue
			case k == 2:
				take(i)
				take(i)
				sentCopies++
			default:
				take(i)
			}
			if hold >= 0 && i-hold > 5 {
				take(hold)
				hold = -1
			}
		}
		if r.expected() != uint32(last+1) || r.lost() != last+1-arrived || copies != sentCopies {
			t.Fatalf("expected %d of %d, lost %d of %d, copies %d of %d", r.expected(), last+1, r.lost(), last+1-arrived, copies, sentCopies)
		}
	})
}

func TestJitterFollowsAppendixA8(t *testing.T) {
	r := newReception(1, 0, netip.AddrPort{}, false)
	for i := range uint32(1000) { // every other packet is 10 ms late: |D| is always 80
		r.arrival(160*i+i%2*80, 160*i)
	}
	if got := r.jitter >> 4; got < 75 || got > 80 {
		t.Errorf("jitter %d timestamp units, want nearly 80", got)
	}
}

func TestTheFractionIsOfTheInterval(t *testing.T) {
	r := newReception(1, 0, netip.AddrPort{}, false)
	for i := range uint16(100) {
		if i%4 != 1 {
			r.update(i)
		}
	}
	if fraction, lost := r.report(); fraction != 64 || lost != 25 {
		t.Errorf("%d/256 and %d, want a quarter and 25", fraction, lost)
	}
	for i := range uint16(100) {
		r.update(100 + i)
	}
	if fraction, lost := r.report(); fraction != 0 || lost != 25 {
		t.Errorf("%d/256 and %d, want nothing new", fraction, lost)
	}
	for range 50 {
		r.update(199)
	}
	if _, lost := r.report(); lost != -25 {
		t.Errorf("%d lost with 50 copies, want -25 as RTCP counts", lost)
	}
}
