package ingest

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"sidetone/collector/store"
	"sidetone/trace"
)

// state is the payload of up/state.
type state struct {
	State    string     `json:"s"`
	Boot     trace.Boot `json:"boot"`
	Conn     uint64     `json:"conn"`
	Name     string     `json:"name"`
	Model    string     `json:"model"`
	Firmware string     `json:"fw"`
	Agent    string     `json:"agent"`
	Arch     string     `json:"arch"`
	IP       string     `json:"ip"`
	Config   *config    `json:"cfg"`

	Kernel   string        `json:"kernel"`
	UptimeUS trace.Micros  `json:"uptime_us"`
	Restart  trace.Restart `json:"restart"`
	Lines    int           `json:"lines"`
	Depth    uint64        `json:"depth"`

	Journal      string `json:"journal"`
	JournalError string `json:"journal_error"`

	Given []given `json:"given"`
}

// given is up to where a run's events were acknowledged.
type given struct {
	Boot trace.Boot `json:"boot"`
	Seq  uint64     `json:"seq"`
	Over bool       `json:"over"`
}

// maxGiven bounds of how many runs a device's word is taken; they are in their order.
const maxGiven = 64

func givenOf(said []given) []store.Given {
	var out []store.Given
	for _, g := range said[max(0, len(said)-maxGiven):] {
		if g.Boot != 0 && g.Seq <= math.MaxInt64 {
			out = append(out, store.Given(g))
		}
	}
	return out
}

// config is how a device stands with its desired configuration.
type config struct {
	Ver     int64  `json:"ver"`
	Trial   bool   `json:"trial,omitempty"`
	Refused int64  `json:"refused,omitempty"`
	Error   string `json:"error,omitempty"`
}

// maxConfigError bounds what a device says of a configuration that it refused, in bytes.
const maxConfigError = 4 << 10

// maxUptime is more than a device is up without a restart.
const maxUptime = 20 * 365 * 24 * time.Hour

// DecodeState reads a presence from the payload of up/state that came in at the time given: a birth, a goodbye or a last
// will.
func DecodeState(payload []byte, at time.Time) (store.Presence, error) {
	var s state
	if err := json.Unmarshal(payload, &s); err != nil {
		return store.Presence{}, fmt.Errorf("presence: %w", err)
	}
	switch s.State {
	case store.StateReady, store.StateDisconnected, store.StateLost:
	default:
		return store.Presence{}, fmt.Errorf("presence: unknown state %q", s.State)
	}
	var standing json.RawMessage
	if s.Config != nil {
		s.Config.Error = strings.ToValidUTF8(s.Config.Error[:min(len(s.Config.Error), maxConfigError)], "")
		var err error
		if standing, err = json.Marshal(s.Config); err != nil {
			return store.Presence{}, fmt.Errorf("presence: %w", err)
		}
	}
	p := store.Presence{
		Config: standing,
		Origin: store.Origin{At: at},
		State:  s.State, Boot: s.Boot, Conn: s.Conn,
		Name: s.Name, Model: s.Model, Firmware: s.Firmware, Agent: s.Agent, Arch: s.Arch, IP: s.IP,
		Facts: store.Facts{Kernel: s.Kernel, Restart: s.Restart, Lines: max(s.Lines, 0), Depth: s.Depth, Journal: s.Journal, JournalError: s.JournalError},
	}
	if up := s.UptimeUS; up > 0 && up < trace.MicrosOf(maxUptime) && !at.IsZero() {
		p.Facts.Booted = at.Add(-up.Duration()).UTC().Truncate(time.Second)
	}
	if p.State == store.StateReady {
		p.Given = givenOf(s.Given)
	}
	return p, nil
}

// maxHealth bounds a health report, in bytes.
const maxHealth = 16 << 10

// decodeHealth takes any JSON object that is not too large: but for up to where events were acknowledged, what is in it is
// between the device and who looks at it.
func decodeHealth(payload []byte) (store.Health, error) {
	var fields map[string]json.RawMessage
	if len(payload) > maxHealth {
		return store.Health{}, fmt.Errorf("health: more than %d bytes", maxHealth)
	}
	if err := json.Unmarshal(payload, &fields); err != nil || fields == nil {
		return store.Health{}, errors.New("health: not a JSON object")
	}
	var said []given
	if err := json.Unmarshal(fields["given"], &said); err != nil {
		said = nil // nobody's word
	}
	return store.Health{Report: payload, Given: givenOf(said)}, nil
}
