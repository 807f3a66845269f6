package story

import (
	"slices"
	"time"

	"sidetone/trace"
)

// exchange is a request and what came of it, as one device saw it. Indexes are into record.all; -1 is none.
type exchange struct {
	view       int
	sent       bool // by this device
	message    trace.SIP
	request    int   // the first transmission
	again      []int // retransmissions of the request
	reply      int   // first response of any kind
	final      int   // first final response
	status     int   // of it; 0 when none came
	finalAgain []int // retransmissions of the final response
	answer     trace.MediaDirection
	ack        int // for an INVITE
}

// midCall tells an exchange that may change the session from the one that began it.
func (x *exchange) midCall() bool {
	return x.message.InDialog() && (x.message.Method == "INVITE" || x.message.Method == "UPDATE")
}

// title is the method as people read it in a ladder.
func (x *exchange) title() string {
	if x.midCall() && x.message.Method == "INVITE" {
		return "re-INVITE"
	}
	return x.message.Method
}

// exchangeKey finds the exchange of a message. The ACK for a 2xx has a branch of its own, so CSeq decides for INVITE.
type exchangeKey struct {
	view           int
	sent           bool
	method, branch string
	cseq           uint32
}

func keyOf(view int, sent bool, m trace.SIP) exchangeKey {
	k := exchangeKey{view: view, sent: sent, method: m.Method, cseq: m.CSeq}
	switch m.Method {
	case "ACK":
		k.method = "INVITE"
	case "INVITE":
	default:
		k.branch = m.Branch
	}
	return k
}

func (r *record) readExchanges() {
	known := map[exchangeKey]*exchange{}
	for i, l := range r.all {
		m, ok := l.Event.Data.(trace.SIP)
		if !ok {
			continue
		}
		sent := (l.Event.Kind == trace.SIPSent) == m.IsRequest() // the request was
		k := keyOf(l.View, sent, m)
		x := known[k]
		if x == nil && m.IsRequest() && m.Method != "ACK" {
			x = &exchange{view: l.View, sent: sent, message: m, request: i, reply: -1, final: -1, ack: -1}
			known[k] = x
			r.exchanges = append(r.exchanges, x)
			continue
		}
		if x != nil {
			x.add(i, m)
		}
	}
}

func (x *exchange) add(i int, m trace.SIP) {
	if !m.IsRequest() && x.reply < 0 {
		x.reply = i
	}
	switch {
	case m.Method == "ACK" && m.IsRequest():
		if x.ack < 0 {
			x.ack = i
		}
	case m.IsRequest():
		x.again = append(x.again, i)
	case m.Status < 200:
	case x.final < 0:
		x.final, x.status, x.answer = i, m.Status, m.SDP
	case m.Status == x.status:
		x.finalAgain = append(x.finalAgain, i)
	}
}

// response is the first response with a status to a request, -1 when there is none.
func (r *record) response(x *exchange, status int) int {
	if x == nil {
		return -1
	}
	of := keyOf(x.view, x.sent, x.message)
	return slices.IndexFunc(r.all, func(l trace.Located) bool {
		m, ok := l.Event.Data.(trace.SIP)
		return ok && m.Status == status && l.View == x.view && keyOf(x.view, l.Event.Kind == trace.SIPReceived, m) == of
	})
}

// sound is where the stream of a view began, -1 when it did not.
func (r *record) sound(view int) int {
	return slices.IndexFunc(r.all, func(l trace.Located) bool { return l.View == view && l.Event.Kind == trace.MediaStarted })
}

// took is the time from the request to its final response.
func (r *record) tookOf(x *exchange) (time.Duration, bool) {
	if x == nil || x.final < 0 {
		return 0, false
	}
	return r.all[x.final].At.Sub(r.all[x.request].At), true
}

// refs lists the messages of an exchange.
func (x *exchange) indexes() []int {
	if x == nil {
		return nil
	}
	return []int{x.request, x.final, x.ack}
}

// opening is the INVITE that began the call in the first view: the last one before a dialog, as a challenge is answered
// with another. Nil when there is none.
func (r *record) opening() *exchange {
	var found *exchange
	for _, x := range r.exchanges {
		if x.view == 0 && x.message.Method == "INVITE" && !x.message.InDialog() && x.sent == r.outgoing[0] {
			found = x
		}
	}
	return found
}
