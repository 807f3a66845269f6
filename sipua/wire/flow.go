package wire

import (
	"net/netip"
	"time"

	"github.com/emiago/sipgo/sip"
)

// The transports, as a Flow names them.
const (
	UDP = "udp"
	TCP = "tcp"
	TLS = "tls"
)

// Flow is the path of a message. To answer a request, send to the Flow it came in on. For a new request Local may be
// zero: the endpoint picks the socket, or the connection, that routes to Remote.
type Flow struct {
	Transport     string // UDP, TCP or TLS
	Local, Remote netip.AddrPort
	// Host is the domain that the peer's certificate must be for, over TLS (RFC 5922 7.3): the host of the URI that
	// Remote was found by. Without one it is the address itself. It is not set where the peer has connected to us.
	Host string
}

// peer is the other end of a connection, as the pool keeps it.
type peer struct {
	transport string
	remote    netip.AddrPort
}

func (f Flow) peer() peer { return peer{f.Transport, f.Remote} }

// domain is whose certificate the peer must have.
func (f Flow) domain() string {
	if f.Host != "" {
		return f.Host
	}
	return f.Remote.Addr().String()
}

// Reliable says whether the transport retransmits by itself.
func (f Flow) Reliable() bool { return f.Transport != UDP }

// Inbound is a message that was received.
type Inbound struct {
	Flow    Flow        // Remote is the true source
	Message sip.Message // *sip.Request or *sip.Response
	Raw     []byte      // as it was on the wire; belongs to the receiver of the Inbound
	At      time.Time   // when it was received, by the kernel's clock where it tells; has a monotonic reading
	Fault   *Fault      // nil if the message is sound
}

// Fault is what is wrong with a request that can be read and must be refused. Its headers may be missing or
// unreadable: From, To, CallID and CSeq of such a request may be nil. Refusal makes the answer.
type Fault struct {
	Status int    // of the answer: 400, 416, 501, 505 or 513
	Reason string // what is wrong, to be the reason phrase
}

// Outbound is a message to be sent.
type Outbound struct {
	Flow  Flow
	Raw   []byte // must not be changed after Send
	Token any    // handed back by Options.Failed; the endpoint does not look at it

	// Connect bounds how long a connection may take that is opened for the message; 0 is Limits.Connect.
	Connect time.Duration
}
