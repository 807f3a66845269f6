package capture

import (
	"errors"
	"io"
	"net/netip"
	"strings"
	"time"

	"sidetone/sipua/message"
	"sidetone/sipua/offer"
	"sidetone/sipua/wire"
	"sidetone/trace"
)

// Read reads a capture to its end and tells its calls. It fails with a FormatError where the file is no capture any more, and with
// what r fails with.
func Read(r io.Reader, o Options) (*Result, error) {
	t := newTracker(o)
	in := newInput(r)
	src, err := in.open(t.left)
	for err == nil {
		var f frame
		if f, err = src.next(); err == nil {
			f.at = t.clock(f.at)
			t.layers.frame(f)
		}
	}
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		t.left[leftTruncated]++
	case !errors.Is(err, io.EOF):
		return nil, err
	}
	t.left[leftFragments] += len(t.layers.fragments.order)
	if t.left[leftFragments] == 0 {
		delete(t.left, leftFragments)
	}
	for w, st := range t.streams.ways {
		t.streams.drop(w, st)
	}
	return t.tell(in.boot()), nil
}

// tracker is everything that is known of a capture while it is read.
type tracker struct {
	options Options
	limits  Limits
	left    ledger
	layers  layers
	streams streams

	begin, end time.Time // of the packets

	calls  []*call
	byID   map[string][]*call // by Call-ID
	ghosts map[string]bool    // Call-IDs of calls that are not told
	bytes  int                // of the messages that are kept

	spots, control map[netip.AddrPort]*spot // by the address of RTP, of RTCP

	registrations []registration
}

func newTracker(o Options) *tracker {
	t := &tracker{
		options: o, limits: o.Limits.withDefaults(), left: ledger{},
		byID: map[string][]*call{}, spots: map[netip.AddrPort]*spot{}, control: map[netip.AddrPort]*spot{},
	}
	t.layers = layers{left: t.left, fragments: fragments{limit: t.limits.Fragments, waiting: map[origin]*pieces{}}, deliver: t.datagram}
	t.streams = streams{left: t.left, limit: t.limits.Streams, ways: map[way]*stream{}, deliver: func(at time.Time, w way, raw []byte) {
		t.message(at, w, "tcp", 0, raw)
	}}
	return t
}

// latest is the last moment that an event can be of: the collector takes none that is later.
var latest = time.Date(2200, time.January, 1, 0, 0, 0, 0, time.UTC)

// clock notes when a packet was captured. Times that no calendar has are none.
func (t *tracker) clock(at time.Time) time.Time {
	if at.Unix() < 0 || at.After(latest) {
		at = time.Unix(0, 0)
	}
	at = at.UTC().Truncate(time.Microsecond)
	if t.begin.IsZero() || at.Before(t.begin) {
		t.begin = at
	}
	if at.After(t.end) {
		t.end = at
	}
	return at
}

// call is what was seen under one Call-ID since an INVITE: with a proxy in between, on all of its hops.
type call struct {
	id        string
	tag       string // the caller's
	session   string // uuid of the caller (RFC 7989)
	messages  []*overheard
	spots     []*spot
	replaces  string     // dialog whose place its INVITE wants to take
	taken     *overheard // the 2xx to an INVITE that wanted its own place
	unordered bool       // the file does not have the messages in the order of their times
	over      bool       // a BYE, or a final response that refuses it
}

