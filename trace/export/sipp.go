package export

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"sidetone/trace"
	"sidetone/trace/story"
)

// ErrNoInvite is what a call comes to that no scenario can replay: nothing of it went over the wire, or its beginning was
// lost.
var ErrNoInvite = errors.New("the trace of this call holds no INVITE to replay")

// scenario is a call as SIPp 3.6 plays it: the messages of one dialog from the side of the device that recorded them, in
// order, with a pause before each that was sent. What the device sent again is left to SIPp where SIPp would stop doing so in time.
type scenario struct {
	steps  []packet
	caller bool
	lines  []int        // by step, the place of its command among SIPp's commands
	first  map[int]int  // the step that another one repeats
	kept   map[int]bool // received requests whose header fields are needed when other messages have come
	rseq   map[int]bool // received responses whose RSeq a PRACK needs
	tags   []string     // of the called side, one for each branch
	said   map[trace.EventRef]string
	out    *bytes.Buffer
	count  int // of commands so far
}

// writeSIPp writes the scenario of the first view: a caller for an outgoing call, a called side for an incoming one.
func writeSIPp(b *bytes.Buffer, c call) error {
	s := &scenario{first: map[int]int{}, kept: map[int]bool{}, rseq: map[int]bool{}, out: b}
	left := s.choose(packets(c.views[:min(len(c.views), 1)]))
	if len(s.steps) == 0 {
		return ErrNoInvite
	}
	s.caller = s.steps[0].sent
	s.lines = make([]int, len(s.steps))
	s.said = sentences(story.Tell(c.views, c.lang), s.steps)
	s.prepare()
	b.WriteString("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")
	key := "export.sipp.callee"
	if s.caller {
		key = "export.sipp.caller"
	}
	s.comment("", c.lang.Say(key))
	if c.redacted {
		s.comment("", c.lang.Say("export.redacted"))
	}
	for i := range s.steps {
		if s.steps[i].sent && s.steps[i].IsRequest() && s.challenged(i) {
			s.comment("", c.lang.Say("export.sipp.password"))
			break
		}
	}
	if left > 0 {
		s.comment("", c.lang.Say("export.sipp.left"))
	}
	fmt.Fprintf(b, "<scenario name=\"%s\">\n", FileName(c.views[0].Device, Format{}))
	for i, p := range s.steps {
		if text := s.said[p.ref]; text != "" {
			s.comment("  ", text)
		}
		if p.sent {
			s.pause(i)
			s.send(i)
		} else {
			s.receive(i)
		}
	}
	b.WriteString("  <timewait milliseconds=\"500\"/>\n</scenario>\n")
	return nil
}

// choose takes the messages of the dialog that the first INVITE began, and tells how many others there are. Each is taken once, but
// for what the device sent again and SIPp will not.
func (s *scenario) choose(ps []packet) (left int) {
	seen := map[string]int{}
	leg, callID, begun := 0, "", false
	for _, p := range ps {
		id, _ := p.text.value("Call-ID")
		if !begun {
			if p.Method != "INVITE" || !p.IsRequest() || p.InDialog() {
				continue
			}
			begun, leg, callID = true, p.leg, id
		}
		if p.leg != leg || id != callID {
			left++
			continue
		}
		key := fmt.Sprint(p.sent, p.Method, p.Status, p.CSeq, p.Branch, p.FromTag, p.ToTag, p.text.sequence())
		if p.Method == "ACK" { // each 200 that comes again is acknowledged again
			key = fmt.Sprint(p.sent, p.Method, p.CSeq)
		}
		first, again := seen[key]
		switch {
		case !again:
			seen[key] = len(s.steps)
		case p.sent && p.repeatable():
			s.first[len(s.steps)] = first
		default:
			continue
		}
		s.steps = append(s.steps, p)
	}
	s.leave()
	return left
}

// repeatable tells of a message that is sent again over UDP until something comes (RFC 3261 sections 13.3.1.4, 17.1, 17.2.1, RFC 3262
// section 3).
func (p *packet) repeatable() bool {
	return p.IsRequest() && p.Method != "ACK" || p.Method == "INVITE" && p.Status >= 200 || p.text.sequence() != ""
}

// leave takes out what SIPp sends again by itself.
func (s *scenario) leave() {
	var steps []packet
	place, first := make([]int, len(s.steps)), map[int]int{}
	for i, p := range s.steps {
		at, again := s.first[i]
		if again && s.stopped(at) {
			continue
		}
		place[i] = len(steps)
		if again {
			first[place[i]] = place[at]
		}
		steps = append(steps, p)
	}
	s.steps, s.first = steps, first
}

// stopped tells whether SIPp may be asked to send a message again: it sends no other one until a response, an ACK or a PRACK has come,
// and goes on for ever where the next message is another request or one of its own.
func (s *scenario) stopped(i int) bool {
	for at := i + 1; at < len(s.steps); at++ {
		p := s.steps[at]
		if _, again := s.first[at]; again {
			continue
		}
		if p.sent {
			return false
		}
		if !p.IsRequest() || p.Method == "ACK" || p.Method == "PRACK" {
			break
		}
	}
	return true
}

