package capture

import (
	"sidetone/sipua/transfer"
	"sidetone/trace"
)

// replaced notes at the call whose place another one takes (RFC 3891 section 3) what accepted that.
func (t *tracker) replaced(c *call) {
	r, err := transfer.ParseReplaces(c.replaces)
	for _, m := range c.messages {
		if err != nil || m.Method != "INVITE" || m.Status/100 != 2 {
			continue
		}
		for _, other := range t.byID[r.CallID] {
			if other.tag == r.ToTag || other.tag == r.FromTag {
				other.taken = m
			}
		}
		return
	}
}

// gaveWay tells whether this end hangs up because it has let another call take the place of this one.
func (t *teller) gaveWay(m *overheard, sent bool) bool {
	x := t.call.taken
	return x != nil && sent && t.hosts.of(x.src) == t.host && !m.at.Before(x.at)
}

// taker is who called in the place of this call.
func (t *teller) taker() (by trace.Party) {
	if from := t.call.taken.parse().From(); from != nil {
		by = party(from.Address.Addr(), from.DisplayName)
	}
	return by
}
