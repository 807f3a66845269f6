package telemetry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"sidetone/journal"
)

var (
	errStuck   = fmt.Errorf("a publish was not acknowledged for %s", stuckAfter)
	errJournal = errors.New("the journal is closed")
)

// pump moves records from the journal to one session. Its loop owns all fields.
type pump struct {
	uplink  *Uplink
	session *session

	batch    batch
	inflight []publish          // in the order they were sent
	lines    map[int]Line       // told over this session
	flying   map[*outgoing]bool // sent over this session
	due      bool               // the batch waits for room in the window only

	done     <-chan struct{} // of the owner; nil once it was seen
	draining bool            // the owner has gone
	expired  bool            // and the time for the rest is over

	aging  *time.Timer // of the batch
	stuck  *time.Timer // of the oldest publish
	drain  *time.Timer
	health *time.Ticker
}

// publish is one message on its way.
type publish struct {
	token mqtt.Token
	last  uint64 // journal number of the newest event in it; 0 for none
	at    time.Time
	then  func() // called when it is acknowledged; nil for nothing
}

// item is what the feed found next in the journal.
type item struct {
	record journal.Record
	err    error
}

func newPump(u *Uplink, s *session) *pump {
	return &pump{
		uplink: u, session: s, lines: map[int]Line{}, flying: map[*outgoing]bool{},
		aging: idleTimer(), stuck: idleTimer(), drain: idleTimer(), health: time.NewTicker(u.o.HealthEvery),
	}
}

func idleTimer() *time.Timer {
	t := time.NewTimer(time.Hour)
	t.Stop()
	return t
}

// run publishes until the connection is lost or does not get on, which is an error, or until ctx is done and the rest is
// sent or has had its time, which is none.
func (p *pump) run(ctx context.Context) error {
	defer p.aging.Stop()
	defer p.stuck.Stop()
	defer p.drain.Stop()
	defer p.health.Stop()
	feeding, stop := context.WithCancel(context.WithoutCancel(ctx))
	var feed sync.WaitGroup
	defer feed.Wait()
	defer stop()
	items := make(chan item, batchEvents)
	feed.Go(func() { p.feed(feeding, items) })

	p.listenInLoop() // before the presence: who is ready can be asked
	token, err := p.session.announce(Ready)
	if err != nil {
		return err
	}
	p.sentInLoop(token, 0)
	if err := p.tellLinesInLoop(); err != nil {
		return err
	}
	if err := p.sendOutInLoop(); err != nil {
		return err
	}
	p.reportHealthInLoop()
	p.done = ctx.Done()
	for !p.finishedInLoop() {
		if err := p.stepInLoop(items); err != nil {
			return err
		}
	}
	return p.tellLinesInLoop() // a line that was taken back at the end is told before the good-bye
}

// finishedInLoop tells whether the owner has gone and everything is sent, or out of time.
func (p *pump) finishedInLoop() bool {
	j := p.uplink.o.Journal
	return p.draining && (p.expired || j.Acknowledged() >= j.Last() && p.uplink.outbox.empty())
}

// stepInLoop waits for one thing to happen, and handles it.
func (p *pump) stepInLoop(items <-chan item) error {
	var head <-chan struct{}
	if len(p.inflight) > 0 {
		head = p.inflight[0].token.Done()
	}
	if len(p.inflight) >= window {
		items = nil // what is not read stays in the journal
	}
	select {
	case <-p.done:
		p.done, p.draining = nil, true
		p.drain.Reset(drainFor)
		return nil
	case <-p.drain.C:
		p.expired = true
		return nil
	case <-p.session.lost:
		return fmt.Errorf("connection lost: %w", p.session.why)
	case <-head:
		return p.acknowledgeInLoop()
	case <-p.stuck.C:
		return errStuck
	case it := <-items:
		return p.takeInLoop(it)
	case <-p.aging.C:
		p.due = true
		return p.flushInLoop()
	case <-p.uplink.lines.changed:
		return p.tellLinesInLoop()
	case <-p.uplink.outbox.changed:
		return p.sendOutInLoop()
	case <-p.health.C:
		p.reportHealthInLoop()
		return nil
	}
}

// feed reads the journal from behind the watermark on, until ctx is done.
func (p *pump) feed(ctx context.Context, items chan<- item) {
	j := p.uplink.o.Journal
	r := j.Read(j.Acknowledged() + 1)
	defer func() { _ = r.Close() }() // only read
	for {
		rec, err := r.Next(ctx)
		select {
		case items <- item{record: rec, err: err}:
		case <-ctx.Done():
			return
		}
		var gap *journal.GapError
		if err != nil && !errors.As(err, &gap) {
			return
		}
	}
}

// takeInLoop adds one record to the batch, and sends the batch when it is time.
func (p *pump) takeInLoop(it item) error {
	var gap *journal.GapError
	switch {
	case errors.As(it.err, &gap):
		if gap.Gap.Reason != journal.Dropped { // that, the journal has told the recorder itself
			p.uplink.o.Lost(gap.Gap)
		}
		return nil
	case errors.Is(it.err, io.EOF):
		return errJournal
	case it.err != nil:
		return it.err
	}
	if !p.batch.fits(it.record.Payload) {
		p.due = true
		if err := p.flushInLoop(); err != nil {
			return err
		}
	}
	if p.batch.empty() {
		p.aging.Reset(batchAge)
	}
	p.batch.add(it.record.Seq, it.record.Payload)
	h, ok := parseHead(it.record.Payload)
	p.due = p.due || p.batch.full() || ok && mustKeep(h.kind)
	return p.flushInLoop()
}

// flushInLoop sends the batch if it is due and the window has room.
func (p *pump) flushInLoop() error {
	if !p.due || p.batch.empty() || len(p.inflight) >= window {
		return nil
	}
	p.due = false
	p.aging.Stop()
	last := p.batch.last
	payload, err := p.batch.take()
	if err != nil {
		return err
	}
	p.sentInLoop(p.session.client.Publish(p.session.topics.events(), 1, false, payload), last)
	return nil
}

// sentInLoop notes a publish that is on its way.
func (p *pump) sentInLoop(token mqtt.Token, last uint64) {
	if len(p.inflight) == 0 {
		p.stuck.Reset(stuckAfter)
	}
	p.inflight = append(p.inflight, publish{token: token, last: last, at: time.Now()})
}

// acknowledgeInLoop advances the watermark over every publish from the oldest on that the broker has acknowledged.
func (p *pump) acknowledgeInLoop() error {
	for len(p.inflight) > 0 {
		oldest := p.inflight[0]
		select {
		case <-oldest.token.Done():
		default:
			p.stuck.Reset(max(stuckAfter-time.Since(oldest.at), 0))
			return p.refillInLoop()
		}
		if err := oldest.token.Error(); err != nil {
			return fmt.Errorf("publish: %w", err)
		}
		p.inflight = p.inflight[1:]
		p.uplink.measure(time.Since(oldest.at))
		if oldest.last > 0 {
			p.uplink.o.Journal.Acknowledge(oldest.last)
		}
		if oldest.then != nil {
			oldest.then()
		}
	}
	p.stuck.Stop()
	return p.refillInLoop()
}

// reportHealthInLoop publishes the health; it is not worth an acknowledgement.
func (p *pump) reportHealthInLoop() {
	if b, err := json.Marshal(p.uplink.health()); err == nil {
		p.session.client.Publish(p.session.topics.health(), 0, false, b)
	}
}
