package phrase

import (
	"fmt"
	"slices"
	"strconv"
	"sync"
)

// Status is what is known of a SIP status apart from any call: every one that IANA registers, BYE and CANCEL, and three
// that never travel: "0" (nothing came back), "18X" (rang, nobody answered) and "9XX" (blocked on the device).
type Status struct {
	Code   string
	Phrase string // as registered, or as a vendor calls it
	RFC    string // number of the RFC, "" when there is none
	Q850   string // cause by RFC 3398 section 8.2.6.1: "17", "", or "by Warning"
	Where  string // whose side the cause is on: a key of the catalogue below "where."

	sentence, short sentence
}

// Statuses lists every known status in the order of the registry.
func Statuses() []Status { return slices.Clone(statuses()) }

// StatusOf finds a status by its code.
func StatusOf(code string) (Status, bool) {
	for _, s := range statuses() {
		if s.Code == code {
			return s, true
		}
	}
	return Status{}, false
}

// StatusCode names a status as the tables do: a number above 699 is a call blocked on the device.
func StatusCode(status int) string {
	if status > 699 {
		return "9XX"
	}
	return strconv.Itoa(status)
}

// statuses reads the table once: code, phrase, RFC, cause, where, short in both languages, sentence in both languages.
var statuses = sync.OnceValue(func() []Status {
	var all []Status
	_ = eachLine(texts().statuses, func(code string, columns []string) error {
		if s, err := parseStatus(code, columns); err == nil {
			all = append(all, s)
		}
		return nil
	})
	return all
})

func parseStatus(code string, columns []string) (Status, error) {
	if len(columns) != 8 {
		return Status{}, fmt.Errorf("%d columns, want 9", len(columns)+1)
	}
	s := Status{Code: code, Phrase: columns[0], RFC: columns[1], Q850: columns[2], Where: columns[3]}
	var err error
	if s.short, err = parseSentence(columns[4:6]); err != nil {
		return Status{}, err
	}
	if s.sentence, err = parseSentence(columns[6:8]); err != nil {
		return Status{}, err
	}
	return s, nil
}
