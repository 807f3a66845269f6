package switchboard

import (
	"context"
	"fmt"

	"sidetone/sipua"
	"sidetone/trace"
)

// Deflect sends the caller of a ringing call elsewhere by a 302 (RFC 3261 section 13.3.1.2): to a SIP URI, or a number of the
// call's account, that a person could dial here. Whether the caller goes there is up to the caller.
func (s *Switchboard) Deflect(ctx context.Context, ref, target string) error {
	return s.withCall(ctx, ref, "ringing", isRingingIn, func(c *call) error {
		if !s.allowed(target) {
			return fmt.Errorf("deflect to %s: %w", target, errDirection)
		}
		if err := c.leg.sip.Redirect(target); err != nil {
			return fmt.Errorf("deflect: %w", err)
		}
		return nil
	})
}

// forwarded is what is written down of a call that goes on to somebody else: by a redirection that this side follows, or by
// one of its own.
func (l *leg) forwarded(f sipua.Forwarded) trace.Forward {
	d := trace.Forward{To: f.To, By: &f.By, Status: f.Status}
	if l.info.Direction == trace.In {
		d.Reason = trace.Deflected
	}
	return d
}
