package message

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// Timer is the option tag of session timers (RFC 4028 section 12.3).
const Timer = "timer"

// LeastInterval is the shortest time in which a session may expire (RFC 4028 section 4).
const LeastInterval = 90 * time.Second

// mostSeconds bounds a delta-seconds (RFC 3261 section 25.1 leaves it open).
const mostSeconds = 1<<31 - 1

// Refresher says which end of a request refreshes the session (RFC 4028 section 4); zero leaves it open.
type Refresher string

// The refreshers.
const (
	UAC Refresher = "uac"
	UAS Refresher = "uas"
)

// SessionExpires is the header of that name (RFC 4028 section 4).
type SessionExpires struct {
	Interval  time.Duration // whole seconds
	Refresher Refresher
}

// Header writes it.
func (e SessionExpires) Header() sip.Header {
	value := seconds(e.Interval)
	if e.Refresher != "" {
		value += ";refresher=" + string(e.Refresher)
	}
	return sip.NewHeader("Session-Expires", value)
}

// MinSE is the header that names the shortest interval (RFC 4028 section 5).
func MinSE(least time.Duration) sip.Header { return sip.NewHeader("Min-SE", seconds(least)) }

func seconds(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }

// ReadSessionExpires reads the header of a message. One that cannot be read is none.
func ReadSessionExpires(m sip.Message) (e SessionExpires, ok bool) {
	var params string
	if e.Interval, params, ok = deltaSeconds(m, "Session-Expires"); !ok {
		return SessionExpires{}, false
	}
	for p := range strings.SplitSeq(params, ";") {
		name, value, _ := strings.Cut(p, "=")
		if !strings.EqualFold(strings.TrimSpace(name), "refresher") {
			continue
		}
		switch r := Refresher(strings.ToLower(strings.TrimSpace(value))); r {
		case UAC, UAS:
			e.Refresher = r
		}
	}
	return e, true
}

// ReadMinSE reads the Min-SE of a message, 0 where there is none.
func ReadMinSE(m sip.Message) time.Duration {
	least, _, _ := deltaSeconds(m, "Min-SE")
	return least
}

// RetryAfter reads how long the server wants to be left alone (RFC 3261 section 20.33), 0 where it does not say.
func RetryAfter(m sip.Message) time.Duration {
	wait, _, _ := deltaSeconds(m, "Retry-After")
	return wait
}

// deltaSeconds reads a header that begins with a count of seconds, and what follows it.
func deltaSeconds(m sip.Message, name string) (d time.Duration, rest string, ok bool) {
	all := m.GetHeaders(name)
	if len(all) == 0 {
		return 0, "", false
	}
	value := strings.TrimSpace(all[0].Value())
	rest = strings.TrimLeft(value, "0123456789")
	n, err := strconv.ParseUint(strings.TrimSuffix(value, rest), 10, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0, "", false
	}
	return time.Duration(min(n, mostSeconds)) * time.Second, rest, true
}

// Supports tells whether a message lists an option tag as supported or required.
func Supports(m sip.Message, tag string) bool {
	return lists(m, "Supported", tag) || lists(m, "Require", tag)
}

func lists(m sip.Message, name, token string) bool {
	for _, h := range m.GetHeaders(name) {
		for item := range strings.SplitSeq(h.Value(), ",") {
			if strings.EqualFold(strings.TrimSpace(item), token) {
				return true
			}
		}
	}
	return false
}

// TooBrief is the 422 for a session interval that is too small (RFC 4028 section 6).
func TooBrief(req *sip.Request, tag string) *sip.Response {
	res := Response(req, 422, "", tag)
	res.AppendHeader(MinSE(LeastInterval))
	return res
}
