package tone

import (
	"strings"
	"time"
)

// Keys are the keys of DTMF (ITU-T Q.23), in the order of their event codes (RFC 4733 section 3.2).
const Keys = "0123456789*#ABCD"

// The two groups of frequencies of Q.23, by row and column of the keypad.
var (
	rows    = [4]float64{697, 770, 852, 941}
	columns = [4]float64{1209, 1336, 1477, 1633}
	keypad  = "123A456B789C*0#D"
)

// DTMF plays keys one after the other: on of sound, off of silence after each. Characters that are no keys are left out; lower
// case letters are keys. The source is over after the last key.
func DTMF(keys string, on, off time.Duration) *Source {
	var segments []segment
	for _, key := range strings.ToUpper(keys) {
		if i := strings.IndexRune(keypad, key); i >= 0 {
			segments = append(segments, segment{pair(rows[i/4], columns[i%4]), on}, segment{sound{}, off})
		}
	}
	return newSource(segments, true)
}
