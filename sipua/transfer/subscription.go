package transfer

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// Subscription is what a Subscription-State header field says (RFC 6665 section 8.2.3).
type Subscription struct {
	Terminated bool
	Reason     string        // why it was terminated
	Expires    time.Duration // how long it goes on, 0 where that is not said
}

var errSubscription = errors.New("no Subscription-State")

// maxExpires bounds what a peer can make this side wait.
const maxExpires = time.Hour

// ParseSubscription reads the value of a Subscription-State header field. A state that is not known goes on, as active does.
func ParseSubscription(value string) (Subscription, error) {
	parts := strings.Split(value, ";")
	state := strings.TrimSpace(parts[0])
	if state == "" {
		return Subscription{}, errSubscription
	}
	s := Subscription{Terminated: strings.EqualFold(state, "terminated")}
	for _, p := range parts[1:] {
		name, v, _ := strings.Cut(p, "=")
		v = strings.TrimSpace(v)
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "reason":
			s.Reason = v
		case "expires":
			if n, err := strconv.ParseUint(v, 10, 32); err == nil {
				s.Expires = min(time.Duration(n)*time.Second, maxExpires)
			}
		}
	}
	return s, nil
}

// String is the value of the header field.
func (s Subscription) String() string {
	if s.Terminated {
		return "terminated;reason=" + s.Reason
	}
	return "active;expires=" + strconv.Itoa(int(s.Expires/time.Second))
}

// ForRefer tells whether an Event header field is of the event package refer (RFC 3515 section 3), and its id.
func ForRefer(event string) (id string, ok bool) {
	name, params, _ := strings.Cut(event, ";")
	if !strings.EqualFold(strings.TrimSpace(name), "refer") {
		return "", false
	}
	for p := range strings.SplitSeq(params, ";") {
		if key, v, _ := strings.Cut(p, "="); strings.EqualFold(strings.TrimSpace(key), "id") {
			id = strings.TrimSpace(v)
		}
	}
	return id, true
}
