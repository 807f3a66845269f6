package capture

import (
	"net/netip"
	"time"

	"sidetone/sipua/transfer"
	"sidetone/trace"
)

// takeover is that a call took the place of another one: its INVITE with Replaces was accepted (RFC 3891 section 3).
type takeover struct {
	at   time.Time
	host netip.AddrPort // that accepted it
	by   trace.Party    // who called there
}

// replaced notes a takeover at the call whose place was taken.
func (t *tracker) replaced(c *call, h hosts) {
	r, err := transfer.ParseReplaces(c.replaces)
	if err != nil {
		return
	}
	for _, m := range c.messages {
		if m.Method != "INVITE" || m.Status/100 != 2 {
			continue
		}
		taken := takeover{at: m.at, host: h.of(m.src)}
		if from := m.parse().From(); from != nil {
			taken.by = party(from.Address.Addr(), from.DisplayName)
		}
		for _, other := range t.byID[field(r.CallID)] {
			if other.tag == field(r.ToTag) || other.tag == field(r.FromTag) {
				other.taken = &taken
			}
		}
		return
	}
}

// gaveWay tells whether this end hangs up because another call has taken the place of this one.
func (t *teller) gaveWay(m *overheard, sent bool) bool {
	x := t.call.taken
	return x != nil && sent && t.hosts.is(t.host, x.host) && !m.at.Before(x.at)
}
