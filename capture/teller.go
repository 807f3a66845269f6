package capture

import (
	"net/netip"
	"time"

	"sidetone/sipua/message"
	"sidetone/sipua/offer"
	"sidetone/sipua/wire"
	"sidetone/trace"
)

// stage is how far a call has come.
type stage uint8

const (
	inviting stage = iota
	up
	over
)

// teller tells one call from one of its ends, as the agent there would have. It is told one message after the other.
type teller struct {
	call   *call
	host   netip.AddrPort
	hosts  hosts
	caller bool
	origin time.Time // that monotonic times count from
	end    time.Time // of the capture
	callID string    // in the events

	events []trace.Event
	mono   time.Duration // of the last event
	seen   map[sighting]int
	asked  map[string]*request // by branch and method
	line   trace.Timeline

	stage    stage
	from, to trace.Party
	target   string // of the last INVITE that began the call
	tag      string // of the called side, once it has answered
	last     int    // last response, as call.ended has it
	seq      uint32 // CSeq of the last INVITE that began the call
	invited  time.Time
	alerted  alert
	refusal  *final    // that will have ended the call, if no other INVITE follows
	given    *ending   // the CANCEL, or the BYE before the answer, that waits for the end of the INVITE
	unacked  time.Time // of our 2xx, until its ACK
	ended    *ending
	transfer *transferring

	sound    sound
	standing standing
}

// sighting is what makes two messages the same message.
type sighting struct {
	sent                  bool
	branch, method, toTag string
	status                int
}

// request is one that waits for its final response.
type request struct {
	_ [0]func() // not to be compared, so no code is made for it
	*overheard
	sent  bool
	offer bool // it brought an offer
	done  bool
}

// final is a final response with the side that it came from.
type final struct {
	_ [0]func() // not to be compared, so no code is made for it
	*overheard
	sent bool
}

// alert is what was last said of the call before its answer.
type alert struct {
	status int
	early  bool
	audio  offer.Audio
}

// ending is what ended a call.
type ending struct {
	_         [0]func() // not to be compared, so no code is made for it
	side      trace.Side
	status    int
	cause     message.Cause
	reason    string
	at        time.Time
	cancelled bool
}

func newTeller(t *tracker, e end) *teller {
	return &teller{
		call: e.call, host: e.host, hosts: e.hosts, caller: e.caller, origin: t.begin, end: t.end,
		seen: map[sighting]int{}, asked: map[string]*request{},
	}
}

// run tells the call.
func (t *teller) run() {
	for _, m := range t.call.messages {
		sent := t.hosts.of(m.src) == t.host
		if sent || t.hosts.of(m.dst) == t.host {
			t.message(m, sent)
		}
	}
	t.finish()
}

// record writes an event.
func (t *teller) record(at time.Time, kind trace.Kind, data trace.Payload) {
	t.mono = max(t.mono, at.Sub(t.origin))
	e := trace.Event{At: at, Mono: t.mono, Clock: trace.ClockSynced, Call: t.callID, Leg: 1, Kind: kind, Data: data}
	t.events = append(t.events, trace.Redact(e, trace.CaptureFull, trace.Mask{Digits: true}))
}

// message tells one message and what it means. Of a retransmission it tells only that it came.
func (t *teller) message(m *overheard, sent bool) {
	if t.events == nil {
		if !opening(m) {
			return // it says nothing without what went before
		}
		t.initiated(m)
	}
	kind, s := trace.SIPReceived, m.SIP
	s.Local, s.Remote = m.dst.String(), m.src.String()
	if sent {
		kind, s.Local, s.Remote = trace.SIPSent, s.Remote, s.Local
	}
	key := sighting{sent, m.Branch, m.Method, m.ToTag, m.Status}
	s.Retransmission = t.seen[key]
	t.seen[key]++
	if s.Retransmission == 0 && opening(m) {
		t.again(m, sent)
	}
	t.record(m.at, kind, s)
	if s.Retransmission > 0 || t.stage == over && m.Method != "ACK" {
		return
	}
	if m.IsRequest() {
		t.request(m, sent)
	} else {
		t.response(m, sent)
	}
}

// initiated tells that the call begins.
func (t *teller) initiated(m *overheard) {
	o := m.parse()
	if from := o.From(); from != nil {
		t.from = party(from.Address.Addr(), from.DisplayName)
	}
	t.to.URI = field(m.target)
	if to := o.To(); to != nil {
		t.to = party(to.Address.Addr(), to.DisplayName)
	}
	d := trace.Initiated{Direction: trace.Out, From: t.from, To: t.to, SIPCallID: t.call.id, SessionID: t.call.session}
	if !t.caller {
		d.Direction, d.Diverted = trace.In, message.ReadDiversions(o.Message)
	}
	t.line.Begin(m.at.Sub(t.origin))
	t.invited = m.at
	t.record(m.at, trace.CallInitiated, d)
}

// again takes an INVITE that begins the call: the first, or another after a challenge or a redirection (RFC 3261 sections 8.1.3.4,
// 22.2). What had refused it was not the end.
func (t *teller) again(m *overheard, sent bool) {
	challenged := t.refusal != nil && (t.refusal.Status == 401 || t.refusal.Status == 407)
	if sent && t.target != "" && m.target != t.target && !challenged {
		by, status := t.to, 0
		if t.target != t.to.URI {
			by = trace.Party{URI: t.target}
		}
		if t.refusal != nil {
			status = t.refusal.Status
		}
		t.record(m.at, trace.FlowForward, trace.Forward{To: trace.Party{URI: field(m.target)}, By: &by, Status: status})
	}
	t.refusal, t.target = nil, field(m.target)
	t.seq = m.CSeq
}

// request takes one in its turn.
func (t *teller) request(m *overheard, sent bool) {
	if m.Method == "ACK" {
		t.acknowledged(m, sent)
		return
	}
	r := &request{overheard: m, sent: sent}
	t.asked[m.Branch+" "+m.Method] = r
	switch m.Method {
	case "INVITE", "UPDATE":
		t.offered(r)
	case "PRACK":
		if !t.answeredBy(m, sent) {
			t.offered(r)
		}
	case "CANCEL":
		t.cancel(m, sent)
	case "BYE":
		t.bye(m, sent)
	case "REFER":
		t.refer(m, sent)
	case "NOTIFY":
		t.notify(m, sent)
	case "INFO":
		t.info(m, sent)
	}
}

// response takes one to a request that was seen.
func (t *teller) response(m *overheard, sent bool) {
	r := t.asked[m.Branch+" "+m.Method]
	if r == nil || r.sent == sent || r.done {
		return
	}
	// A forked INVITE has final responses of several branches; only the first one is the call's.
	r.done = m.Status >= 200
	switch {
	case m.Method == "INVITE" && opening(r.overheard):
		t.invitation(r, m, sent)
	case m.Method == "REFER":
		t.referred(r, m)
	case m.Status < 200:
	case m.Status < 300:
		t.answered(r, m, sent)
	default:
		t.refused(r, m)
	}
}

// who is the called party as the caller's phone names it: by name, user, or host.
func (t *teller) who() string {
	if t.to.Name != "" {
		return t.to.Name
	}
	return user(t.to.URI)
}

// localName is the display name of the party at this end, "" when it gives none.
func (t *teller) localName() string {
	if t.caller {
		return t.from.Name
	}
	return t.to.Name
}

func (t *teller) since(at time.Time) time.Duration { return at.Sub(t.origin) }

// reliable tells whether a provisional response is acknowledged (RFC 3262 section 3).
func reliable(o wire.Overheard) bool { return len(o.GetHeaders("RSeq")) > 0 }
