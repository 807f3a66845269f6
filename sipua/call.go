package sipua

import (
	"errors"
	"fmt"
	"net/netip"
	"sync/atomic"

	"github.com/emiago/sipgo/sip"

	"sidetone/sipua/session"
	"sidetone/trace"
)

// ErrCallOver is returned by the commands of a call that nothing can be done with any more.
var ErrCallOver = errors.New("the call is over")

// Call is one call. Its commands are posted to the call's goroutine and return at once; they may be used from any
// goroutine, the Observer's included. What a command led to is told to the Observer. A command that makes no sense in
// the state the call has come to meanwhile, such as Ring after the caller gave up, is logged and has no effect.
type Call struct {
	info     Info
	actor    *actor
	key      dialogKey
	standing atomic.Pointer[standing]
	follows  *follow // nil unless the peer of another call asked for this one

	// Owned by the actor's goroutine.
	session  *session.Session
	observer Observer
	seen     seen
	timers   timers
	trust    trust
	serving  bool // inside a step
	ended    bool
	settled  bool
}

// Info tells what is known of the call since its start.
func (c *Call) Info() Info { return c.info }

// Observer is who is told of the call.
func (c *Call) Observer() Observer { return c.observer }

// Progress sends 183 with our session description: early media.
func (c *Call) Progress() error { return c.command(session.Progress{}) }

// Ring sends 180.
func (c *Call) Ring() error { return c.command(session.Ring{}) }

// Answer sends 200.
func (c *Call) Answer() error { return c.command(session.Answer{}) }

// Reject refuses an incoming call with a final status of 400 to 699. An empty reason takes the RFC's phrase. Redirect sends
// 302, which means nothing without a Contact.
func (c *Call) Reject(status int, reason string) error {
	if status < 400 || status > 699 {
		return errors.New("reject: want a status of 400 to 699")
	}
	return c.command(session.Reject{Status: status, Reason: reason})
}

// Redirect sends the caller of an incoming call elsewhere: to SIP URIs or numbers of the call's account, the best one first.
func (c *Call) Redirect(targets ...string) error {
	if len(targets) == 0 {
		return errors.New("redirect: no target")
	}
	ua := c.actor.agent
	var to []sip.Uri
	for _, target := range targets {
		out, _, err := ua.outgoing(Dial{Target: target, Account: ua.accountIndex(c.info.Account)})
		if err != nil {
			return fmt.Errorf("redirect to %q: %w", target, err)
		}
		to = append(to, out.Target)
	}
	return c.command(session.Redirect{Targets: to})
}

// Hold puts the peer on hold, as Options.Hold says; the outcome is told as Held. Before the answer it waits for a dialog that can
// carry it (RFC 3311 section 5.1).
func (c *Call) Hold() error { return c.command(session.Hold{}) }

// Resume takes the peer off hold.
func (c *Call) Resume() error { return c.command(session.Resume{}) }

// Suspend holds the peer of an answered call while the terminal of this side is away: trace.SuspendByUser says that it was
// unplugged, trace.SuspendByNetwork that the called person of a gateway port has hung up (RFC 3398 section 9). When the time of
// Options.Hold is over the call is released.
func (c *Call) Suspend(initiator string) error {
	if initiator != trace.SuspendByUser && initiator != trace.SuspendByNetwork {
		return fmt.Errorf("suspend: %q is neither %s nor %s", initiator, trace.SuspendByUser, trace.SuspendByNetwork)
	}
	return c.command(session.Suspend{Initiator: initiator})
}

// Unsuspend ends the suspension: the terminal is back.
func (c *Call) Unsuspend() error { return c.command(session.Unsuspend{}) }

// Hear says that RTP comes from the address that another early dialog described than the one that is heard, and none from that.
// Which one is heard is told as MediaChanged.
func (c *Call) Hear(from netip.AddrPort) error { return c.command(session.Hear{From: from}) }

// Hangup ends the call: with CANCEL, BYE or a final response, whichever the state demands. Ended follows when it has
// taken effect; for a CANCEL that is the final response to the INVITE.
func (c *Call) Hangup(r Release) error { return c.command(session.Hangup{Release: r}) }

func (c *Call) command(e session.Event) error {
	if !c.actor.post(letter{call: c, event: e}) {
		return ErrCallOver
	}
	return nil
}
