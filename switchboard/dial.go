package switchboard

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"sidetone/sipua"
	"sidetone/trace"
)

// StatusBlocked stands in the trace for a number outside the allowed directions. Reports show it as 9XX; it is not a SIP
// status and never travels.
const StatusBlocked = 900

func newID() string { return ulid.Make().String() }

// Dial places a call to a SIP URI, or to a number through the first account. It returns the call's id as soon as the
// call has begun; what becomes of it stands in the trace.
func (s *Switchboard) Dial(ctx context.Context, target string) (string, error) {
	var id string
	err := s.do(ctx, func() error {
		var err error
		id, err = s.dialInLoop(newID(), target)
		return err
	})
	return id, err
}

func (s *Switchboard) dialInLoop(id, target string) (string, error) {
	switch {
	case s.stopping:
		return "", fmt.Errorf("dial %s: the agent is stopping", target)
	case s.fullInLoop():
		return "", fmt.Errorf("dial %s: all %d calls are in use", target, s.opts.MaxCalls)
	case !s.allowed(target):
		s.blockInLoop(id, target)
		return id, nil
	}
	c, err := s.placeInLoop(id, "", func(local sipua.LocalMedia, l *leg) (*sipua.Call, error) {
		return s.dialer.Dial(sipua.Dial{Target: target, Media: local}, l)
	})
	if err != nil {
		return "", err
	}
	s.setAsideInLoop(c)
	s.inHand = c
	return id, nil
}

var errNoPort = errors.New("no RTP port is free")

// placeInLoop makes an outgoing call; its maker gives it the handset. after is the id of the call whose place it takes, if any.
func (s *Switchboard) placeInLoop(id, after string, place func(sipua.LocalMedia, *leg) (*sipua.Call, error)) (*call, error) {
	c := s.newCall(id, sipua.Info{})
	c.state, c.leg.after = StateCalling, after
	local := s.openMedia(c)
	if c.media == nil {
		return nil, fmt.Errorf("dial: %w", errNoPort)
	}

	// The dialog's goroutine may speak before the call is placed; it waits until call.initiated is written.
	c.leg.mu.Lock()
	start := time.Now()
	sc, err := place(local, c.leg)
	if err != nil {
		c.leg.mu.Unlock()
		c.media.Close()
		return nil, err
	}
	c.leg.sip, c.leg.info = sc, sc.Info()
	c.leg.initiated(start)
	c.leg.mu.Unlock()

	s.addInLoop(c)
	if s.opts.RingFor > 0 {
		c.ring = time.AfterFunc(s.opts.RingFor, func() { s.queue.post(func() { s.ringTimedOutInLoop(c) }) })
	}
	return c, nil
}

// ringTimedOutInLoop gives up on a call that nobody answered; cause 19, no answer from user (ITU-T Q.850 table 1).
func (s *Switchboard) ringTimedOutInLoop(c *call) {
	if c.state == StateCalling || c.state == StateRinging {
		c.leg.hangup(sipua.Release{Side: trace.Timer, Q850: 19, Text: "No answer"})
	}
}

// allowed tells whether a target begins with one of the allowed prefixes.
func (s *Switchboard) allowed(target string) bool {
	if len(s.opts.Allowed) == 0 {
		return true
	}
	number := dialledNumber(target)
	for _, prefix := range s.opts.Allowed {
		if strings.HasPrefix(number, prefix) {
			return true
		}
	}
	return false
}

// dialledNumber is the user part of a URI, or the number without the visual separators of RFC 3966 section 3.
func dialledNumber(target string) string {
	if _, rest, ok := strings.Cut(target, ":"); ok {
		target, _, _ = strings.Cut(rest, "@")
	}
	return strings.NewReplacer("-", "", ".", "", "(", "", ")", "", " ", "").Replace(target)
}

// blockInLoop writes the trace of a call that never left the device.
func (s *Switchboard) blockInLoop(id, target string) {
	now := time.Now()
	s.record(now, id, 0, trace.CallInitiated, trace.Initiated{
		Direction: trace.Out, From: trace.Party{Name: s.opts.Name}, To: trace.Party{URI: target},
	})
	s.record(now, id, 0, trace.RouteBlocked, trace.Blocked{Number: dialledNumber(target), Status: StatusBlocked})
	e := trace.Ended{Side: trace.Local, LastResponse: StatusBlocked, Reason: "not an allowed direction"}
	e.Result = trace.Outcome(false, false, false, e.Side, e.LastResponse)
	s.record(now, id, 0, trace.CallEnded, e)
}
