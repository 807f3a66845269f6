package switchboard

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"go.uber.org/zap"

	"sidetone/sipua"
	"sidetone/trace"
)

// Transfer connects the other side of a call with somebody else. A target that names another call of this phone, by line
// or id, connects the other sides of both; any other is dialled by the other side (RFC 5589 sections 6, 7). What becomes of
// it stands in the trace.
func (s *Switchboard) Transfer(ctx context.Context, ref, target string) error {
	return s.withCall(ctx, ref, "up", isUp, func(c *call) error {
		if other := s.otherCallInLoop(c, target); other != nil {
			return c.leg.sip.TransferTo(other.leg.sip)
		}
		if !s.allowed(target) {
			return fmt.Errorf("transfer to %s: %w", target, errDirection)
		}
		return c.leg.sip.Transfer(target)
	})
}

var errDirection = errors.New("not an allowed direction")

// leastPrefix is how much of an id names a call, so that no number does.
const leastPrefix = 6

// otherCallInLoop is the other answered call that a target names, nil where it names none.
func (s *Switchboard) otherCallInLoop(c *call, target string) *call {
	line, _ := strconv.Atoi(target)
	for _, other := range s.calls {
		named := other.line == line && len(target) < 4 || len(target) >= leastPrefix && strings.HasPrefix(other.id, strings.ToUpper(target))
		if named && other != c && isUp(other) {
			return other
		}
	}
	return nil
}

// Referral is sipua.Options.Referral: the other side of a call may have this phone dial what a person could. It may be
// called from any goroutine.
func (s *Switchboard) Referral(target string) int {
	if !s.allowed(target) {
		return 403
	}
	return 202
}

// Redirect is sipua.Options.Redirect: a target may send a call of this phone on to whom a person could dial. It may be called
// from any goroutine.
func (s *Switchboard) Redirect(target string) bool { return s.allowed(target) }

// transferred writes down how a transfer goes. A call that takes the place of this one is named by the id it will have.
func (l *leg) transferred(at time.Time, t *sipua.Transferred) {
	if t.Referral != nil {
		t.Transfer.Call = newID()
	}
	l.sb.record(at, l.callID, l.number, t.Kind, t.Transfer)
}

// transferInLoop follows a transfer of either side.
func (s *Switchboard) transferInLoop(c *call, t sipua.Transferred) {
	c.transfer = ""
	if t.Kind == trace.TransferRequested || t.Kind == trace.TransferProgress {
		c.transfer = t.Transfer.To.URI
	}
	if t.Kind == trace.TransferFailed && t.Transfer.By == trace.Local && isUp(c) && s.inHand != c && !c.beside {
		_ = c.leg.sip.Hold() // it is back, and the person talks to somebody else meanwhile
	}
	if t.Referral != nil {
		s.followInLoop(c, t.Transfer.Call, *t.Referral)
	}
}

// followInLoop places the call that the other side asks for. It gets the handset, unless the person is in another call.
func (s *Switchboard) followInLoop(c *call, id string, r sipua.Referral) {
	if s.stopping || s.fullInLoop() {
		c.leg.sip.Decline(r, 503, "")
		return
	}
	next, err := s.placeInLoop(id, c.id, func(local sipua.LocalMedia, l *leg) (*sipua.Call, error) {
		return c.leg.sip.Follow(r, local, l)
	})
	if err != nil {
		s.log.Warn("follow a transfer", zap.String("call", c.id), zap.Error(err))
		c.leg.sip.Decline(r, 503, "")
		return
	}
	next.after = c
	if s.inHand == nil || s.inHand == c {
		s.inHand = next
		c.mute()
	}
}

// giveBackInLoop returns the handset to the call that was to be transferred, where the new one came to nothing.
func (s *Switchboard) giveBackInLoop(c *call) {
	old := c.after
	if old == nil || s.inHand != c || !isUp(old) {
		return
	}
	s.takeInLoop(old)
}

// replacedID is the id of the call whose place an incoming one takes, "" for none.
func replacedID(info sipua.Info) string {
	if info.Replaces == nil {
		return ""
	}
	if l, ok := info.Replaces.Observer().(*leg); ok {
		return l.callID
	}
	return ""
}

// inheritInLoop gives an incoming call the place of the one that it replaces: what was on hold stays so.
func (s *Switchboard) inheritInLoop(c *call) {
	if old := s.byIDInLoop(c.leg.after); old != nil {
		c.beside = old.beside
		c.waits = isHeldHere(old) || s.inHand != nil && s.inHand != old && !old.beside
	}
}
