package locate

import (
	"strings"
	"time"

	"github.com/miekg/dns"
)

const (
	longest         = 24 * time.Hour // how long an answer is believed at most
	longestNegative = time.Hour      // likewise, that there is none (RFC 2308 section 5 allows three)
	maxAliases      = 8
)

// answer is what a name server said.
type answer struct {
	records []dns.RR // of the type asked for, at the end of the aliases
	missing bool     // the name does not exist
	ttl     time.Duration
}

func (a answer) result() ([]dns.RR, error) {
	if a.missing {
		return nil, ErrNoName
	}
	return a.records, nil
}

// answers reads a message and tells whether it answers the query: same ID, same question (RFC 5452 section 9.1).
func answers(query *dns.Msg, packed []byte) (*dns.Msg, bool) {
	res := &dns.Msg{}
	if err := res.Unpack(packed); err != nil || !res.Response || res.Id != query.Id {
		return nil, false
	}
	if len(res.Question) == 0 { // some servers leave it out when they know nothing of EDNS
		return res, res.Rcode == dns.RcodeFormatError || res.Rcode == dns.RcodeNotImplemented
	}
	asked, got := query.Question[0], res.Question[0]
	return res, len(res.Question) == 1 && asked.Qtype == got.Qtype && asked.Qclass == got.Qclass && strings.EqualFold(asked.Name, got.Name)
}

// readAnswer takes the records of a response, or that there are none; everything else is a refusal.
func readAnswer(q question, res *dns.Msg) (answer, error) {
	if res.Rcode != dns.RcodeSuccess && res.Rcode != dns.RcodeNameError {
		return answer{}, ErrRefused
	}
	a := answer{ttl: longest}
	name := q.name
	for range maxAliases {
		alias := ""
		for _, r := range res.Answer {
			h := r.Header()
			if !strings.EqualFold(h.Name, name) || h.Class != dns.ClassINET {
				continue
			}
			if cname, ok := r.(*dns.CNAME); ok && q.kind != dns.TypeCNAME {
				alias = cname.Target
				a.ttl = min(a.ttl, seconds(h.Ttl))
			} else if h.Rrtype == q.kind {
				a.records = append(a.records, r)
				a.ttl = min(a.ttl, seconds(h.Ttl))
			}
		}
		if len(a.records) > 0 || alias == "" {
			break
		}
		name = alias
	}
	if len(a.records) == 0 {
		a.missing = res.Rcode == dns.RcodeNameError
		a.ttl = min(a.ttl, negativeTTL(res))
	}
	return a, nil
}

// negativeTTL is how long it is believed that there is nothing: as the SOA says, and not at all without one (RFC 2308
// section 5).
func negativeTTL(res *dns.Msg) time.Duration {
	for _, r := range res.Ns {
		if soa, ok := r.(*dns.SOA); ok {
			return min(seconds(soa.Hdr.Ttl), seconds(soa.Minttl), longestNegative)
		}
	}
	return 0
}

// seconds is a TTL; one with the highest bit is 0 (RFC 2181 section 8).
func seconds(ttl uint32) time.Duration {
	if ttl > 1<<31-1 {
		return 0
	}
	return time.Duration(ttl) * time.Second
}
