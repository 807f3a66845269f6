package sim

import (
	"math"

	"sidetone/device"
)

const (
	phaseBits = 10 // of the sine table's index
	fullScale = math.MaxInt16
)

// sine is one period. Frames are made of it with integers only: many boards have no floating-point unit.
var sine = func() (table [1 << phaseBits]int16) {
	for i := range table {
		table[i] = int16(math.Round(fullScale * math.Sin(2*math.Pi*float64(i)/(1<<phaseBits))))
	}
	return table
}()

// tone is a steady sine. It belongs to one call.
type tone struct {
	phase, step uint32 // of 2^32 a period
	gain        int32  // of 2^15
}

func newTone(hz, dbfs float64) *tone {
	return &tone{
		step: uint32(math.Round(hz / device.SampleRate * (1 << 32))),
		gain: int32(math.Round(math.Pow(10, dbfs/20) * (1 << 15))),
	}
}

// Frame fills the frame with what follows the last one.
func (t *tone) Frame(pcm []int16) bool {
	for i := range pcm {
		pcm[i] = int16(int32(sine[t.phase>>(32-phaseBits)]) * t.gain >> 15)
		t.phase += t.step
	}
	return true
}
