package sipua

import (
	"github.com/emiago/sipgo/sip"

	"sidetone/sipua/dialog"
	"sidetone/sipua/message"
	"sidetone/sipua/transfer"
	"sidetone/trace"
)

// standing is what other calls may know of a call: the dialog that an INVITE could take the place of. It does not change.
type standing struct {
	id     dialog.ID
	target sip.Uri // of the peer
	state  dialog.State
}

// publish lets other calls know where this one stands.
func (c *Call) publish() {
	now := standing{}
	now.id, now.target, now.state = c.session.Dialog()
	if c.ended {
		now.state = dialog.Terminated
	}
	before := c.standing.Load()
	if before == nil || before.id != now.id || before.state != now.state || before.target.String() != now.target.String() {
		c.standing.Store(&now)
	}
}

// place of a call among those of the agent: Call-ID and own tag.
type dialogKey struct{ callID, localTag string }

// remember makes a call known to requests that name its dialog.
func (ua *UserAgent) remember(c *Call) {
	c.key = dialogKey{callID: c.info.SIPCallID, localTag: c.session.LocalTag()}
	ua.mu.Lock()
	defer ua.mu.Unlock()
	ua.dialogs[c.key] = c
}

// freesLocked tells whether a call will end another one, and is the only one to do so.
func (ua *UserAgent) freesLocked(c *Call) bool {
	if _, live := ua.calls[c.info.Replaces]; !live {
		return false
	}
	for other := range ua.calls {
		if other.info.Replaces == c.info.Replaces {
			return false
		}
	}
	return true
}

// replaced finds the call whose place an INVITE wants to take, nil when it wants none, or the status that refuses it (RFC
// 3891 section 3). Whoever knows both tags of a call has them from its other side: that is taken for the right to do so.
func (ua *UserAgent) replaced(req *sip.Request) (*Call, int) {
	fields := req.GetHeaders("Replaces")
	if len(fields) == 0 || len(message.Unsupported(req, ua.ability().Without()...)) > 0 { // that is refused later, with 420
		return nil, 0
	}
	if len(fields) > 1 {
		return nil, 400
	}
	r, err := transfer.ParseReplaces(fields[0].Value())
	if err != nil {
		return nil, 400
	}
	ua.mu.Lock()
	c := ua.dialogs[dialogKey{callID: r.CallID, localTag: r.ToTag}]
	ua.mu.Unlock()
	if c == nil {
		return nil, 481
	}
	s := c.standing.Load()
	switch {
	case s == nil || s.id.RemoteTag != r.FromTag:
		return nil, 481
	case s.state == dialog.Terminated:
		return nil, 603
	case ua.opts.Referral == nil:
		return nil, 603 // no transfer is wanted here
	case s.state == dialog.Confirmed && r.EarlyOnly:
		return nil, 486
	case s.state == dialog.Early && c.info.Direction != trace.Out:
		return nil, 481
	}
	return c, 0
}
