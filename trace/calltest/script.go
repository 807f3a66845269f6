package calltest

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"sidetone/trace"
)

// transit is how long a packet takes from one phone to the other.
const transit = 400 * time.Microsecond

// Script plays one call between two phones. Now is the time since the call was initiated.
type Script struct {
	Caller, Callee *Phone
	Now            time.Duration
	Drop           bool // packets sent while it is set do not arrive
	Dialled        string

	fields  []string            // of the next message, besides those that every message has
	formats string              // of the next session description, "" for G.722 and DTMF
	between func(string) string // what something on the way makes of the caller's messages; nil for nothing

	branch, cseq int
	invite       trace.SIP // the INVITE in force
	fromTag      string
	toTag        string
}

// NewScript prepares a call.
func NewScript(caller, callee *Phone) *Script {
	return &Script{Caller: caller, Callee: callee, Dialled: callee.Number, fromTag: "a81c", cseq: 0}
}

// Wait lets time pass.
func (s *Script) Wait(d time.Duration) *Script { s.Now += d; return s }

// At is the time of day now, by the clock of a phone that is not ahead.
func (s *Script) At() time.Time { return start.Add(s.Now) }

// Note records what a phone knows without a message.
func (s *Script) Note(p *Phone, kind trace.Kind, data trace.Payload) *Script {
	s.noteAt(p, s.Now, kind, data)
	return s
}

func (s *Script) noteAt(p *Phone, at time.Duration, kind trace.Kind, data trace.Payload) {
	leg := 1
	switch kind {
	case trace.DeviceHook, trace.DeviceKey, trace.RouteBlocked:
		leg = 0
	default:
	}
	p.note(at, leg, kind, data)
}

// Initiate records call.initiated at both ends; the called phone hears of it with the INVITE.
func (s *Script) Initiate() *Script {
	from := trace.Party{URI: "sip:" + s.Caller.Number + "@example.com", Name: s.Caller.Name}
	d := trace.Initiated{
		Direction: trace.Out, From: from, To: trace.Party{URI: "sip:" + s.Dialled + "@" + s.Callee.Address}, Account: from.URI,
		SIPCallID: "4f1e0b2c@10.1.0.5", SessionID: "8c4b1d0e5a7f4c2b9d3e6f1a2b3c4d5e",
	}
	s.Note(s.Caller, trace.CallInitiated, d)
	d.Direction, d.Account, d.To = trace.In, "sip:"+s.Callee.Number+"@example.com", trace.Party{URI: d.To.URI, Name: s.Callee.Name}
	s.noteAt(s.Callee, s.Now+transit, trace.CallInitiated, d)
	return s
}

// Request sends a request from one phone to the other and returns it; sdp may be empty.
func (s *Script) Request(from *Phone, method string, sdp trace.MediaDirection) trace.SIP {
	s.branch++
	m := trace.SIP{
		Transport: "udp", Local: from.Address, Remote: s.peer(from).Address, Method: method,
		Branch: fmt.Sprintf("z9hG4bKf3a%d", s.branch), FromTag: s.fromTag, ToTag: s.toTag, SDP: sdp,
	}
	if from == s.Callee { // requests inside the dialog swap the tags (RFC 3261 section 12.2.1.1)
		m.FromTag, m.ToTag = s.toTag, s.fromTag
	}
	switch method {
	case "ACK", "CANCEL":
		m.CSeq = s.invite.CSeq
		if method == "CANCEL" {
			m.Branch = s.invite.Branch
		}
	default:
		s.cseq++
		m.CSeq = uint32(s.cseq)
	}
	if method == "INVITE" {
		s.invite = m
	}
	s.send(from, m)
	return m
}

// Respond answers a request; the phone that received it sends.
func (s *Script) Respond(from *Phone, request trace.SIP, status int, reason string, sdp trace.MediaDirection) trace.SIP {
	if status > 100 && s.toTag == "" {
		s.toTag = "77b0"
	}
	m := request
	m.Local, m.Remote, m.Status, m.Reason, m.SDP, m.Retransmission = from.Address, s.peer(from).Address, status, reason, sdp, 0
	if m.ToTag == "" && status > 100 {
		m.ToTag = s.toTag
	}
	s.send(from, m)
	return m
}

// Anew forgets the dialog: the next request is outside of any.
func (s *Script) Anew() { s.toTag = "" }

// Again sends a message once more.
func (s *Script) Again(from *Phone, m trace.SIP, times int) {
	m.Retransmission = times
	s.send(from, m)
}

func (s *Script) peer(p *Phone) *Phone {
	if p == s.Caller {
		return s.Callee
	}
	return s.Caller
}

// send records the message at both ends, and lets the packet travel.
func (s *Script) send(from *Phone, m trace.SIP) {
	m.Raw = raw(s, m)
	s.fields, s.formats = nil, ""
	m.Size = len(m.Raw)
	s.noteAt(from, s.Now, trace.SIPSent, m)
	if s.Drop {
		return
	}
	s.Now += transit
	m.Local, m.Remote = m.Remote, m.Local
	if s.between != nil && from == s.Caller {
		m.Raw = s.between(m.Raw)
		m.Size = len(m.Raw)
	}
	s.noteAt(s.peer(from), s.Now, trace.SIPReceived, m)
}

// raw writes the message as it would cross the wire.
func raw(s *Script, m trace.SIP) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\r\n", args...) }
	if m.IsRequest() {
		line("%s sip:%s@%s SIP/2.0", m.Method, s.Dialled, m.Remote)
	} else {
		line("SIP/2.0 %d %s", m.Status, m.Reason)
	}
	tag := func(t string) string {
		if t == "" {
			return ""
		}
		return ";tag=" + t
	}
	asked := m.Local // who sent the request (RFC 3261 section 8.2.6.2)
	if !m.IsRequest() {
		asked = m.Remote
	}
	line("Via: SIP/2.0/UDP %s;branch=%s;rport", asked, m.Branch)
	line("Max-Forwards: 70")
	line("From: %q <sip:%s@example.com>%s", s.Caller.Name, s.Caller.Number, tag(m.FromTag))
	line("To: <sip:%s@%s>%s", s.Dialled, s.Callee.Address, tag(m.ToTag))
	line("Call-ID: 4f1e0b2c@10.1.0.5")
	line("CSeq: %d %s", m.CSeq, m.Method)
	line("Session-ID: 8c4b1d0e5a7f4c2b9d3e6f1a2b3c4d5e;remote=00000000000000000000000000000000")
	line("Contact: <sip:%s>", m.Local)
	for _, f := range s.fields {
		line("%s", f)
	}
	if m.SDP == "" {
		line("Content-Length: 0\r\n")
		return b.String()
	}
	host, _, _ := strings.Cut(m.Local, ":")
	body := fmt.Sprintf("v=0\r\no=- 71 72 IN IP4 %[1]s\r\ns=-\r\nc=IN IP4 %[1]s\r\nt=0 0\r\nm=audio 10004 RTP/AVP %[3]s\r\na=%[2]s\r\n", host, m.SDP, cmp.Or(s.formats, "9 101"))
	line("Content-Type: application/sdp")
	line("Content-Length: %d\r\n", len(body))
	return b.String() + body
}

// Views are what the phones that record saw, the caller's first.
func (s *Script) Views() []trace.View {
	var views []trace.View
	for _, p := range []*Phone{s.Caller, s.Callee} {
		if p.Records {
			views = append(views, trace.View{Device: p.ID, Name: p.Name, Events: p.events, Around: p.around})
		}
	}
	return views
}
