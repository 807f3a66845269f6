package telemetry

import (
	"context"
	"sync"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"go.uber.org/zap"

	"sidetone/internal/logkey"
)

// maxOutbox bounds what waits to be published beside the journal.
const maxOutbox = 64

// outbox holds what is published once and stands in no journal: answers to commands, and events that are sent again. It is
// sent again over the next connection until the broker has it.
type outbox struct {
	changed chan struct{} // holds one token while a pump may have something to send
	room    chan struct{} // holds one token for each message

	mu      sync.Mutex // guards all below
	waiting []*outgoing
}

// outgoing is one message.
type outgoing struct {
	topic   string
	payload []byte
	sent    func() // called when the broker has it; nil for nothing
}

func newOutbox() *outbox {
	return &outbox{changed: make(chan struct{}, 1), room: make(chan struct{}, maxOutbox)}
}

func (o *outbox) wake() {
	select {
	case o.changed <- struct{}{}:
	default:
	}
}

func (o *outbox) add(m *outgoing) {
	o.mu.Lock()
	o.waiting = append(o.waiting, m)
	o.mu.Unlock()
	o.wake()
}

func (o *outbox) arrived(m *outgoing) {
	o.mu.Lock()
	for i, w := range o.waiting {
		if w == m {
			o.waiting = append(o.waiting[:i:i], o.waiting[i+1:]...)
			<-o.room
			break
		}
	}
	o.mu.Unlock()
	if m.sent != nil {
		m.sent()
	}
}

// next is the oldest message behind those that are on their way over this session.
func (o *outbox) next(flying map[*outgoing]bool) *outgoing {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, m := range o.waiting {
		if !flying[m] {
			return m
		}
	}
	return nil
}

func (o *outbox) empty() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.waiting) == 0
}

// Answer publishes the answer to a command; sent is called when the broker has it. When too many wait already, as while the
// broker is away, it is not sent: a command that is asked again is answered again.
func (u *Uplink) Answer(cid string, payload []byte, sent func()) {
	select {
	case u.outbox.room <- struct{}{}:
		u.outbox.add(&outgoing{topic: u.topics.result(cid), payload: payload, sent: sent})
	default:
		u.log.Warn("too many answers wait for the broker", zap.String("cid", cid))
	}
}

// Resend publishes event lines once more, in batches, and tells how many those were. It waits while much is to be sent.
func (u *Uplink) Resend(ctx context.Context, lines [][]byte) (batches int, err error) {
	var b batch
	var z packer // the receiver's dictionary is the connection's, and this may wait for the next one
	for i, line := range lines {
		b.add(line)
		if i+1 < len(lines) && !b.full() && b.fits(lines[i+1]) {
			continue
		}
		payload, err := b.take(&z)
		if err != nil {
			return batches, err
		}
		select {
		case u.outbox.room <- struct{}{}:
		case <-ctx.Done():
			return batches, ctx.Err()
		}
		u.outbox.add(&outgoing{topic: u.topics.events(), payload: payload})
		batches++
	}
	return batches, nil
}

// listenInLoop subscribes, where the agent takes anything.
func (p *pump) listenInLoop() {
	for topic, take := range map[string]func([]byte, bool){
		p.session.topics.command(): p.uplink.o.Command, p.session.topics.desired(): p.uplink.o.Desired,
	} {
		if take == nil {
			continue
		}
		token := p.session.client.Subscribe(topic, 1, func(_ mqtt.Client, m mqtt.Message) { take(m.Payload(), m.Retained()) })
		p.sentInLoop(publish{token: token, then: func() {
			s, ok := token.(*mqtt.SubscribeToken)
			if ok && s.Result()[topic] > 2 { // refused, MQTT 3.1.1 section 3.9.3
				p.uplink.log.Warn("the broker does not let this device read what is sent to it", zap.String(logkey.Topic, topic))
			}
		}})
	}
}

// sendOutInLoop sends what waits beside the journal, as far as the window has room.
func (p *pump) sendOutInLoop() {
	o := p.uplink.outbox
	for len(p.inflight) < window {
		m := o.next(p.flying)
		if m == nil {
			return
		}
		p.flying[m] = true
		p.sentInLoop(publish{token: p.session.client.Publish(m.topic, 1, false, m.payload), then: func() { o.arrived(m) }})
	}
}
