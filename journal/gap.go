package journal

import "fmt"

// Reason says why records are missing.
type Reason uint8

// The reasons of a Gap.
const (
	Dropped    Reason = iota + 1 // the journal was full and its oldest segment went
	Corrupt                      // the medium did not keep them, or somebody removed them
	Foreign                      // they are in a segment of another format version, nobody knows how many
	Unwritable                   // the medium could not be written, and the memory for that while was full
)

// String names the reason as messages do.
func (r Reason) String() string {
	switch r {
	case Dropped:
		return "journal full"
	case Corrupt:
		return "journal corrupt"
	case Foreign:
		return "format not known"
	case Unwritable:
		return "journal not writable"
	}
	return fmt.Sprintf("reason %d", uint8(r))
}

// Gap says that the records From to To are missing. The payloads around the loss and at its edges are for the owner,
// who can read in them what the numbers meant to him; one that is not known is nil.
type Gap struct {
	From, To uint64
	Reason   Reason
	Before   []byte // of the last record ahead of the loss
	First    []byte // of the first lost record
	Last     []byte // of the last lost record
	After    []byte // of the first record behind the loss
}

// Count is how many records are missing.
func (g Gap) Count() uint64 { return g.To - g.From + 1 }

// GapError is what a Reader returns once in place of records that are missing; the next call goes on behind them.
type GapError struct{ Gap Gap }

// Error names the missing numbers.
func (e *GapError) Error() string {
	if e.Gap.Reason == Foreign {
		return fmt.Sprintf("records from %d on are in a format that this version does not know; they are left alone", e.Gap.From)
	}
	return fmt.Sprintf("records %d to %d are missing: %s", e.Gap.From, e.Gap.To, e.Gap.Reason)
}
