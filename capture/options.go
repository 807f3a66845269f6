package capture

import (
	"net/netip"
	"sort"

	"sidetone/trace"
)

// Limits bound what a capture can make grow. Fields that are zero take the defaults.
type Limits struct {
	Calls     int // calls that are told; 10 000
	Messages  int // messages of one call; 12 000
	Bytes     int // of all messages that are kept; 32 MiB
	Media     int // addresses that RTP is noticed at; 8 192
	Streams   int // directions of TCP connections that are followed at the same time; 256
	Fragments int // datagrams that wait for fragments at the same time; 128
	Lines     int // messages of registrations; 20 000
}

func (l Limits) withDefaults() Limits {
	for limit, normal := range map[*int]int{
		&l.Calls: 10_000, &l.Messages: 12_000, &l.Bytes: 32 << 20, &l.Media: 8192, &l.Streams: 256, &l.Fragments: 128, &l.Lines: 20_000,
	} {
		if *limit <= 0 {
			*limit = normal
		}
	}
	return l
}

// Options say how a capture is told.
type Options struct {
	// At is the host that calls are told from, the caller's or the called one's; of a host that has several, the port may be
	// given. Without it each call is told from its ends.
	At netip.AddrPort
	// Device names the device that the events are of, instead of the address; where a capture has several, the address stands behind it.
	Device string
	Limits Limits
}

// Result is what a capture tells.
type Result struct {
	Boot    trace.Boot // made of the content of the file: the same content, the same events
	Calls   []Call     // in the order in which they began
	Devices []Device   // by id
	Left    []Left     // what is in the capture and not in the events, by reason
}

// Call is one call from one or two of its ends. The first view is the caller's where it is there.
type Call struct{ Views []trace.View }

// ID is the id of the call on the device of its first view.
func (c Call) ID() string { return c.Views[0].Events[0].Call }

// Device is one host of the capture, with everything that is told of it, in the order of seq.
type Device struct {
	ID     string // fit for a topic: "import-192-0-2-10"
	Name   string // display name of the party there, "" where it has none or several
	Events []trace.Event
}

// Left counts what was left out for one reason.
type Left struct {
	_      [0]func() // not to be compared, so no code is made for it
	Reason string
	Count  int
}

// The reasons for which something is left out.
const (
	leftTruncated  = "the file ends in the middle of a packet"
	leftLink       = "packets of a kind of network that is not read"
	leftPacket     = "broken packets"
	leftFragments  = "datagrams of which fragments are missing, or too many to wait for"
	leftStream     = "places in TCP connections where something is missing"
	leftStreams    = "TCP connections beyond the limit"
	leftMessage    = "SIP messages that cannot be read"
	leftCalls      = "calls beyond the limit"
	leftMessages   = "messages of calls beyond the limit"
	leftBeginning  = "messages of calls whose beginning is not in the capture"
	leftMedia      = "addresses of sound beyond the limit"
	leftLines      = "messages of registrations beyond the limit"
	leftInterfaces = "packets of network interfaces that the file does not describe"
)

// ledger counts what is left out.
type ledger map[string]int

func (l ledger) list() []Left {
	all := make([]Left, 0, len(l))
	for reason, n := range l {
		all = append(all, Left{Reason: reason, Count: n})
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].Reason < all[j].Reason })
	return all
}
