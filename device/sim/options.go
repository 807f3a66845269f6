package sim

import "time"

// Never is an AnswerAfter that leaves calls ringing.
const Never time.Duration = -1

// Options say how the person at the phone behaves, and what the phone sounds like.
type Options struct {
	_           [0]func()     // not to be compared, so no code is made for it
	AnswerAfter time.Duration // from the first ring of a call; 0 = at once, negative = never
	RejectWith  int           // decline with this final status, 300 to 699, where the call would be answered; 0 = answer
	HangupAfter time.Duration // from the answer, by either side; 0 or negative = never
	ToneHz      float64       // what the person says: a steady tone; 0 = 440
	ToneDB      float64       // level of the tone in dBFS, negative; 0 = -12
}

func (o Options) withDefaults() Options {
	if o.ToneHz <= 0 {
		o.ToneHz = 440
	}
	if o.ToneDB >= 0 {
		o.ToneDB = -12
	}
	return o
}
