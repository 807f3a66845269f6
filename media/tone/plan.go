// Package tone makes the tones of the telephone network and DTMF as sound. Its sources can be played by a media session.
//
// # Where the table comes from
//
// ITU-T E.180 gives the limits and the recommended values: 425 Hz, and the "standard" plan here. The national plans are those
// that administrations reported for E.180 (ITU-T Operational Bulletin, "Various tones used in national networks"), with the
// precise tone plan of North America (E.300 supplement 3) and BT's SIN 350. No recommendation defines the beep that reminds
// of a held call; it has the rhythm of Germany's holding tone at each country's own frequency.
package tone

import (
	"slices"
	"time"
)

// Kind is a tone by its meaning.
type Kind uint8

// The tones.
const (
	Dial        Kind = iota // the line is ready
	Ringback                // the other side rings
	Busy                    // the other side is busy
	Congestion              // the network is busy ("reorder" in North America)
	CallWaiting             // another call knocks
	HoldBeep                // a call is still on hold
	kinds
)

// String is the name of the tone.
func (k Kind) String() string {
	names := [kinds]string{"dial", "ringback", "busy", "congestion", "call-waiting", "hold-beep"}
	if k < kinds {
		return names[k]
	}
	return "unknown"
}

// Standard is the plan recommended by E.180, used for countries that are not in the table.
const Standard = "itu"

// segment is a stretch of sound or silence.
type segment struct {
	sound    sound
	duration time.Duration // zero: for ever
}

// sound is up to two frequencies in Hz. The second is added, or modulates the first in amplitude.
type sound struct {
	first, second float64
	modulated     bool
	attenuation   float64 // dB below the usual level
}

var silence = sound{}

func pure(hz float64) sound            { return sound{first: hz} }
func pair(a, b float64) sound          { return sound{first: a, second: b} }
func modulated(hz, by float64) sound   { return sound{first: hz, second: by, modulated: true} }
func softer(s sound, dB float64) sound { s.attenuation = dB; return s }
func always(s sound) []segment         { return []segment{{sound: s}} }
func ms(n int) time.Duration           { return time.Duration(n) * time.Millisecond }
func repeat(s sound, onOff ...int) []segment {
	var out []segment
	for i, d := range onOff {
		seg := segment{sound: s, duration: ms(d)}
		if i%2 == 1 {
			seg.sound = silence
		}
		out = append(out, seg)
	}
	return out
}

type plan [kinds][]segment

var northAmerica = plan{
	Dial:        always(pair(350, 440)),
	Ringback:    repeat(pair(440, 480), 2000, 4000),
	Busy:        repeat(pair(480, 620), 500, 500),
	Congestion:  repeat(pair(480, 620), 250, 250),
	CallWaiting: repeat(pure(440), 300, 9700),
	HoldBeep:    holdBeep(440),
}

func holdBeep(hz float64) []segment { return repeat(pure(hz), 150, 150, 150, 8000) }

var plans = map[string]plan{
	Standard: {
		Dial:        always(pure(425)),
		Ringback:    repeat(pure(425), 1000, 4000),
		Busy:        repeat(pure(425), 500, 500),
		Congestion:  repeat(pure(425), 250, 250),
		CallWaiting: repeat(pure(425), 200, 600, 200, 3000),
		HoldBeep:    holdBeep(425),
	},
	"us": northAmerica,
	"ca": northAmerica,
	"gb": {
		Dial:        always(pair(350, 440)),
		Ringback:    repeat(pair(400, 450), 400, 200, 400, 2000),
		Busy:        repeat(pure(400), 375, 375),
		Congestion:  repeat(pure(400), 400, 350, 225, 525),
		CallWaiting: repeat(pure(400), 100, 4000),
		HoldBeep:    holdBeep(400),
	},
	"fr": {
		Dial:        always(pure(440)),
		Ringback:    repeat(pure(440), 1500, 3500),
		Busy:        repeat(pure(440), 500, 500),
		Congestion:  repeat(pure(440), 250, 250),
		CallWaiting: repeat(pure(440), 300, 10000),
		HoldBeep:    holdBeep(440),
	},
	"de": {
		Dial:        always(pure(425)),
		Ringback:    repeat(pure(425), 1000, 4000),
		Busy:        repeat(pure(425), 480, 480),
		Congestion:  repeat(pure(425), 240, 240),
		CallWaiting: repeat(pure(425), 200, 200, 200, 5000),
		HoldBeep:    holdBeep(425),
	},
	"au": {
		Dial:     always(pair(413, 438)),
		Ringback: repeat(pair(413, 438), 400, 200, 400, 2000),
		Busy:     repeat(pure(425), 375, 375),
		Congestion: []segment{ // every other burst is 10 dB softer
			{pure(425), ms(375)}, {silence, ms(375)}, {softer(pure(425), 10), ms(375)}, {silence, ms(375)},
		},
		CallWaiting: repeat(pure(425), 200, 200, 200, 4400),
		HoldBeep:    holdBeep(425),
	},
	"jp": {
		Dial:        always(pure(400)),
		Ringback:    repeat(modulated(400, 16), 1000, 2000),
		Busy:        repeat(pure(400), 500, 500),
		Congestion:  repeat(pure(400), 500, 500),
		CallWaiting: repeat(modulated(400, 16), 500, 8000),
		HoldBeep:    holdBeep(400),
	},
}

// Countries are the plans of the table, sorted: ISO 3166 codes in lower case, and Standard.
func Countries() []string {
	all := make([]string, 0, len(plans))
	for c := range plans {
		all = append(all, c)
	}
	slices.Sort(all)
	return all
}
