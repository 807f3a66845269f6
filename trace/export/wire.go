package export

import (
	"strconv"
	"strings"
	"time"

	"sidetone/trace"
)

// packet is one message as a device recorded it.
type packet struct {
	trace.SIP
	at      time.Time
	view    int
	ref     trace.EventRef
	sent    bool
	leg     int
	pair    int // index among the packets of the other end's event of the same message, or -1
	text    message
	rebuilt bool // the text was not recorded: it is made of the event's own fields
}

// packets lists the messages of a call in causal order.
func packets(views []trace.View) []packet {
	all := trace.Merge(views)
	speakers := make([]speaker, len(views))
	for v := range views {
		speakers[v] = speakerOf(views[v])
	}
	var out []packet
	place := make(map[int]int, len(all))
	for i, l := range all {
		m, ok := l.Event.Data.(trace.SIP)
		if !ok {
			continue
		}
		p := packet{SIP: m, at: l.At, view: l.View, ref: l.Ref, sent: l.Event.Kind == trace.SIPSent, leg: l.Event.Leg, pair: -1}
		p.text, p.rebuilt = parseMessage(m.Raw), m.Raw == ""
		if p.rebuilt {
			p.text = speakers[l.View].rebuild(p)
		}
		place[i] = len(out)
		out = append(out, p)
	}
	for i, l := range all {
		at, ok := place[i]
		if other, known := place[l.Pair]; ok && known && l.Pair >= 0 {
			out[at].pair = other
		}
	}
	return out
}

// source and destination are the ends of the packet, each address:port.
func (p packet) ends() (source, destination string) {
	if p.sent {
		return p.Local, p.Remote
	}
	return p.Remote, p.Local
}

// speaker is what an event of a message does not say itself, and the call's first event does.
type speaker struct {
	_        [0]func() // not to be compared, so no code is made for it
	callID   string
	from, to trace.Party
	tag      string // of who began the dialog
}

func speakerOf(v trace.View) speaker {
	var s speaker
	for _, e := range v.Events {
		switch d := e.Data.(type) {
		case trace.Initiated:
			s.callID, s.from, s.to = d.SIPCallID, d.From, d.To
		case trace.SIP:
			if s.tag == "" && d.Method == "INVITE" {
				s.tag = d.FromTag
			}
		}
	}
	return s
}

// rebuild makes a message of what its event says, for a device that was set to record no text.
func (s speaker) rebuild(p packet) message {
	from, to := s.from, s.to
	if s.tag != "" && p.FromTag != s.tag { // the other side speaks (RFC 3261 section 12.2.1.1)
		from, to = to, from
	}
	sentBy, target := p.ends()
	var m message
	if p.IsRequest() {
		m.start = p.Method + " " + uriOr(to.URI, target) + " SIP/2.0"
	} else {
		m.start = "SIP/2.0 " + strconv.Itoa(p.Status) + " " + p.Reason
		sentBy = target
	}
	m.add("Via", "SIP/2.0/"+strings.ToUpper(p.Transport)+" "+sentBy+";branch="+p.Branch)
	m.add("From", "<"+uriOr(from.URI, "invalid")+">"+tagged(p.FromTag))
	m.add("To", "<"+uriOr(to.URI, "invalid")+">"+tagged(p.ToTag))
	m.add("Call-ID", s.callID)
	m.add("CSeq", strconv.FormatUint(uint64(p.CSeq), 10)+" "+p.Method)
	for i, f := range m.fields {
		m.fields[i].value = oneLine(f.value)
	}
	m.start, m.whole = oneLine(m.start), true
	return m
}

func tagged(tag string) string {
	if tag == "" {
		return ""
	}
	return ";tag=" + tag
}

// uriOr makes a URI of a party's, which may be a bare number, or of a host.
func uriOr(uri, host string) string {
	switch {
	case strings.Contains(uri, ":"):
		return uri
	case uri != "":
		return "sip:" + uri + "@invalid" // RFC 2606: a name that is nobody's
	}
	return "sip:" + host
}

// oneLine takes out what would end a line.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
}
