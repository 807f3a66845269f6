package store

import (
	"slices"
	"time"
)

// The states of a line.
const (
	LineUp          = "up"
	LineRegistering = "registering"
	LineError       = "error"
	LineDisabled    = "disabled" // does not register, or has taken its registration back
)

// MaxLines is the highest number a line may have.
const MaxLines = 64

// Registration is how one line of a device stands with its registrar.
type Registration struct {
	Line    int       `json:"line"` // from 1
	Status  string    `json:"status"`
	AOR     string    `json:"aor"`
	Code    int       `json:"code,omitempty"` // SIP status of the registrar's last answer, 0 for none
	Reason  string    `json:"reason,omitempty"`
	Server  string    `json:"server,omitempty"`
	Expires time.Time `json:"expires,omitzero"`
	Since   time.Time `json:"since,omitzero"`
}

// WithLine is lines with one of them replaced, in the order of their numbers; a line without a status is taken out.
func WithLine(lines []Registration, r Registration) []Registration {
	out := slices.DeleteFunc(slices.Clone(lines), func(l Registration) bool { return l.Line == r.Line })
	if r.Status == "" {
		return out
	}
	out = append(out, r)
	slices.SortFunc(out, func(a, b Registration) int { return a.Line - b.Line })
	return out
}
