package register

import (
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"sidetone/sipua/message"
	"sidetone/sipua/transaction"
	"sidetone/sipua/wire"
)

// answered takes a response to a REGISTER (RFC 3261 sections 10.2.4, 10.2.8, 22.2).
func (m *Machine) answered(x *exchange, res *sip.Response) {
	switch code := res.StatusCode; {
	case code < 200:
	case (code == sip.StatusUnauthorized || code == sip.StatusProxyAuthRequired) && m.digest.Challenged(x.machine.Request(), res):
		m.repeat(x)
	case x.list:
		m.listed(res)
	case m.state == unregistering:
		m.end(Status{Code: code, Reason: res.Reason})
	case code < 300:
		m.granted(res)
	case m.stopping:
		m.end(Status{Code: code, Reason: res.Reason})
	default:
		m.refused(res)
	}
}

// repeat sends a REGISTER again, with what its response asked for.
func (m *Machine) repeat(x *exchange) {
	switch {
	case x.list:
		m.list()
	case m.state == unregistering:
		m.unregister()
	default:
		m.request()
	}
}

// refused takes a final response above 2xx. What can be mended is, once; everything else is tried again after a while.
func (m *Machine) refused(res *sip.Response) {
	switch code := res.StatusCode; {
	case code < 400:
		if to, ok := redirection(res); ok && !m.redirected {
			m.redirected, m.paths = true, nil
			m.abandon()
			m.aim(to)
			m.locate()
			return
		}
	case code == 423: // RFC 3261 section 10.2.8
		if least := seconds(res, "Min-Expires"); least > m.expires && least <= mostExpires {
			m.expires = least
			m.request()
			return
		}
	case code == 439 && m.outbound(): // RFC 5626 section 11.6: a proxy on the way does not have outbound
		m.plain = true
		m.request()
		return
	case code == 503: // RFC 3263 section 4.3
		m.avoid(res)
		if m.failOver() {
			return
		}
	}
	m.failed(Status{Code: res.StatusCode, Reason: res.Reason}, message.RetryAfter(res))
}

// redirection is where a 3xx leads (RFC 3261 section 8.1.3.4).
func redirection(res *sip.Response) (sip.Uri, bool) {
	for _, h := range res.GetHeaders("Contact") {
		if c, ok := h.(*sip.ContactHeader); ok && !c.Address.Wildcard && c.Address.Host != "" {
			return c.Address, true
		}
	}
	return sip.Uri{}, false
}

// mostExpires bounds what a registrar can make us ask for.
const mostExpires = 7 * 24 * time.Hour

// seconds reads a field that holds a number of seconds, 0 where there is none. A comment or parameters may follow.
func seconds(res *sip.Response, name string) time.Duration {
	h := res.GetHeader(name)
	if h == nil {
		return 0
	}
	n, _ := readSeconds(h.Value())
	return n
}

func readSeconds(value string) (time.Duration, bool) {
	if i := strings.IndexAny(value, ";("); i >= 0 {
		value = value[:i]
	}
	n, err := strconv.ParseUint(strings.TrimSpace(value), 10, 31)
	return time.Duration(n) * time.Second, err == nil
}

// unanswered is a REGISTER without a final response: timer F, or the transport (RFC 3261 section 10.2.7).
func (m *Machine) unanswered(x *exchange, cause transaction.Cause) {
	reason := "no response"
	if cause == transaction.Transport {
		reason = x.failure
	}
	m.exchange = nil
	m.avoid(nil)
	flow := m.flow
	if cause == transaction.Timeout && x.flow.Reliable() {
		m.drop(x.flow)
	}
	switch {
	case x.list:
		m.answer(nil, &ListError{Reason: reason})
		if m.state == registered && m.flow != flow {
			m.renew()
		}
	case m.stopping:
		m.end(Status{Reason: reason})
	case !m.failOver():
		m.failed(Status{Reason: reason}, 0)
	}
}

// drop gives up a connection that swallows requests (RFC 5626 section 4.5).
func (m *Machine) drop(f wire.Flow) {
	if f == m.flow {
		m.flow = wire.Flow{}
	}
	m.emit(Drop{Flow: f})
}

const (
	// avoidFor is how long a path that failed is tried last. RFC 3263 leaves it open.
	avoidFor = time.Minute
	// avoidAtMost bounds what a Retry-After can ask for.
	avoidAtMost = time.Hour
)

// avoid tells that the path in use gave no answer, or a 503 (RFC 3261 section 21.5.4: not before its Retry-After).
func (m *Machine) avoid(res *sip.Response) {
	after := avoidFor
	if res != nil {
		if asked := message.RetryAfter(res); asked > 0 {
			after = min(asked, avoidAtMost)
		}
	}
	m.emit(Avoid{Flow: m.paths[0].Flow, For: after})
}
