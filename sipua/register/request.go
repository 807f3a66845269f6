package register

import (
	"strconv"
	"time"

	"github.com/emiago/sipgo/sip"

	"sidetone/sipua/message"
)

// build makes the next REGISTER that binds our Contact (RFC 3261 section 10.2.1), and removes the one that was bound before if that
// was another. With an expiry of 0 it removes both (section 10.2.2).
func (m *Machine) build(expires time.Duration) *sip.Request {
	req := m.base()
	req.AppendHeader(sip.NewHeader("Contact", m.contactField()))
	if m.contact != "" && m.contact != m.contactURI() {
		req.AppendHeader(sip.NewHeader("Contact", "<"+m.contact+">;expires=0"))
	}
	req.AppendHeader(sip.NewHeader("Expires", strconv.Itoa(int(expires/time.Second))))
	return m.complete(req)
}

// query makes the next REGISTER that binds nothing and asks for what is bound (RFC 3261 section 10.2.3).
func (m *Machine) query() *sip.Request { return m.complete(m.base()) }

// base is how every REGISTER begins (RFC 3261 section 10.2).
func (m *Machine) base() *sip.Request {
	p := m.paths[0]
	req := sip.NewRequest(sip.REGISTER, *m.target.Clone())
	req.AppendHeader(message.Via(p.Flow.Transport, p.Local, m.cfg.Token()))
	if m.cfg.Proxy != nil {
		route := *m.cfg.Proxy.Clone()
		if !route.UriParams.Has("lr") {
			route.UriParams.Add("lr", "")
		}
		req.AppendHeader(&sip.RouteHeader{Address: route})
	}
	m.seq++
	callID, forwards, aor := sip.CallIDHeader(m.cfg.CallID), sip.MaxForwardsHeader(70), *m.cfg.AOR.Clone()
	aor.UriParams, aor.Headers = nil, nil
	name := message.DisplayName(m.cfg.Name)
	req.AppendHeader(&forwards)
	req.AppendHeader(&sip.FromHeader{DisplayName: name, Address: aor, Params: sip.HeaderParams{{K: "tag", V: m.tag}}})
	req.AppendHeader(&sip.ToHeader{DisplayName: name, Address: *aor.Clone()})
	req.AppendHeader(&callID)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: m.seq, MethodName: sip.REGISTER})
	return req
}

// complete adds what every request says, and the credentials.
func (m *Machine) complete(req *sip.Request) *sip.Request {
	req.AppendHeader(sip.NewHeader("Supported", m.supported()))
	req.AppendHeader(message.Allow(m.cfg.Unserved...))
	if m.cfg.UserAgent != "" {
		req.AppendHeader(sip.NewHeader("User-Agent", m.cfg.UserAgent))
	}
	req.SetBody(nil)
	m.digest.Authorize(req)
	return req
}

// contactField is the value of our Contact. With outbound it names the device and the flow (RFC 5626 section 4.2).
func (m *Machine) contactField() string {
	value := "<" + m.contactURI() + ">"
	if m.outbound() {
		value += `;+sip.instance="<` + m.cfg.Instance + `>";reg-id=1`
	}
	return value
}

// contactURI is where requests to the account shall come: at the address that the registrar has seen, if that is another
// than ours (RFC 3581 section 4).
func (m *Machine) contactURI() string {
	at := m.paths[0].Local
	if m.public.IsValid() {
		at = m.public
	}
	c := message.Contact(m.cfg.AOR.User, m.paths[0].Flow.Transport, at)
	if m.cfg.Line != "" {
		c.Address.UriParams.Add("line", m.cfg.Line)
	}
	return c.Address.String()
}

func (m *Machine) outbound() bool { return m.cfg.Instance != "" && !m.plain }

// supported are the extensions of a registration: Path (RFC 3327) and, for the proxies on the way, outbound.
func (m *Machine) supported() string {
	if m.outbound() {
		return "path, outbound"
	}
	return "path"
}
