package config

import (
	"fmt"
	"strconv"
	"strings"
)

// PortRange is a range of UDP ports, both ends included.
type PortRange struct{ First, Last int }

// String writes the range as in the file.
func (r PortRange) String() string { return fmt.Sprintf("%d-%d", r.First, r.Last) }

// Pairs is how many pairs of an even port and the odd one above it the range has: one pair a call, RTP and RTCP
// (RFC 3550 section 11).
func (r PortRange) Pairs() int { return (r.Last+1)/2 - (r.First+1)/2 }

func parsePortRange(s string) (PortRange, error) {
	wrong := fmt.Errorf("%q is no range of ports; write it as 10000-10999, within 1024-65535", s)
	first, last, ok := strings.Cut(s, "-")
	if !ok {
		return PortRange{}, wrong
	}
	var r PortRange
	var err error
	if r.First, err = strconv.Atoi(strings.TrimSpace(first)); err != nil {
		return PortRange{}, wrong
	}
	if r.Last, err = strconv.Atoi(strings.TrimSpace(last)); err != nil {
		return PortRange{}, wrong
	}
	if r.First < 1024 || r.Last > 65535 || r.First > r.Last {
		return PortRange{}, wrong
	}
	return r, nil
}
