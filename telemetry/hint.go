package telemetry

import (
	"encoding/json"
	"math/rand/v2"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"sidetone/trace"
)

// What a server may ask for, and what its refusal is taken to ask for.
const (
	longestStay = time.Hour
	busyStay    = 30 * time.Second // a CONNACK that says that the server is unavailable (MQTT 3.1.1 section 3.2.2.3, code 3)
)

// Hint is the payload of dn/hint: what the server advises. Nothing depends on it being obeyed, so it is not signed; what
// it can ask for is bounded.
type Hint struct {
	// WaitUS is how long to stay away once this connection is over, at least; at most it is twice that, at random. It is
	// an hour at most, and counts once.
	WaitUS trace.Micros `json:"wait_us,omitempty"`
	// Dictionary is the id of the dictionary that the receiver inflates batches with, trace.DictionaryID.
	Dictionary string `json:"dict,omitempty"`
	// Missing is what the receiver lacks of the events that the broker has acknowledged: they are sent again, as far as
	// the journal still has them.
	Missing []Missing `json:"missing,omitempty"`
}

// heed subscribes to the server's hints. A server that has none to give may refuse.
func (u *Uplink) heed(s *session) {
	s.client.Subscribe(s.topics.hint(), 0, func(_ mqtt.Client, m mqtt.Message) {
		h, stay := parseHint(m.Payload())
		if h.Dictionary != "" {
			s.dictionary.Store(h.Dictionary == trace.DictionaryID)
		}
		if stay > 0 {
			u.stay.Store(int64(stay))
		}
		if len(h.Missing) > 0 {
			select {
			case s.missing <- h.Missing:
			default: // one that waits is enough, and who still lacks some asks again
			}
		}
	})
}

// parseHint reads a hint, and how long it wants us away within what it may ask for. What is no hint advises nothing.
func parseHint(payload []byte) (h Hint, stay time.Duration) {
	if json.Unmarshal(payload, &h) != nil || h.WaitUS <= 0 {
		return h, 0
	}
	return h, min(h.WaitUS, trace.MicrosOf(longestStay)).Duration()
}

// spread is at least the time given, and less than twice that.
func spread(d time.Duration) time.Duration {
	if d <= 0 {
		return 0
	}
	return d + rand.N(d)
}
