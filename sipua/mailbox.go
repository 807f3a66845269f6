package sipua

import (
	"sync"

	"sidetone/sipua/session"
	"sidetone/sipua/wire"
)

// mailboxCap bounds what may wait from the network. A call never has more than a few messages under way; a full mailbox
// is a flood, and SIP retransmits.
const mailboxCap = 128

// letter is one thing for an actor: a message, or an event for one of its calls.
type letter struct {
	inbound *wire.Inbound

	call  *Call
	event session.Event
	timer *timer // set when the event is this timer's

	dismiss bool // the actor is to forget its calls that only linger
}

// mailbox is the queue of an actor, first in, first out.
type mailbox struct {
	wake chan struct{} // holds one token while there may be something to take

	mu      sync.Mutex
	letters []letter
	network int // how many of them are messages
	closed  bool
}

func newMailbox() *mailbox { return &mailbox{wake: make(chan struct{}, 1)} }

// outcomes of put
type delivery uint8

const (
	delivered delivery = iota
	full
	closed
)

func (m *mailbox) put(l letter) delivery {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return closed
	}
	if l.inbound != nil {
		if m.network >= mailboxCap {
			return full
		}
		m.network++
	}
	m.letters = append(m.letters, l)
	select {
	case m.wake <- struct{}{}:
	default:
	}
	return delivered
}

// take returns everything that waits.
func (m *mailbox) take() []letter {
	m.mu.Lock()
	defer m.mu.Unlock()
	letters := m.letters
	m.letters, m.network = nil, 0
	return letters
}

// closeIfEmpty closes the mailbox unless something waits.
func (m *mailbox) closeIfEmpty() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.letters) > 0 {
		return false
	}
	m.closed = true
	return true
}

func (m *mailbox) close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed, m.letters, m.network = true, nil, 0
}
