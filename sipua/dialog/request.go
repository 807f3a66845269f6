package dialog

import "github.com/emiago/sipgo/sip"

// Request makes the next request of this side: Request-URI, Route, From, To, Call-ID, CSeq and Max-Forwards (RFC 3261
// section 12.2.1.1). Via and Contact are the caller's to add.
func (d *Dialog) Request(method sip.RequestMethod) *sip.Request {
	d.localSeq++
	return d.build(method, d.localSeq)
}

// Again makes the same request once more, with the next CSeq (RFC 3261 section 22.2).
func (d *Dialog) Again(req *sip.Request) *sip.Request {
	d.localSeq++
	again := req.Clone()
	again.ReplaceHeader(&sip.CSeqHeader{SeqNo: d.localSeq, MethodName: req.Method})
	return again
}

// Ack makes the ACK for a 2xx to the INVITE that had the sequence number (RFC 3261 section 13.2.2.4).
func (d *Dialog) Ack(inviteSeq uint32) *sip.Request { return d.build(sip.ACK, inviteSeq) }

func (d *Dialog) build(method sip.RequestMethod, seq uint32) *sip.Request {
	uri, routes := d.path()
	req := sip.NewRequest(method, uri)
	for _, r := range routes {
		req.AppendHeader(&sip.RouteHeader{Address: *r.Clone()})
	}
	from := &sip.FromHeader{DisplayName: d.local.name, Address: *d.local.uri.Clone()}
	if d.id.LocalTag != "" {
		from.Params = sip.HeaderParams{{K: "tag", V: d.id.LocalTag}}
	}
	to := &sip.ToHeader{DisplayName: d.remote.name, Address: *d.remote.uri.Clone()}
	if d.id.RemoteTag != "" {
		to.Params = sip.HeaderParams{{K: "tag", V: d.id.RemoteTag}}
	}
	callID := sip.CallIDHeader(d.id.CallID)
	forwards := sip.MaxForwardsHeader(70) // RFC 3261 section 8.1.1.6
	req.AppendHeader(&forwards)
	req.AppendHeader(from)
	req.AppendHeader(to)
	req.AppendHeader(&callID)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: seq, MethodName: method})
	return req
}

// path applies the route set: a first hop without lr is a strict router, which wants itself in the Request-URI and the
// target at the end of the route (RFC 3261 section 12.2.1.1).
func (d *Dialog) path() (uri sip.Uri, routes []sip.Uri) {
	if len(d.routes) == 0 {
		return d.requestURI(), nil
	}
	if d.routes[0].UriParams.Has("lr") {
		return d.requestURI(), d.routes
	}
	first := *d.routes[0].Clone()
	first.Headers = nil // not allowed in a Request-URI (section 19.1.1, table 1)
	first.UriParams.Remove("method")
	return first, append(append([]sip.Uri(nil), d.routes[1:]...), d.target)
}

func (d *Dialog) requestURI() sip.Uri {
	uri := *d.target.Clone()
	uri.Headers = nil
	uri.UriParams.Remove("method")
	return uri
}

// NextHop is where the next request goes (RFC 3261 sections 8.1.2, 12.2.1.1): the first route, else the target.
func (d *Dialog) NextHop() sip.Uri {
	if len(d.routes) > 0 {
		return *d.routes[0].Clone()
	}
	return *d.target.Clone()
}
