package remote

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"sidetone/internal/statefile"
)

// maxEntries bounds how many commands are remembered.
const maxEntries = 128

// Memory knows the commands that were taken. It is safe for concurrent use and outlives the Desk that fills it.
type Memory struct {
	path string // "" keeps nothing over a restart

	mu   sync.Mutex // guards all below
	kept kept
}

// kept is what stands in the file.
type kept struct {
	Floor   time.Time `json:"floor,omitzero"` // no command is taken that expired before
	Entries []*entry  `json:"commands"`       // oldest first
}

// entry is one command.
type entry struct {
	CID   string    `json:"cid"`
	Op    string    `json:"op"`
	By    string    `json:"by,omitempty"`
	Exp   time.Time `json:"exp,omitzero"` // of a signed one, else zero
	State State     `json:"st"`
	Code  Code      `json:"code,omitempty"`

	live   bool   // begun in this process
	answer []byte // the last
	owed   bool   // it has not arrived at the broker
}

func (e *entry) over() bool { return e.State == Done || e.State == Fail }

// OpenMemory reads what is remembered from a file, or begins with nothing where there is none. A file that cannot be read is an
// error, and the memory can be used nevertheless.
func OpenMemory(path string) (*Memory, error) {
	m := &Memory{path: path}
	if err := statefile.ReadJSON(path, &m.kept); err != nil {
		m.kept = kept{}
		return m, fmt.Errorf("commands that were taken before are not known: %w", err)
	}
	for _, e := range m.kept.Entries {
		if e == nil {
			m.kept = kept{}
			return m, fmt.Errorf("commands that were taken before are not known: %s holds something else", path)
		}
	}
	return m, nil
}

// find gives the command's last answer, and the time before which no command may have expired.
func (m *Memory) find(cid string) (answer []byte, known bool, floor time.Time) {
	m.mu.Lock()
	e := m.entryLocked(cid)
	if e != nil {
		known, answer = true, e.answer
		if answer == nil { // of an earlier process
			answer = encode(Answer{CID: cid, State: e.State, Code: e.Code}, nil)
		}
	}
	floor = m.kept.Floor
	m.mu.Unlock()
	return answer, known, floor
}

func (m *Memory) entryLocked(cid string) *entry {
	for _, e := range m.kept.Entries {
		if e.CID == cid {
			return e
		}
	}
	return nil
}

var errFull = errors.New("too many commands are remembered that could still be replayed; try again later")

// begin remembers a command. now is zero where nobody knows what time it is. It fails when there is no room: a signed command
// must not be forgotten before its time, nor one that runs.
func (m *Memory) begin(r Request, signed bool, now time.Time) error {
	m.mu.Lock()
	all := m.kept.Entries
	for i := 0; len(all) >= maxEntries; i++ { // the oldest that can neither be asked for nor replayed makes room
		if i == len(all) {
			m.mu.Unlock()
			return errFull
		}
		if e := all[i]; e.over() && (e.Exp.IsZero() || e.Exp.Before(now) || e.Exp.Before(m.kept.Floor)) {
			all = append(all[:i], all[i+1:]...)
		}
	}
	e := &entry{CID: r.CID, Op: r.Op, By: r.By, State: Accepted, live: true}
	if signed {
		e.Exp = r.Exp
		if floor := r.Exp.Add(-maxAhead); floor.After(m.kept.Floor) {
			m.kept.Floor = floor
		}
	}
	m.kept.Entries = append(all, e)
	m.mu.Unlock()
	return nil
}

// step notes how far a command is, and its answer. A command that is over stays so; ok tells whether it was not.
func (m *Memory) step(a Answer, answer []byte) (e entry, ok bool) {
	m.mu.Lock()
	if found := m.entryLocked(a.CID); found != nil && !found.over() {
		found.State, found.Code, found.answer, found.owed = a.State, a.Code, answer, true
		e, ok = *found, true
	}
	m.mu.Unlock()
	return e, ok
}

// arrived notes that the broker has an answer.
func (m *Memory) arrived(cid string, answer []byte) {
	m.mu.Lock()
	if e := m.entryLocked(cid); e != nil && len(answer) > 0 && len(e.answer) == len(answer) && &e.answer[0] == &answer[0] {
		e.owed = false
	}
	m.mu.Unlock()
}

// unfinished lists the commands that an earlier process has left, and owed those whose last answer has not arrived.
func (m *Memory) unfinished() (left, owed []entry) {
	m.mu.Lock()
	for _, e := range m.kept.Entries {
		switch {
		case !e.live && !e.over():
			left = append(left, *e)
		case e.owed:
			owed = append(owed, *e)
		}
	}
	m.mu.Unlock()
	return left, owed
}

// save writes what must outlive a restart.
func (m *Memory) save() error {
	m.mu.Lock()
	err := statefile.WriteJSON(m.path, m.kept)
	m.mu.Unlock()
	return err
}
