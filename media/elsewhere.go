package media

import (
	"net/netip"
	"slices"
	"time"
)

// elsewhere notices RTP of other early dialogs than the one that is heard, by the addresses that they described. It is pure:
// times are arguments, the receiver's owner locks.
type elsewhere struct {
	alive time.Time // last packet of the dialog that is heard; zero: none yet

	from netip.AddrPort // of another dialog, the address that it described
	at   time.Time      // when its last packet came
	told bool           // since the last change of Params
	due  bool           // to be told
}

// takes tells whether a packet belongs to another dialog, and notes it. An address that none has described belongs to the
// dialog that described its host, where that is one and no more: it may send from behind a NAT.
func (e *elsewhere) takes(p *Params, from netip.AddrPort, now time.Time) bool {
	if len(p.Others)+len(p.Barred) == 0 || from == p.Remote {
		return false
	}
	described := from
	other := slices.Contains(p.Others, from)
	if !other && !slices.Contains(p.Barred, from) {
		described = p.onlyOn(from.Addr())
		if !described.IsValid() || described == p.Remote {
			return false
		}
		other = slices.Contains(p.Others, described)
	}
	if other {
		e.notice(described, now)
	}
	return true
}

func (e *elsewhere) notice(from netip.AddrPort, now time.Time) {
	e.from, e.at = from, now
	if !e.told && now.Sub(e.alive) >= sourceTimeout {
		e.told, e.due = true, true
	}
}

// update takes on new parameters: whoever is heard now and was noticed a moment ago is alive.
func (e *elsewhere) update(old, p *Params) {
	e.told, e.due = false, false
	if p.Remote == old.Remote {
		return
	}
	e.alive = time.Time{}
	if p.Remote == e.from {
		e.alive = e.at
	}
}

// onlyOn is the address that was described on a host, where it is the only one; else it is invalid.
func (p *Params) onlyOn(host netip.Addr) netip.AddrPort {
	var found netip.AddrPort
	for _, all := range [...][]netip.AddrPort{{p.Remote}, p.Others, p.Barred} {
		for _, a := range all {
			if a.Addr() == host && a != found {
				if found.IsValid() {
					return netip.AddrPort{}
				}
				found = a
			}
		}
	}
	return found
}