// sort puts a message to its call, or among the registrations. What belongs to neither is none of ours.
func (t *tracker) sort(m *overheard, o wire.Overheard) {
	id := field(string(*o.CallID()))
	switch {
	case m.Method == "REGISTER":
		t.register(m, o, id)
		return
	case strings.Contains(" OPTIONS SUBSCRIBE PUBLISH MESSAGE ", " "+m.Method+" "):
		return
	}
	c := t.callOf(m, id)
	if c == nil {
		if m.Method != "INVITE" && m.Method != "BYE" && m.Method != "CANCEL" && m.Method != "ACK" && m.Method != "UPDATE" {
			return // as NOTIFY outside a call
		}
		t.left[t.why(id)]++
		return
	}
	if c.twice(m) {
		return
	}
	if len(c.messages) >= t.limits.Messages || t.bytes+len(m.Raw) > t.limits.Bytes {
		t.left[leftMessages]++
		return
	}
	t.bytes += len(m.Raw)
	if a, ok := offer.ReadAudio(o.Body()); ok {
		m.SDP = a.Direction
		t.announce(c, a)
	}
	if c.session == "" && m.IsRequest() {
		c.session = message.PeerSessionID(o.Message)
	}
	if named := o.GetHeaders("Replaces"); opening(m) && len(named) == 1 {
		c.replaces = field(named[0].Value())
	}
	for _, s := range c.spots {
		m.heard = append(m.heard, count{s.to.packets(), s.from.packets()})
	}
	if n := len(c.messages); n > 0 && m.at.Before(c.messages[n-1].at) {
		c.unordered = true
	}
	c.over = c.over || m.Method == "BYE" || m.Method == "INVITE" && m.Status >= 300 && m.Status != 401 && m.Status != 407
	c.messages = append(c.messages, m)
}

// maxGhosts bounds the calls beyond the limit that are told apart.
const maxGhosts = 1 << 16

// callOf is the call of a message; an INVITE outside a dialog may begin one. nil where it belongs to none.
func (t *tracker) callOf(m *overheard, id string) *call {
	known := t.byID[id]
	for i := len(known) - 1; i >= 0; i-- {
		if tag := known[i].tag; tag == m.FromTag || tag == m.ToTag {
			return known[i]
		}
	}
	if !opening(m) {
		return nil
	}
	if len(t.calls) >= t.limits.Calls || t.bytes >= t.limits.Bytes {
		if t.ghosts == nil {
			t.ghosts = map[string]bool{}
		}
		if !t.ghosts[id] && len(t.ghosts) < maxGhosts {
			t.ghosts[id] = true
			t.left[leftCalls]++
		}
		return nil
	}
	c := &call{id: id, tag: m.FromTag}
	t.calls = append(t.calls, c)
	t.byID[id] = append(known, c)
	return c
}

// why is the reason for which a message has no call.
func (t *tracker) why(id string) string {
	if t.ghosts[id] || len(t.ghosts) >= maxGhosts {
		return leftMessages
	}
	return leftBeginning
}

// opening tells whether a message is an INVITE that begins a call, or tries again to.
func opening(m *overheard) bool { return m.Method == "INVITE" && m.IsRequest() && !m.InDialog() }

// The same packet may stand in a file several times: a switch mirrors two of its ports, a machine captures on all its interfaces.
// A retransmission is another packet, and comes later: SIP's least time for it is T1, 500 ms.
const (
	twiceWithin = 100 * time.Millisecond
	twiceAmong  = 8
)

func (c *call) twice(m *overheard) bool {
	for i := len(c.messages) - 1; i >= max(len(c.messages)-twiceAmong, 0); i-- {
		before := c.messages[i]
		if before.src == m.src && before.dst == m.dst && before.id == m.id && before.transport == "udp" && m.transport == "udp" &&
			m.at.Sub(before.at).Abs() < twiceWithin && before.Raw == m.Raw {
			return true
		}
	}
	return false
}

// parse reads a message again, for what is not kept of it.
func (m *overheard) parse() wire.Overheard {
	o, _ := wire.Overhear([]byte(m.Raw)) // it could be read once
	return o
}

// audio is what the description in a message says.
func (m *overheard) audio() (offer.Audio, bool) {
	if m.SDP == "" {
		return offer.Audio{}, false
	}
	return offer.ReadAudio(m.parse().Body())
}

// party is a name-addr as an event has it.
func party(uri, display string) trace.Party {
	return trace.Party{URI: field(uri), Name: field(message.PlainName(display))}
}