// sequence is the number of a reliable provisional response (RFC 3262 section 7.1).
func (m message) sequence() string {
	v, _ := m.value("RSeq")
	return v
}

// prepare finds what a received message must leave behind for one that is sent later.
func (s *scenario) prepare() {
	for i, p := range s.steps {
		switch {
		case !p.sent:
		case !p.IsRequest():
			if at := s.requestOf(i); at >= 0 && s.receivedBetween(at, i) {
				s.kept[at] = true
			}
		case p.Method == "PRACK":
			if at := s.acknowledged(i); at >= 0 {
				s.rseq[at] = true
			}
			fallthrough
		default:
			if !s.caller { // it needs From and To of the INVITE
				s.kept[0] = true
			}
		}
	}
}

// requestOf finds the received request that a response answers, or -1. The branches of a fork may have the same CSeq.
func (s *scenario) requestOf(i int) int {
	r, found := s.steps[i], -1
	for at := i - 1; at >= 0; at-- {
		p := s.steps[at]
		if p.sent == r.sent || !p.IsRequest() || p.Method != r.Method || p.CSeq != r.CSeq {
			continue
		}
		if p.Branch == r.Branch {
			return at
		}
		if found < 0 {
			found = at
		}
	}
	return found
}

func (s *scenario) receivedBetween(from, to int) bool {
	for _, p := range s.steps[from+1 : to] {
		if !p.sent {
			return true
		}
	}
	return false
}

// acknowledged finds the reliable response that a PRACK is for, or -1.
func (s *scenario) acknowledged(i int) int {
	rack, _ := s.steps[i].text.value("RAck")
	wanted, _, _ := strings.Cut(rack, " ")
	for at := i - 1; at >= 0; at-- {
		p := s.steps[at]
		if p.sent || p.IsRequest() || p.Status >= 200 || p.Method != "INVITE" {
			continue
		}
		if n := p.text.sequence(); n != "" && (n == wanted || wanted == "") {
			return at
		}
	}
	return -1
}

func (s *scenario) comment(indent, text string) {
	text = strings.ReplaceAll(oneLine(text), "--", "- -")
	s.out.WriteString(indent + "<!-- " + strings.TrimRight(text, "-") + " -->\n")
}

// pause waits as long as the device did before it sent.
func (s *scenario) pause(i int) {
	if i == 0 {
		return
	}
	if gap := s.steps[i].at.Sub(s.steps[i-1].at).Round(time.Millisecond); gap > 0 {
		s.out.WriteString("  <pause milliseconds=\"" + strconv.FormatInt(gap.Milliseconds(), 10) + "\"/>\n")
		s.count++
	}
}

// receive expects a message.
func (s *scenario) receive(i int) {
	p := s.steps[i]
	s.lines[i] = s.count
	s.count++
	if p.IsRequest() {
		fmt.Fprintf(s.out, "  <recv request=\"%s\"", token(p.Method))
	} else {
		fmt.Fprintf(s.out, "  <recv response=\"%d\"", p.Status)
	}
	switch {
	case p.IsRequest():
	case s.skippable(i):
		s.out.WriteString(" optional=\"true\"")
	case p.Status == 401 || p.Status == 407:
		s.out.WriteString(" auth=\"true\"")
	}
	if p.Method == "INVITE" && (p.IsRequest() || p.Status < 300) {
		s.out.WriteString(" rrs=\"true\"")
	}
	var actions []string
	if s.kept[i] {
		for _, name := range [...]string{"Via", "From", "To", "CSeq"} {
			actions = append(actions, ereg(".*", name, strings.ToLower(name)+strconv.Itoa(i)))
		}
	}
	if s.rseq[i] {
		actions = append(actions, ereg("[0-9]+", "RSeq", "rseq"+strconv.Itoa(i)))
	}
	if actions == nil {
		s.out.WriteString("/>\n")
		return
	}
	s.out.WriteString(">\n    <action>\n" + strings.Join(actions, "") + "    </action>\n  </recv>\n")
	if s.kept[i] { // SIPp refuses a variable that is never used
		fmt.Fprintf(s.out, "  <Reference variables=\"via%[1]d,from%[1]d,to%[1]d,cseq%[1]d\"/>\n", i)
	}
}

func ereg(pattern, name, variable string) string {
	return "      <ereg regexp=\"" + pattern + "\" search_in=\"hdr\" header=\"" + name + ":\" check_it=\"true\" assign_to=\"" + variable + "\"/>\n"
}

// skippable tells of a provisional response that another side may leave out: the next message is another response to the
// same request.
func (s *scenario) skippable(i int) bool {
	if p := s.steps[i]; p.Status >= 200 || s.rseq[i] || i+1 == len(s.steps) {
		return false
	}
	next := s.steps[i+1]
	return !next.sent && !next.IsRequest() && next.Method == s.steps[i].Method && next.CSeq == s.steps[i].CSeq
}

// token makes a method or a name fit for an attribute.
func token(s string) string {
	return strings.Map(func(r rune) rune {
		if r > 0x7e || !wordByte(byte(r)) && r != '-' {
			return -1
		}
		return r
	}, s)
}
