package register

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// granted takes a 2xx (RFC 3261 section 10.2.4).
func (m *Machine) granted(res *sip.Response) {
	expires := m.lifetime(res)
	if expires > 0 {
		m.bind(expires, hasToken(res, "Require", "outbound"))
	} else {
		m.unbind()
	}
	switch {
	case m.stopping:
		m.unregister()
	case m.learnAddress(res):
		m.request()
	case expires <= 0:
		m.failed(Status{Code: res.StatusCode, Reason: "the registrar keeps no binding"}, 0)
	default:
		m.settle(res, expires)
	}
}

// settle keeps a fresh binding, and its flow, alive.
func (m *Machine) settle(res *sip.Response, expires time.Duration) {
	m.state, m.failures = registered, 0
	m.emit(Bind{ServiceRoute: serviceRoute(res), Local: m.paths[0].Local, Public: m.public})
	m.tell(Status{
		State: Registered, Code: res.StatusCode, Reason: res.Reason, Expires: expires, Path: values(res, "Path"),
	})
	m.refresh = m.refreshAfter(expires)
	m.start(Again, m.refresh)
	m.learnFlow(res)
	m.list()
}

// learnAddress notes under which address the registrar sees us, and tells whether that must be registered instead (RFC
// 3581 section 4). With outbound the flow counts and not the address; a connection has a port that nobody can connect to. An
// attempt does it once, as some networks change the address with every request.
func (m *Machine) learnAddress(res *sip.Response) bool {
	if m.moved || m.exchange.flow.Reliable() || hasToken(res, "Require", "outbound") {
		return false
	}
	seen, ok := seenAt(res.Via())
	before := m.contactURI()
	if !ok {
		return false
	}
	m.public = netip.AddrPort{}
	if seen != m.paths[0].Local {
		m.public = seen
	}
	if m.contactURI() == before {
		return false
	}
	m.moved = true
	return true
}

// seenAt is the source of a request, as its response says in Via.
func seenAt(via *sip.ViaHeader) (netip.AddrPort, bool) {
	if via == nil {
		return netip.AddrPort{}, false
	}
	host, ok := via.Params.Get("received")
	if !ok {
		host = via.Host
	}
	addr, err := netip.ParseAddr(strings.Trim(host, "[]"))
	rport, _ := via.Params.Get("rport")
	port, err2 := strconv.ParseUint(rport, 10, 16)
	if err != nil || err2 != nil || port == 0 {
		return netip.AddrPort{}, false
	}
	return netip.AddrPortFrom(addr.Unmap(), uint16(port)), true
}

// lifetime is how long the binding lives: what its Contact says, else Expires, else what was asked for (RFC 3261 section
// 10.2.4). Where a registrar has changed our Contact and lists no other, that one is ours.
func (m *Machine) lifetime(res *sip.Response) time.Duration {
	var own, only *sip.ContactHeader
	contacts := res.GetHeaders("Contact")
	for _, h := range contacts {
		c, ok := h.(*sip.ContactHeader)
		if !ok {
			continue
		}
		only = c
		if m.isOurs(c) {
			own = c
			break
		}
	}
	if own == nil && len(contacts) == 1 {
		own = only
	}
	if own != nil {
		if v, ok := own.Params.Get("expires"); ok {
			if granted, sound := readSeconds(v); sound {
				return min(granted, mostExpires)
			}
		}
	}
	if res.GetHeader("Expires") != nil {
		return min(seconds(res, "Expires"), mostExpires)
	}
	return m.expires
}

// isThisDevice tells whether a Contact is that of this device, at whatever address (RFC 5626 section 4.1).
func (m *Machine) isThisDevice(c *sip.ContactHeader) bool {
	instance, ok := c.Params.Get("+sip.instance")
	return ok && m.cfg.Instance != "" && strings.Trim(instance, `"<>`) == m.cfg.Instance
}

// isOurs compares a Contact with ours (RFC 3261 section 19.1.4): user, host and port are enough to know it by.
func (m *Machine) isOurs(c *sip.ContactHeader) bool {
	var own sip.Uri
	if sip.ParseUri(m.contactURI(), &own) != nil {
		return false
	}
	return c.Address.User == own.User && strings.EqualFold(c.Address.Host, own.Host) && portOf(c.Address) == portOf(own)
}

func portOf(u sip.Uri) int {
	if u.Port == 0 {
		return 5060
	}
	return u.Port
}

// serviceRoute reads where requests outside of dialogs are to go (RFC 3608 section 6.1). What cannot be read voids it.
func serviceRoute(res *sip.Response) []sip.Uri {
	var routes []sip.Uri
	for _, v := range values(res, "Service-Route") {
		start, end := strings.IndexByte(v, '<'), strings.LastIndexByte(v, '>')
		var uri sip.Uri
		if start < 0 || end < start || sip.ParseUri(v[start+1:end], &uri) != nil || uri.Host == "" {
			return nil
		}
		routes = append(routes, uri)
	}
	return routes
}

// values are the values of a field whose lists are separated by commas.
func values(res *sip.Response, name string) []string {
	var all []string
	for _, h := range res.GetHeaders(name) {
		depth, start, v := 0, 0, h.Value()
		for i := range len(v) {
			switch {
			case v[i] == '<':
				depth++
			case v[i] == '>':
				depth--
			case v[i] == ',' && depth == 0:
				all = append(all, strings.TrimSpace(v[start:i]))
				start = i + 1
			}
		}
		if last := strings.TrimSpace(v[start:]); last != "" {
			all = append(all, last)
		}
	}
	return all
}

func hasToken(res *sip.Response, name, token string) bool {
	for _, v := range values(res, name) {
		if strings.EqualFold(v, token) {
			return true
		}
	}
	return false
}
