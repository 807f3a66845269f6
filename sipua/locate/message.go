package locate

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"net/netip"
	"strings"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// typeNAPTR is assigned by RFC 3403 section 4; the message package does not name it.
const typeNAPTR dnsmessage.Type = 35

// badVersion is the answer of a server that knows another EDNS (RFC 6891 section 9).
const badVersion dnsmessage.RCode = 16

// query is a question on its way to a name server.
type query struct {
	question
	id   uint16
	edns bool
}

// response is what came back for a query.
type response struct {
	code      dnsmessage.RCode
	truncated bool
	answers   []record
	denial    time.Duration // how long it may be believed that there is nothing (RFC 2308 section 5)
}

// knowsNoEDNS tells whether the server could not read the query for its EDNS (RFC 6891 section 7).
func (r response) knowsNoEDNS() bool {
	return r.code == dnsmessage.RCodeFormatError || r.code == dnsmessage.RCodeNotImplemented || r.code == badVersion
}

// record is one record of an answer, of the types that are asked for here.
type record struct {
	name  string
	kind  dnsmessage.Type
	ttl   time.Duration
	alias string     // of a CNAME
	addr  netip.Addr // of an A or AAAA
	srv   SRV
	naptr NAPTR
}

// newID draws the number that the answer must repeat (RFC 5452 section 9.1).
func newID() uint16 {
	var b [2]byte
	_, _ = rand.Read(b[:]) // never fails
	return binary.BigEndian.Uint16(b[:])
}

// pack writes the query.
func (q query) pack() ([]byte, error) {
	name, err := dnsmessage.NewName(q.name)
	if err != nil {
		return nil, err
	}
	b := dnsmessage.NewBuilder(make([]byte, 0, 512), dnsmessage.Header{ID: q.id, RecursionDesired: true})
	if err := b.StartQuestions(); err != nil {
		return nil, err
	}
	if err := b.Question(dnsmessage.Question{Name: name, Type: q.kind, Class: dnsmessage.ClassINET}); err != nil {
		return nil, err
	}
	if q.edns {
		if err := b.StartAdditionals(); err != nil {
			return nil, err
		}
		var h dnsmessage.ResourceHeader
		if err := h.SetEDNS0(payload, dnsmessage.RCodeSuccess, false); err != nil {
			return nil, err
		}
		if err := b.OPTResource(h, dnsmessage.OPTResource{}); err != nil {
			return nil, err
		}
	}
	return b.Finish()
}

// answeredBy reads a message and tells whether it answers the query: same ID, same question (RFC 5452 section 9.1).
func (q query) answeredBy(packed []byte) (response, bool) {
	var p dnsmessage.Parser
	header, err := p.Start(packed)
	if err != nil || !header.Response || header.ID != q.id {
		return response{}, false
	}
	res := response{code: header.RCode, truncated: header.Truncated}
	asked, err := p.AllQuestions()
	if err != nil {
		return response{}, false
	}
	if len(asked) == 0 { // some servers leave it out when they know nothing of EDNS
		return res, res.knowsNoEDNS()
	}
	got := asked[0]
	if len(asked) != 1 || got.Type != q.kind || got.Class != dnsmessage.ClassINET || !strings.EqualFold(got.Name.String(), q.name) {
		return response{}, false
	}
	if res.truncated { // the rest is asked for again, over TCP
		return res, true
	}
	return res, res.read(&p) == nil
}

// read takes the records that matter.
func (r *response) read(p *dnsmessage.Parser) error {
	for {
		h, err := p.AnswerHeader()
		if errors.Is(err, dnsmessage.ErrSectionDone) {
			break
		} else if err != nil {
			return err
		}
		rec := record{name: h.Name.String(), kind: h.Type, ttl: seconds(h.TTL)}
		if known, err := rec.read(p); err != nil {
			return err
		} else if known && h.Class == dnsmessage.ClassINET {
			r.answers = append(r.answers, rec)
		}
	}
	if err := r.readDenial(p); err != nil {
		return err
	}
	return r.readExtension(p)
}

// readDenial looks for the SOA, which says how long it holds that there is nothing.
func (r *response) readDenial(p *dnsmessage.Parser) error {
	for {
		h, err := p.AuthorityHeader()
		if errors.Is(err, dnsmessage.ErrSectionDone) {
			return nil
		} else if err != nil {
			return err
		}
		if h.Type != dnsmessage.TypeSOA {
			if err := p.SkipAuthority(); err != nil {
				return err
			}
			continue
		}
		soa, err := p.SOAResource()
		if err != nil {
			return err
		}
		if r.denial == 0 {
			r.denial = min(seconds(h.TTL), seconds(soa.MinTTL), longestNegative)
		}
	}
}

// readExtension adds the upper bits of the response code (RFC 6891 section 6.1.3).
func (r *response) readExtension(p *dnsmessage.Parser) error {
	for {
		h, err := p.AdditionalHeader()
		if errors.Is(err, dnsmessage.ErrSectionDone) {
			return nil
		} else if err != nil {
			return err
		}
		if h.Type == dnsmessage.TypeOPT {
			r.code = h.ExtendedRCode(r.code)
		}
		if err := p.SkipAdditional(); err != nil {
			return err
		}
	}
}

// read reads the value behind a header; known is false for a type that nobody asked for.
func (r *record) read(p *dnsmessage.Parser) (known bool, err error) {
	switch r.kind {
	case dnsmessage.TypeA:
		a, err := p.AResource()
		r.addr = netip.AddrFrom4(a.A)
		return true, err
	case dnsmessage.TypeAAAA:
		a, err := p.AAAAResource()
		r.addr = netip.AddrFrom16(a.AAAA).Unmap()
		return true, err
	case dnsmessage.TypeCNAME:
		c, err := p.CNAMEResource()
		r.alias = c.CNAME.String()
		return true, err
	case dnsmessage.TypeSRV:
		s, err := p.SRVResource()
		r.srv = SRV{Priority: s.Priority, Weight: s.Weight, Port: s.Port, Target: host(s.Target.String())}
		return true, err
	case typeNAPTR:
		u, err := p.UnknownResource()
		if err != nil {
			return true, err
		}
		r.naptr, known = readNAPTR(u.Data)
		return known, nil
	default:
		return false, p.SkipAnswer()
	}
}
