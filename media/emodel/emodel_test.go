package emodel

import (
	"math"
	"testing"
	"time"
)

func near(a, b, tolerance float64) bool { return math.Abs(a-b) <= tolerance }

// G.107 annex B, table B.1: R and the MOS that belongs to it.
func TestMOSFollowsAnnexB(t *testing.T) {
	for _, c := range []struct{ r, mos float64 }{
		{0, 1}, {50, 2.58}, {60, 3.10}, {70, 3.60}, {80, 4.03}, {90, 4.34}, {DefaultR, 4.41}, {100, 4.5},
	} {
		if got := MOS(c.r); !near(got, c.mos, 0.01) {
			t.Errorf("MOS(%v) = %.3f, want %v", c.r, got, c.mos)
		}
	}
}

func TestAPerfectPathHasTheDefaultRating(t *testing.T) {
	p := Path{Codec: G711}
	if p.R() != DefaultR || !near(p.ListeningMOS(), 4.41, 0.01) {
		t.Errorf("R %v, MOS %v", p.R(), p.ListeningMOS())
	}
}

func TestLossLowersBothFigures(t *testing.T) {
	for _, c := range []struct {
		codec Codec
		loss  float64
		r     float64
	}{
		{G711Plain, 0.01, 93.2 - 95/5.3}, {G711Plain, 0.043, 93.2 - 47.5}, {G711, 0.01, 93.2 - 95/26.1}, {G711, 1, 93.2 - 9500/125.1},
	} {
		p := Path{Codec: c.codec, Loss: c.loss}
		if got := p.R(); !near(got, c.r, 0.01) {
			t.Errorf("%+v: R %.2f, want %.2f", p, got, c.r)
		}
		if p.ListeningMOS() >= MOS(DefaultR) {
			t.Errorf("%+v: loss does not show in the listening quality", p)
		}
	}
}

func TestDelayLowersTheConversationOnly(t *testing.T) {
	near100, far := Path{Codec: G711, Delay: 100 * time.Millisecond}, Path{Codec: G711, Delay: 400 * time.Millisecond}
	if near100.R() != DefaultR {
		t.Errorf("100 ms lower R to %v", near100.R())
	}
	// G.107 figure: 400 ms of echo-free delay cost about 24 points.
	if drop := DefaultR - far.R(); !near(drop, 24, 2) {
		t.Errorf("400 ms lower R by %.1f, want about 24", drop)
	}
	if far.ListeningMOS() != near100.ListeningMOS() {
		t.Error("delay shows in the listening quality")
	}
}

func TestFiguresStayInRange(t *testing.T) {
	for loss := -1.0; loss < 3; loss += 0.01 {
		for ms := range 60 {
			p := Path{Codec: Codec{Ie: float64(ms), Bpl: 1}, Loss: loss, Delay: time.Duration(ms*100) * time.Millisecond}
			if r, mos := p.R(), p.ListeningMOS(); r < 0 || r > 100 || mos < 1 || mos > 4.5 || math.IsNaN(r) {
				t.Fatalf("%+v: R %v, MOS %v", p, r, mos)
			}
		}
	}
}
