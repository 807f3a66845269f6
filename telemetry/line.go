package telemetry

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

// LineStatus is how a line stands with its registrar, in the words of TR-104 (VoiceService.{i}.SIP.Client.{i}.Status).
type LineStatus string

// The states of a line.
const (
	LineUp          LineStatus = "up"
	LineRegistering LineStatus = "registering"
	LineError       LineStatus = "error"
	LineDisabled    LineStatus = "disabled" // it does not register, or has taken its registration back
)

// Line is the payload of up/line/{n}, retained.
type Line struct {
	Status  LineStatus `json:"status"`           // how it stands
	AOR     string     `json:"aor"`              // address of record
	Code    int        `json:"code,omitempty"`   // SIP status of the last answer, 0 when nothing came back
	Reason  string     `json:"reason,omitempty"` // of a failure
	Server  string     `json:"server,omitempty"` // the registrar
	Expires time.Time  `json:"expires,omitzero"` // when the registration ends unless it is refreshed
	Since   time.Time  `json:"since,omitzero"`   // of the status; set by the uplink
}

// lines is the state of every line, by its number from 1.
type lines struct {
	changed chan struct{} // holds one token while a pump may have something to tell

	mu    sync.Mutex
	state map[int]Line
}

func newLines() *lines { return &lines{changed: make(chan struct{}, 1), state: map[int]Line{}} }

func (l *lines) set(n int, line Line) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if before := l.state[n]; before.Status == line.Status {
		line.Since = before.Since
	} else {
		line.Since = time.Now().UTC()
	}
	l.state[n] = line
	l.touch()
}

// touch has a pump look for something to tell.
func (l *lines) touch() {
	select {
	case l.changed <- struct{}{}:
	default:
	}
}

func (l *lines) snapshot() map[int]Line {
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.state)
}

// up counts the lines that are registered.
func (l *lines) up() int {
	n := 0
	for _, line := range l.snapshot() {
		if line.Status == LineUp {
			n++
		}
	}
	return n
}

// Line notes how a line stands, numbered from 1. It is published, retained, at once or when the broker is back.
func (u *Uplink) Line(n int, line Line) { u.lines.set(n, line) }

// StateChanged has the presence told again when it says something else of the journal or of the configuration.
func (u *Uplink) StateChanged() { u.lines.touch() }

// tellStateInLoop publishes the presence when it says something else of the journal or of the configuration than before.
func (p *pump) tellStateInLoop() error {
	before, now := p.session.state, p.uplink.o.Birth()
	now.journalState(p.uplink.o.Journal.Stats())
	if now.Journal == before.Journal && now.JournalError == before.JournalError && now.Config == before.Config {
		return nil
	}
	now = p.uplink.presence()
	now.Conn, now.IP = before.Conn, before.IP
	p.session.state = now
	token, err := p.session.announce(Ready)
	if err == nil {
		p.sentInLoop(publish{token: token})
	}
	return err
}

// tellLinesInLoop publishes the lines whose state this connection has not told yet, in the order of their numbers.
func (p *pump) tellLinesInLoop() error {
	if err := p.tellStateInLoop(); err != nil {
		return err
	}
	state := p.uplink.lines.snapshot()
	for _, n := range slices.Sorted(maps.Keys(state)) {
		if told, ok := p.lines[n]; ok && told == state[n] {
			continue
		}
		payload, err := json.Marshal(state[n])
		if err != nil {
			return fmt.Errorf("encode line %d: %w", n, err)
		}
		p.lines[n] = state[n]
		p.sentInLoop(publish{token: p.session.client.Publish(p.session.topics.line(n), 1, true, payload)})
	}
	return nil
}
