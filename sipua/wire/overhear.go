package wire

import (
	"net/netip"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// Overheard is a message between others, as whoever reads a capture has it.
type Overheard struct {
	sip.Message
	Method string         // of the request, for responses too; as CSeq has it
	Status int            // 0 for a request
	Reason string         // phrase of a response
	Target string         // address of record in the Request-URI, "" for a response
	Vias   int            // hops that the request has made so far
	SentBy netip.AddrPort // of the top Via, the zero one where it names a host
}

// Overhear reads a message that was for somebody else. What an Endpoint would answer with a fault is still a message here,
// and a response keeps the Vias of all its hops. It fails for what has no Call-ID, CSeq or Via.
func Overhear(raw []byte) (o Overheard, err error) {
	defer func() {
		if recover() != nil {
			err = refuse(RefusedParser, "parser panic")
		}
	}()
	r := plain()
	if err := r.precheck(raw); err != nil {
		return o, err
	}
	if o.Message, _, err = r.parse(raw); err != nil {
		return o, err
	}
	o.Message = spread(o.Message)
	seq, via := o.CSeq(), o.Via()
	if o.CallID() == nil || seq == nil || via == nil {
		return o, refuse(RefusedMalformed, "no Call-ID, CSeq or Via")
	}
	o.Method, o.Vias = string(seq.MethodName), countVia(o.Message)
	switch m := o.Message.(type) {
	case *sip.Request:
		o.Target = m.Recipient.Addr()
	case *sip.Response:
		o.Status, o.Reason = m.StatusCode, m.Reason
	}
	if host, err := netip.ParseAddr(strings.Trim(via.Host, "[]")); err == nil {
		o.SentBy = netip.AddrPortFrom(host.Unmap().WithZone(""), sentByPort(via))
	}
	return o, nil
}

// Cutter cuts one direction of a TCP connection into messages by their Content-Length (RFC 3261 section 18.3). Its zero
// value is ready.
type Cutter struct{ framer framer }

// Write takes the next bytes of the stream.
func (c *Cutter) Write(p []byte) { c.framer.write(p) }

// Next takes a message off the stream; nil when more must be read. After an error, or a message without a length that can
// be trusted, of which it gives the header, the place in the stream is lost: the next Write begins anew.
func (c *Cutter) Next() ([]byte, error) {
	c.framer.limits = plain().limits
	for {
		f, ok, err := c.framer.next()
		switch {
		case err != nil:
			c.framer.buf = nil
			return nil, err
		case !ok || f.raw != nil:
			return f.raw, nil
		}
	}
}

// Begun tells whether a message has begun that is not complete.
func (c *Cutter) Begun() bool { return c.framer.begun() }

// Reset forgets what was not complete.
func (c *Cutter) Reset() { c.framer.buf = nil }
