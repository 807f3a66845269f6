// Package tone makes the tones of the telephone network and DTMF as sound. Its sources can be played by a media session.
//
// # Where the table comes from
//
// ITU-T E.180 gives the limits and the recommended values: 425 Hz, and the "standard" plan here. The national plans are those
// that administrations reported for E.180 (ITU-T Operational Bulletin, "Various tones used in national networks"), with the
// precise tone plan of North America (E.300 supplement 3) and BT's SIN 350. No recommendation defines the beep that reminds
// of a held call; it has the rhythm of Germany's holding tone at each country's own frequency.
package tone

import "slices"

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

// plan is the cadence of each tone, as cadence reads it.
type plan [kinds]string

var northAmerica = plan{
	Dial: "350+440", Ringback: "440+480 2000 4000", Busy: "480+620 500 500", Congestion: "480+620 250 250",
	CallWaiting: "440 300 9700", HoldBeep: "440 150 150 150 8000",
}

var plans = map[string]plan{
	Standard: {
		Dial: "425", Ringback: "425 1000 4000", Busy: "425 500 500", Congestion: "425 250 250",
		CallWaiting: "425 200 600 200 3000", HoldBeep: "425 150 150 150 8000",
	},
	"us": northAmerica,
	"ca": northAmerica,
	"gb": {
		Dial: "350+440", Ringback: "400+450 400 200 400 2000", Busy: "400 375 375", Congestion: "400 400 350 225 525",
		CallWaiting: "400 100 4000", HoldBeep: "400 150 150 150 8000",
	},
	"fr": {
		Dial: "440", Ringback: "440 1500 3500", Busy: "440 500 500", Congestion: "440 250 250",
		CallWaiting: "440 300 10000", HoldBeep: "440 150 150 150 8000",
	},
	"de": {
		Dial: "425", Ringback: "425 1000 4000", Busy: "425 480 480", Congestion: "425 240 240",
		CallWaiting: "425 200 200 200 5000", HoldBeep: "425 150 150 150 8000",
	},
	"au": {
		Dial: "413+438", Ringback: "413+438 400 200 400 2000", Busy: "425 375 375",
		Congestion:  "425 375 375 | 425-10 375 375", // every other burst is 10 dB softer
		CallWaiting: "425 200 200 200 4400", HoldBeep: "425 150 150 150 8000",
	},
	"jp": {
		Dial: "400", Ringback: "400*16 1000 2000", Busy: "400 500 500", Congestion: "400 500 500",
		CallWaiting: "400*16 500 8000", HoldBeep: "400 150 150 150 8000",
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
