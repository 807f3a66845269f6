// Package emodel rates a voice path by the E-model of ITU-T G.107, as far as a telephone can know it.
//
//	R = Ro - Is - Id - Ie,eff + A
//
// With the default values of G.107 table 2 for all that happens in terminals and rooms, Ro - Is is 93.2, and A is 0. What is
// left is what the network and the codec do:
//
//   - Id is the delay without echo (Idd, G.107 section 7.4); talker and listener echo are taken as cancelled.
//   - Ie,eff (section 7.5) comes from the codec's equipment impairment Ie, its robustness to loss Bpl (ITU-T G.113 appendix I)
//     and the share of packets that were lost in the network or discarded by the jitter buffer. Loss is taken as random
//     (BurstR = 1), so bursts are rated somewhat too well.
//
// The figures are for narrowband speech, which is what is heard here: G.722 is rated on the narrowband scale too, because
// its sound is resampled to 8 kHz at both ends. They are estimates for comparing calls, not measurements of speech.
package emodel

import (
	"math"
	"time"
)

// DefaultR is R with every parameter of G.107 at its default: no loss, no delay.
const DefaultR = 93.2

// Codec is how a codec stands up to the network.
type Codec struct {
	Ie  float64 // equipment impairment without loss
	Bpl float64 // packet-loss robustness
}

// The codecs of this agent.
var (
	// G711 with packet loss concealment, random loss (G.113 table I.2).
	G711 = Codec{Ie: 0, Bpl: 25.1}
	// G711Plain is the same without concealment.
	G711Plain = Codec{Ie: 0, Bpl: 4.3}
	// G722 has no narrowband entry in G.113. Its lower band is at least as clean as G.711; the loss robustness is that of
	// a codec whose predictor must find its way back, for which the value without concealment is the careful choice.
	G722 = Codec{Ie: 0, Bpl: 4.3}
)

// Path is what a stream went through.
type Path struct {
	Codec Codec
	Loss  float64       // share of packets not played, 0 to 1
	Delay time.Duration // mouth to ear, one way; zero when unknown
}

// R is the rating factor of the conversation, 0 to 100.
func (p Path) R() float64 {
	return max(0, min(100, DefaultR-delayImpairment(p.Delay)-p.lossImpairment()))
}

// ListeningMOS is the mean opinion score of listening only: R without the delay, as a MOS.
func (p Path) ListeningMOS() float64 {
	p.Delay = 0
	return MOS(p.R())
}

// lossImpairment is Ie,eff (G.107 equation 7-29), with Ppl in percent.
func (p Path) lossImpairment() float64 {
	ppl := 100 * max(0, min(1, p.Loss))
	if ppl == 0 {
		return p.Codec.Ie
	}
	return p.Codec.Ie + (95-p.Codec.Ie)*ppl/(ppl+p.Codec.Bpl)
}

// delayImpairment is Idd (G.107 equations 7-27 and 7-28): nothing up to 100 ms.
func delayImpairment(d time.Duration) float64 {
	ta := float64(d) / float64(time.Millisecond)
	if ta <= 100 {
		return 0
	}
	x := math.Log2(ta / 100)
	return 25 * (math.Pow(1+math.Pow(x, 6), 1.0/6) - 3*math.Pow(1+math.Pow(x/3, 6), 1.0/6) + 2)
}

// MOS turns a rating factor into a mean opinion score, 1.0 to 4.5 (G.107 annex B, equation B-4).
func MOS(r float64) float64 {
	switch {
	case r <= 0:
		return 1
	case r >= 100:
		return 4.5
	}
	return max(1, 1+0.035*r+r*(r-60)*(100-r)*7e-6)
}
