package tone

import "math"

// Sines are read from a table with linear interpolation: integers only, because most targets have no floating point unit.
const (
	bits  = 15        // samples of an oscillator are fractions of one
	one   = 1 << bits // full swing
	steps = 256       // of the table, a whole turn
)

var sine = func() (t [steps + 1]int64) {
	for i := range t {
		t[i] = int64(math.Round((one - 1) * math.Sin(2*math.Pi*float64(i)/steps)))
	}
	return t
}()

// oscillator counts its phase in fractions of 1<<32 of a turn, so that it stays exact for ever.
type oscillator struct{ phase, step uint32 }

func newOscillator(hz float64) oscillator {
	return oscillator{step: uint32(math.Round(hz / sampleRate * (1 << 32)))}
}

func (o *oscillator) next() int64 {
	index, rest := o.phase>>24, int64(o.phase>>8&0xffff)
	o.phase += o.step
	a, b := sine[index], sine[index+1]
	return a + (b-a)*rest>>16
}
