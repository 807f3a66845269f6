package capture

import (
	"net/netip"
)

// hosts tells the ends of a call apart. A host is an address; where one address is several ends, as on the loopback interface, it is
// an address with the port that its requests say they come from.
type hosts struct {
	shared map[netip.Addr]bool
	alias  map[netip.AddrPort]netip.AddrPort // port that a connection was opened from, to the one that is listened at
}

func newHosts(c *call) hosts {
	h := hosts{map[netip.Addr]bool{}, map[netip.AddrPort]netip.AddrPort{}}
	for _, m := range c.messages {
		if m.src.Addr() == m.dst.Addr() {
			h.shared[m.src.Addr()] = true
		}
	}
	for _, m := range c.messages {
		if m.IsRequest() && m.sentBy.Addr() == m.src.Addr() && m.sentBy != m.src {
			h.alias[m.src] = m.sentBy
		}
	}
	return h
}

func (h hosts) of(a netip.AddrPort) netip.AddrPort {
	if !h.shared[a.Addr()] {
		return netip.AddrPortFrom(a.Addr(), 0)
	}
	if listening, ok := h.alias[a]; ok {
		return listening
	}
	return a
}

// is tells whether a host is one that a user has named, with or without its port.
func (h hosts) is(host, named netip.AddrPort) bool {
	if listening, ok := h.alias[named]; ok {
		named = listening
	}
	return host.Addr() == named.Addr() && (host.Port() == 0 || named.Port() == 0 || host.Port() == named.Port())
}

// end is one end of a call: the host that it is told from.
type end struct {
	call   *call
	host   netip.AddrPort
	hosts  hosts
	caller bool
}

// path follows the INVITE of a call from host to host. Of the branches of a fork it takes the one that was answered, else the one
// that said most.
func (c *call) path(h hosts) []netip.AddrPort {
	said := map[netip.AddrPort]int{}
	next := map[netip.AddrPort][]netip.AddrPort{}
	var path []netip.AddrPort
	for _, m := range c.messages {
		from, to := h.of(m.src), h.of(m.dst)
		switch {
		case opening(m):
			if path == nil {
				path = []netip.AddrPort{from}
			}
			next[from] = append(next[from], to)
		case m.Method == "INVITE" && m.Status > 100 && m.Status < 300:
			said[from] = max(said[from], m.Status)
		}
	}
	if path == nil {
		return nil
	}
	seen := map[netip.AddrPort]bool{path[0]: true}
	for {
		best, found := netip.AddrPort{}, false
		for _, to := range next[path[len(path)-1]] {
			if !seen[to] && (!found || said[to] > said[best]) {
				best, found = to, true
			}
		}
		if !found {
			return path
		}
		seen[best] = true
		path = append(path, best)
	}
}

// leg is a call with the way of its INVITE.
type leg struct {
	*call
	hosts hosts
	path  []netip.AddrPort
	next  *leg // behind a back-to-back user agent
	taken bool // it is the next of another one
}

// join finds the legs that a back-to-back user agent has made of one call: the second starts where the first has come to, while
// that is up, with the same Session-ID (RFC 7989 section 6), or with the same Call-ID.
func join(legs []*leg) {
	first := map[string][]*leg{}
	for _, l := range legs {
		keys := []string{"c" + l.id}
		if l.session != "" {
			keys = append(keys, "s"+l.session)
		}
	search:
		for _, key := range keys {
			for _, before := range first[key] {
				if before.next == nil && !before.ends(l) && before.leadsTo(l.path[0]) && !before.refers(l) {
					before.next, l.taken = l, true
					break search
				}
			}
		}
		for _, key := range keys {
			if len(first[key]) < maxLegs {
				first[key] = append(first[key], l)
			}
		}
	}
}

// maxLegs bounds the legs that one key is looked for among.
const maxLegs = 64

// ends tells whether a call had ended before another began.
func (l *leg) ends(before *leg) bool {
	return l.messages[len(l.messages)-1].at.Before(before.messages[0].at) && l.over
}

// leadsTo tells whether the INVITE has come to a host. Its address is enough: both sides of such a server have the same one.
func (l *leg) leadsTo(host netip.AddrPort) bool {
	for _, h := range l.path[1:] {
		if h.Addr() == host.Addr() {
			return true
		}
	}
	return false
}

// refers tells whether the host that another call starts at was asked for it: that is a transfer, and the call one of its own (RFC 3515).
func (l *leg) refers(next *leg) bool {
	for _, m := range l.messages {
		if m.Method == "REFER" && m.IsRequest() && l.hosts.of(m.dst) == next.path[0] && m.at.Before(next.messages[0].at) {
			return true
		}
	}
	return false
}

// branch finds a host that a user has named at the end of a branch of a fork: the INVITE came there, and went no further.
func (l *leg) branch(named netip.AddrPort) (host netip.AddrPort, found bool) {
	for _, m := range l.messages {
		if !opening(m) {
			continue
		}
		if found && l.hosts.of(m.src) == host {
			return host, false
		}
		if to := l.hosts.of(m.dst); l.hosts.is(to, named) {
			host, found = to, true
		}
	}
	return host, found
}

// ends are those that a call is told from.
func (t *tracker) ends(l *leg) []end {
	first := end{l.call, l.path[0], l.hosts, true}
	hops := 0
	last := l
	for i := 0; ; i++ {
		hops += len(last.path) - 1
		if last.next == nil || i == maxLegs {
			break
		}
		last = last.next
	}
	final := end{last.call, last.path[len(last.path)-1], last.hosts, false}
	if at := t.options.At; at.IsValid() {
		switch {
		case l.hosts.is(first.host, at):
			return []end{first}
		case last.hosts.is(final.host, at) && len(last.path) > 1:
			return []end{final}
		}
		host, found := last.branch(at)
		if !found {
			return nil
		}
		final.host = host
		return []end{final}
	}
	if hops < 2 {
		return []end{first}
	}
	return []end{first, final}
}
