package transfer

import (
	"errors"
	"strconv"
	"strings"
)

// FragmentType is the type of the body of a NOTIFY (RFC 3515 section 2.4.5).
const FragmentType = "message/sipfrag"

// Fragment is the status line of a sipfrag: how far a transfer has come (RFC 3420, RFC 3515 section 2.4.5).
type Fragment struct {
	Status int // 100 to 699
	Reason string
}

var errFragment = errors.New("the sipfrag does not begin with a status line")

// ParseFragment reads a sipfrag. What follows its status line is left out.
func ParseFragment(body []byte) (Fragment, error) {
	line, _, _ := strings.Cut(string(body), "\n")
	version, rest, _ := strings.Cut(strings.TrimRight(line, "\r"), " ")
	code, reason, _ := strings.Cut(rest, " ")
	status, err := strconv.Atoi(code)
	if !strings.EqualFold(version, "SIP/2.0") || err != nil || len(code) != 3 || status < 100 || status > 699 {
		return Fragment{}, errFragment
	}
	return Fragment{Status: status, Reason: clean(reason)}, nil
}

// clean makes a reason phrase fit to be one.
func clean(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?")))
}

// Final tells whether nothing follows.
func (f Fragment) Final() bool { return f.Status >= 200 }

// Bytes is the body.
func (f Fragment) Bytes() []byte {
	return []byte("SIP/2.0 " + strconv.Itoa(f.Status) + " " + clean(f.Reason) + "\r\n")
}
