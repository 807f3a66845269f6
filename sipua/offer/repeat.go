package offer

import (
	"bytes"

	"sidetone/trace"
)

// agreement is what the two sides last said of themselves that both accepted.
type agreement struct {
	lines     []line // ours
	direction trace.MediaDirection
	remote    []byte // theirs, as it came
}

// Change writes an offer as Offer does, and raises the version of o= even where the description stays the same: one that
// holds a peer which holds us may read as the answer before it did, and is no repetition.
func (n *Negotiation) Change(direction trace.MediaDirection) ([]byte, error) {
	if n.state == Stable {
		n.written = ""
	}
	return n.Offer(direction)
}

// Repeat writes an offer that changes nothing: our description of the last agreement, with the same version of o=
// unless another was refused since (RFC 4028 section 7.4, RFC 3264 section 8). Answered or Rollback closes it.
func (n *Negotiation) Repeat() ([]byte, error) {
	if n.state != Stable || len(n.agreed.lines) == 0 {
		return nil, &StateError{Step: "repeat", State: n.state}
	}
	return n.offer(n.agreed.lines, n.agreed.direction)
}

// repeated tells whether the peer says nothing new.
func (n *Negotiation) repeated(body []byte) bool {
	return len(n.agreed.remote) > 0 && bytes.Equal(n.agreed.remote, body)
}
