package register

import (
	"fmt"
	"time"

	"github.com/emiago/sipgo/sip"
)

// Binding is one address at which an account is reached, as its registrar says (RFC 3261 section 10.3).
type Binding struct {
	URI  string
	Left time.Duration // until it lapses, 0 where the registrar does not say
	Own  bool          // it is ours
}

// ListError is why the bindings of an account are not known.
type ListError struct {
	Code   int // of the response, 0 when there was none
	Reason string
}

func (e *ListError) Error() string {
	if e.Code == 0 {
		return "bindings of the account: " + e.Reason
	}
	return fmt.Sprintf("bindings of the account: the registrar says %d %s", e.Code, e.Reason)
}

// ask takes a question for the bindings. It is asked once a REGISTER that is under way has come to something; who asks
// meanwhile gets the same answer.
func (m *Machine) ask(e List) error {
	if m.state == idle || m.state == over {
		return m.illegal(e)
	}
	waits := m.asked
	m.asked = true
	switch {
	case m.stopping:
		m.answer(nil, errStopping)
	case !waits && (m.state == registered || m.state == waiting):
		m.list()
	}
	return nil
}

// list asks for the bindings, if somebody wants to know: a REGISTER without Contact (RFC 3261 section 10.2.3, RFC 3665 section 2.3).
func (m *Machine) list() {
	switch {
	case !m.asked:
	case len(m.paths) == 0:
		m.answer(nil, errNoWay)
	default:
		m.send(m.query(), true)
	}
}

var (
	errStopping = &ListError{Reason: "the agent stops"}
	errNoWay    = &ListError{Reason: "no way to the registrar is known"}
)

// listed takes the final response to it.
func (m *Machine) listed(res *sip.Response) {
	if res.StatusCode >= 300 {
		m.answer(nil, &ListError{Code: res.StatusCode, Reason: res.Reason})
		return
	}
	general := seconds(res, "Expires")
	var all []Binding
	for _, h := range res.GetHeaders("Contact") {
		c, ok := h.(*sip.ContactHeader)
		if !ok || c.Address.Wildcard {
			continue
		}
		b := Binding{URI: c.Address.String(), Left: general, Own: m.isOurs(c) || m.isThisDevice(c)}
		if v, ok := c.Params.Get("expires"); ok {
			b.Left, _ = readSeconds(v)
		}
		all = append(all, b)
	}
	m.answer(all, nil)
}

// answer answers everybody who has asked.
func (m *Machine) answer(all []Binding, err error) {
	if m.asked {
		m.asked = false
		m.emit(Listed{Bindings: all, Err: err})
	}
}
