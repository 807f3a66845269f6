package switchboard

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"sidetone/callflow"
	"sidetone/trace"
)

// CallStatus is one call as a command shows it.
type CallStatus struct {
	ID        string          `json:"id"`
	Line      int             `json:"line"`
	Direction trace.Direction `json:"direction"`
	Peer      trace.Party     `json:"peer"`
	State     State           `json:"state"`
	SinceUS   trace.Micros    `json:"since_us"`           // in this state
	Handset   bool            `json:"handset"`            // has the handset
	Transfer  string          `json:"transfer,omitempty"` // whom it is being transferred to
	HeldBy    []trace.Side    `json:"held_by,omitempty"`  // local, remote
	// SuspendedUntil is when a suspended call is released unless the terminal is back.
	SuspendedUntil time.Time `json:"suspended_until,omitzero"`
}

// Status is what the phone is doing.
type Status struct {
	OffHook bool         `json:"off_hook"`
	Calls   []CallStatus `json:"calls"`
}

// Status tells what the phone is doing.
func (s *Switchboard) Status(ctx context.Context) (Status, error) {
	var st Status
	err := s.do(ctx, func() error {
		st = Status{OffHook: s.offHook, Calls: make([]CallStatus, 0, len(s.calls))}
		for _, c := range s.calls {
			peer := c.leg.info.To
			if c.leg.info.Direction == trace.In {
				peer = c.leg.info.From
			}
			st.Calls = append(st.Calls, CallStatus{
				ID: c.id, Line: c.line, Direction: c.leg.info.Direction, Peer: peer, State: c.state,
				SinceUS: trace.MicrosOf(time.Since(c.since)), Handset: s.inHand == c, Transfer: c.transfer,
				HeldBy: c.heldBy(), SuspendedUntil: c.suspendedUntil,
			})
		}
		return nil
	})
	return st, err
}

// heldBy is who holds the call.
func (c *call) heldBy() []trace.Side {
	var by []trace.Side
	if c.standing.LocalHold {
		by = append(by, trace.Local)
	}
	if c.standing.RemoteHold {
		by = append(by, trace.Remote)
	}
	return by
}

// Answer answers a ringing call. ref is an id, a unique prefix of one, or a line; "" means the oldest that rings.
func (s *Switchboard) Answer(ctx context.Context, ref string) error {
	return s.withCall(ctx, ref, "ringing", isRingingIn, func(c *call) error {
		s.stepInLoop(c, callflow.Answered{Seat: callflow.Handset})
		return nil
	})
}

// Reject declines a ringing call with a final status; 0 means 603.
func (s *Switchboard) Reject(ctx context.Context, ref string, status int) error {
	if status != 0 && (status < 400 || status > 699) {
		return fmt.Errorf("reject: status %d is not between 400 and 699", status)
	}
	return s.withCall(ctx, ref, "ringing", isRingingIn, func(c *call) error {
		s.refuseInLoop(c, status)
		return nil
	})
}

// Hangup ends a call: cancels, declines or releases it, as its state demands.
func (s *Switchboard) Hangup(ctx context.Context, ref string) error {
	return s.withCall(ctx, ref, "live", isLive, func(c *call) error {
		if isRingingIn(c) {
			s.refuseInLoop(c, 0)
			return nil
		}
		s.hangUpInLoop(c)
		return nil
	})
}

func isRingingIn(c *call) bool { return c.state == StateRinging && c.leg.info.Direction == trace.In }
func isUp(c *call) bool        { return c.state == StateTalking || c.state == StateHeld }
func isLive(c *call) bool      { return c.state != StateEnding }

// withCall finds the one call that ref means among those that fit, and acts on it in the loop.
func (s *Switchboard) withCall(ctx context.Context, ref, what string, fits func(*call) bool, act func(*call) error) error {
	return s.do(ctx, func() error {
		c, err := s.findInLoop(ref, what, fits)
		if err != nil {
			return err
		}
		return act(c)
	})
}

func (s *Switchboard) findInLoop(ref, what string, fits func(*call) bool) (*call, error) {
	if ref == "" {
		if s.inHand != nil && fits(s.inHand) {
			return s.inHand, nil
		}
		for _, c := range s.calls {
			if fits(c) {
				return c, nil
			}
		}
		return nil, fmt.Errorf("%w: none is %s", ErrNoCall, what)
	}
	line, _ := strconv.Atoi(ref)
	var found []*call
	for _, c := range s.calls {
		if c.line == line && len(ref) < 4 || strings.HasPrefix(c.id, strings.ToUpper(ref)) {
			found = append(found, c)
		}
	}
	switch {
	case len(found) == 0:
		return nil, fmt.Errorf("%w: %q", ErrNoCall, ref)
	case len(found) > 1:
		return nil, fmt.Errorf("%q means %d calls: give more of the id", ref, len(found))
	case !fits(found[0]):
		return nil, fmt.Errorf("call %s is %s, not %s", found[0].id, found[0].state, what)
	}
	return found[0], nil
}

// ringingInLoop is the incoming call with that id that rings, or the oldest one for "".
func (s *Switchboard) ringingInLoop(id string) *call {
	for _, c := range s.calls {
		if isRingingIn(c) && (id == "" || c.id == id) {
			return c
		}
	}
	return nil
}

func (s *Switchboard) byIDInLoop(id string) *call {
	for _, c := range s.calls {
		if c.id == id {
			return c
		}
	}
	return nil
}
