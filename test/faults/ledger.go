package main

import (
	"bytes"
	"hash/crc32"
	"sort"

	"sidetone/trace"
)

// run is one run of one device's agent.
type run struct {
	device string
	boot   trace.Boot
}

// numbers are the events of one run that were seen at one place.
type numbers struct {
	lines map[uint64]uint32 // by number, the checksum of the line
	again int               // numbers that came with the line that they had already
	other int               // numbers that came with another line
}

// ledger holds what one place, the journals or the store, has of each run.
type ledger struct {
	runs    map[run]*numbers
	gaps    map[run][]trace.Gap // by the run that they are about
	stepped int                 // clock.stepped events
}

func newLedger() *ledger { return &ledger{runs: map[run]*numbers{}, gaps: map[run][]trace.Gap{}} }

// enter takes an event line of a device in.
func (l *ledger) enter(device string, line []byte) error {
	line = bytes.TrimSpace(line)
	e, err := trace.Decode(line)
	if err != nil {
		return err
	}
	r := run{device, e.Boot}
	n := l.runs[r]
	if n == nil {
		n = &numbers{lines: map[uint64]uint32{}}
		l.runs[r] = n
	}
	sum := crc32.ChecksumIEEE(line)
	switch before, known := n.lines[e.Seq]; {
	case !known:
		n.lines[e.Seq] = sum
	case before == sum:
		n.again++
		return nil
	default:
		n.other++
		return nil
	}
	switch data := e.Data.(type) {
	case trace.Gap:
		about := run{device, data.Boot}
		l.gaps[about] = append(l.gaps[about], data)
	case trace.ClockStep:
		l.stepped++
	}
	return nil
}

// account is what became of the events of one device.
type account struct {
	Device      string
	Boots       int
	Numbered    uint64 // events that were given a number, as far as anybody saw
	Stored      uint64
	Named       uint64 // missing, inside a range that an agent.gap in the store names
	Unexplained uint64 // missing otherwise
	Duplicates  int    // stored more than once
	Altered     int    // stored otherwise than in the journal, or a number given twice
	Holes       []hole // the unexplained ones
}

// hole is numbers of a run that are missing without an explanation.
type hole struct {
	boot     trace.Boot
	from, to uint64
	written  int // of them, those that were seen in a journal
}

// settle compares what the journals had with what is in the store. All numbers of a run up to the highest one that was seen
// anywhere have been given: numbers have no holes.
func settle(journals, store *ledger) []account {
	last := map[run]uint64{}
	for _, l := range []*ledger{journals, store} {
		for r, n := range l.runs {
			for seq := range n.lines {
				last[r] = max(last[r], seq)
			}
		}
		for r, gaps := range l.gaps { // of a run whose events are all lost
			for _, g := range gaps {
				last[r] = max(last[r], g.To)
			}
		}
	}
	accounts := map[string]*account{}
	for r, highest := range last {
		if r.boot == 0 { // of a report that knows no more than how many were lost
			continue
		}
		a := accounts[r.device]
		if a == nil {
			a = &account{Device: r.device}
			accounts[r.device] = a
		}
		a.Boots++
		a.Numbered += highest
		a.weigh(r.boot, highest, journals.runs[r], store.runs[r], store.gaps[r])
	}
	out := make([]account, 0, len(accounts))
	for _, a := range accounts {
		sort.Slice(a.Holes, func(i, j int) bool {
			return a.Holes[i].boot < a.Holes[j].boot || a.Holes[i].boot == a.Holes[j].boot && a.Holes[i].from < a.Holes[j].from
		})
		out = append(out, *a)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Device < out[j].Device })
	return out
}

// weigh takes one run into the account.
func (a *account) weigh(boot trace.Boot, highest uint64, journal, store *numbers, gaps []trace.Gap) {
	if journal == nil {
		journal = &numbers{}
	}
	if store == nil {
		store = &numbers{}
	}
	a.Duplicates += store.again
	a.Altered += store.other + journal.other
	for seq := uint64(1); seq <= highest; seq++ {
		sum, stored := store.lines[seq]
		written, seen := journal.lines[seq]
		if stored {
			a.Stored++
			if seen && written != sum {
				a.Altered++
			}
			continue
		}
		if named(gaps, seq) {
			a.Named++
			continue
		}
		a.Unexplained++
		if n := len(a.Holes); n == 0 || a.Holes[n-1].boot != boot || a.Holes[n-1].to+1 != seq {
			a.Holes = append(a.Holes, hole{boot: boot, from: seq})
		}
		last := &a.Holes[len(a.Holes)-1]
		last.to = seq
		if seen {
			last.written++
		}
	}
}

func named(gaps []trace.Gap, seq uint64) bool {
	for _, g := range gaps {
		if g.From <= seq && seq <= g.To {
			return true
		}
	}
	return false
}

// good tells whether nothing of it was lost without being said.
func (a account) good() bool {
	return a.Numbered > 0 && a.Unexplained == 0 && a.Duplicates == 0 && a.Altered == 0
}

// join takes in another ledger, of other devices.
func (l *ledger) join(other *ledger) {
	for r, n := range other.runs {
		l.runs[r] = n
	}
	for r, g := range other.gaps {
		l.gaps[r] = append(l.gaps[r], g...)
	}
	l.stepped += other.stepped
}
