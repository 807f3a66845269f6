package sipua

import (
	"errors"
	"fmt"
	"slices"

	"github.com/emiago/sipgo/sip"

	"sidetone/sipua/dialog"
	"sidetone/sipua/session"
	"sidetone/sipua/transfer"
)

// Transferred says how a transfer of either side goes.
type Transferred = session.Transferred

// Referral is what a peer asks this side to do by REFER.
type Referral = session.Referral

// Transfer asks the peer of an answered call to call somebody else: a SIP URI, or a number of the call's account (RFC 5589
// section 6, a blind transfer). The peer is held meanwhile. Transferred tells how it goes; success ends this call, a failure
// takes the peer back.
func (c *Call) Transfer(target string) error {
	ua := c.actor.agent
	out, _, err := ua.outgoing(Dial{Target: target, Account: ua.accountIndex(c.info.Account)})
	if err != nil {
		return fmt.Errorf("transfer to %q: %w", target, err)
	}
	return c.command(session.Transfer{To: transfer.Target{URI: out.Target}})
}

// ErrNotAnswered is returned by TransferTo for a call without a confirmed dialog.
var ErrNotAnswered = errors.New("the call is not answered")

// TransferTo connects the peers of two answered calls with each other (RFC 5589 section 7, an attended transfer): the peer of
// this call is asked to call the peer of the other one, in place of that call (RFC 3891).
func (c *Call) TransferTo(other *Call) error {
	place := other.standing.Load()
	if place == nil || place.state != dialog.Confirmed || c == other {
		return ErrNotAnswered
	}
	return c.command(session.Transfer{To: transfer.Target{URI: place.target, Replaces: &transfer.Replaces{
		CallID: place.id.CallID, ToTag: place.id.RemoteTag, FromTag: place.id.LocalTag,
	}}})
}

// Follow places the call that the peer of this one asks for. What becomes of it is reported to the peer; where it cannot be
// placed, Decline it.
func (c *Call) Follow(r Referral, media LocalMedia, o Observer) (*Call, error) {
	ua := c.actor.agent
	return ua.place(Dial{
		Target: r.To.URI.String(), Account: ua.accountIndex(c.info.Account), Media: media,
	}, o, &follow{call: c, referral: r})
}

// Decline tells the peer that the call it asks for is not placed.
func (c *Call) Decline(r Referral, status int, reason string) { c.report(r.ID, status, reason) }

// follow is why a call was placed: the peer of another one asked for it.
type follow struct {
	call     *Call
	referral Referral
}

// headers are what the INVITE says of it (RFC 3891 section 4, RFC 3892 section 2.2).
func (f *follow) headers() []sip.Header {
	var all []sip.Header
	if r := f.referral.To.Replaces; r != nil {
		all = append(all, sip.NewHeader("Replaces", r.String()), sip.NewHeader("Require", "replaces"))
	}
	if f.referral.ReferredBy != "" {
		all = append(all, sip.NewHeader("Referred-By", f.referral.ReferredBy))
	}
	return all
}

// heard reports a signal of the call that was placed.
func (f *follow) heard(s Signal) {
	switch s := s.(type) {
	case Alerting:
		f.call.report(f.referral.ID, s.Status, "")
	case Answered:
		f.call.report(f.referral.ID, 200, "")
	case Ended:
		status := s.Status
		if status < 300 {
			status = 503 // not answered, and nobody said why; RFC 3515 section 2.4.5 wants a status
			if s.Cancelled {
				status = 487
			}
		}
		f.call.report(f.referral.ID, status, s.Reason)
	}
}

func (c *Call) report(id uint32, status int, reason string) {
	_ = c.command(session.Report{ID: id, Status: status, Reason: reason}) // a call that is over wants no report
}

// accountIndex finds an account by its AOR, the first one where there is none of that name.
func (ua *UserAgent) accountIndex(aor string) int {
	return max(0, slices.IndexFunc(ua.accounts, func(a identity) bool { return a.aor == aor }))
}

// pass lets other calls know of a signal: the one whose peer asked for this call, and the one whose place it takes.
func (c *Call) pass(s Signal) {
	if c.follows != nil {
		c.follows.heard(s)
	}
	if _, answered := s.(Answered); answered && c.info.Replaces != nil {
		// One that has ended meanwhile needs no end.
		_ = c.info.Replaces.command(session.Replaced{By: c.info.From})
	}
}

// mayRefer is the policy for REFER as a session asks for it, nil where there is none.
func (ua *UserAgent) mayRefer() func(sip.Uri) int {
	if ua.opts.Referral == nil {
		return nil
	}
	return func(target sip.Uri) int { return ua.opts.Referral(target.String()) }
}
