package locate

import (
	"strings"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

const (
	longest         = 24 * time.Hour // how long an answer is believed at most
	longestNegative = time.Hour      // likewise, that there is none (RFC 2308 section 5 allows three)
	maxAliases      = 8
)

// answer is what a name server said.
type answer struct {
	records []record // of the type asked for, at the end of the aliases
	missing bool     // the name does not exist
	ttl     time.Duration
}

func (a answer) result() ([]record, error) {
	if a.missing {
		return nil, ErrNoName
	}
	return a.records, nil
}

// readAnswer takes the records of a response, or that there are none; everything else is a refusal.
func readAnswer(q question, res response) (answer, error) {
	if res.code != dnsmessage.RCodeSuccess && res.code != dnsmessage.RCodeNameError {
		return answer{}, ErrRefused
	}
	a := answer{ttl: longest}
	name := q.name
	for range maxAliases {
		alias := ""
		for _, r := range res.answers {
			if !strings.EqualFold(r.name, name) {
				continue
			}
			switch r.kind {
			case dnsmessage.TypeCNAME:
				alias = r.alias
			case q.kind:
				a.records = append(a.records, r)
			default:
				continue
			}
			a.ttl = min(a.ttl, r.ttl)
		}
		if len(a.records) > 0 || alias == "" {
			break
		}
		name = alias
	}
	if len(a.records) == 0 { // as long as the SOA says, and not at all without one (RFC 2308 section 5)
		a.missing = res.code == dnsmessage.RCodeNameError
		a.ttl = min(a.ttl, res.denial)
	}
	return a, nil
}

// seconds is a TTL; one with the highest bit is 0 (RFC 2181 section 8).
func seconds(ttl uint32) time.Duration {
	if ttl > 1<<31-1 {
		return 0
	}
	return time.Duration(ttl) * time.Second
}
