package main

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sidetone/trace"
)

// line is an event line of a run.
func line(t *testing.T, boot trace.Boot, seq uint64, text string) []byte {
	t.Helper()
	e := trace.Event{Boot: boot, Seq: seq, Clock: trace.ClockSynced, Kind: trace.DeviceFault, Data: trace.Fault{Error: text}}
	b, err := e.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return append(b, '\n')
}

func gapLine(boot trace.Boot, seq uint64, about trace.Boot, from, to uint64) []byte {
	data, _ := json.Marshal(trace.Gap{From: from, To: to, Boot: about, Reason: trace.GapJournalFull, Count: to - from + 1})
	return fmt.Appendf(nil, `{"v":1,"boot":%q,"seq":%d,"ts":"2026-11-21T03:38:47Z","mono":1,"clk":"synced","kind":"agent.gap","data":%s}`, boot, seq, data)
}

func ledgerOf(t *testing.T, lines ...[]byte) *ledger {
	t.Helper()
	l := newLedger()
	for _, b := range lines {
		if err := l.enter("alpha", b); err != nil {
			t.Fatal(err)
		}
	}
	return l
}

func TestEveryNumberIsStoredOrNamedOrCountsAsLost(t *testing.T) {
	for name, c := range map[string]struct {
		journals, store *ledger
		want            account
		good            bool
	}{
		"all arrived": {
			ledgerOf(t, line(t, 1, 1, "a"), line(t, 1, 2, "b")), ledgerOf(t, line(t, 1, 2, "b"), line(t, 1, 1, "a")),
			account{Boots: 1, Numbered: 2, Stored: 2},
			true,
		},
		"the last ones did not": {
			ledgerOf(t, line(t, 1, 1, "a"), line(t, 1, 2, "b"), line(t, 1, 3, "c")), ledgerOf(t, line(t, 1, 1, "a")),
			account{Boots: 1, Numbered: 3, Stored: 1, Unexplained: 2, Holes: []hole{{1, 2, 3, 2}}},
			false,
		},
		"a number that nobody saw, below one that was seen": {
			ledgerOf(t, line(t, 1, 3, "c")), ledgerOf(t, line(t, 1, 3, "c"), line(t, 1, 1, "a")),
			account{Boots: 1, Numbered: 3, Stored: 2, Unexplained: 1, Holes: []hole{{1, 2, 2, 0}}},
			false,
		},
		"named by the next run": {
			newLedger(), ledgerOf(t, line(t, 1, 1, "a"), line(t, 1, 4, "d"), gapLine(2, 1, 1, 2, 3)),
			account{Boots: 2, Numbered: 5, Stored: 3, Named: 2},
			true,
		},
		"named in the journal only": {
			ledgerOf(t, gapLine(2, 1, 1, 2, 3)), ledgerOf(t, line(t, 1, 1, "a"), line(t, 1, 4, "d")),
			account{Boots: 2, Numbered: 5, Stored: 2, Unexplained: 3, Holes: []hole{{1, 2, 3, 0}, {2, 1, 1, 1}}},
			false,
		},
		"a run that is lost as a whole, and named": {
			newLedger(), ledgerOf(t, gapLine(2, 1, 1, 1, 9)), account{Boots: 2, Numbered: 10, Stored: 1, Named: 9}, true,
		},
		"stored twice": {
			newLedger(), ledgerOf(t, line(t, 1, 1, "a"), line(t, 1, 1, "a")), account{Boots: 1, Numbered: 1, Stored: 1, Duplicates: 1}, false,
		},
		"stored otherwise than it was written": {
			ledgerOf(t, line(t, 1, 1, "a")), ledgerOf(t, line(t, 1, 1, "b")), account{Boots: 1, Numbered: 1, Stored: 1, Altered: 1}, false,
		},
		"a number given twice": {
			ledgerOf(t, line(t, 1, 1, "a"), line(t, 1, 1, "b")), ledgerOf(t, line(t, 1, 1, "a")), account{Boots: 1, Numbered: 1, Stored: 1, Altered: 1}, false,
		},
	} {
		c.want.Device = "alpha"
		got := settle(c.journals, c.store)
		if diff := cmp.Diff([]account{c.want}, got, cmp.AllowUnexported(hole{})); diff != "" {
			t.Errorf("%s: %s", name, diff)
			continue
		}
		if got[0].good() != c.good {
			t.Errorf("%s: good is %v", name, got[0].good())
		}
	}
}
