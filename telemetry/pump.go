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
	errFirst   = errors.New("the first broker can be reached again")
	errAnew    = errors.New("the journal has numbered its records anew, now that its directory is there")
)

// pump moves records from the journal to one session. Its loop owns all fields; the feeds read split only.
type pump struct {
	uplink  *Uplink
	session *session

	live     *lane
	old      *lane     // the backlog; nil when there is none, or not any more
	again    *lane     // what was acknowledged, but is missing at the other end; nil for nothing
	from     uint64    // the first record that is sent
	split    uint64    // the last record of the backlog; 0 when it has no lane of its own
	inflight []publish // in the order they were sent
	behind   int       // of inflight, those that are not of the live lane
	held     bool      // the lanes behind the live one wait for pace
	size     rate      // of the backlog's records
	feeds    sync.WaitGroup
	lines    map[int]Line       // told over this session
	flying   map[*outgoing]bool // sent over this session

	done     <-chan struct{} // of the owner; nil once it was seen
	draining bool            // the owner has gone
	expired  bool            // and the time for the rest is over
	first    <-chan struct{} // closed when the first broker can be reached again; nil when this is it

	pace   *time.Timer // of what is not live
	stuck  *time.Timer // of the oldest publish
	drain  *time.Timer
	health *time.Ticker
}

// rate is a sum and how many it is of.
type rate struct{ sum, n int64 }

// publish is one message on its way.
type publish struct {
	token  mqtt.Token
	events span // journal numbers that have arrived with it; empty for none
	behind bool // not of the live lane
	at     time.Time
	then   func() // called when it is acknowledged; nil for nothing
}

func newPump(u *Uplink, s *session) *pump {
	return &pump{
		uplink: u, session: s, lines: map[int]Line{}, flying: map[*outgoing]bool{},
		pace: idleTimer(), stuck: idleTimer(), drain: idleTimer(), health: time.NewTicker(u.o.HealthEvery),
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
	defer p.pace.Stop()
	defer p.stuck.Stop()
	defer p.drain.Stop()
	defer p.health.Stop()
	feeding, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer p.feeds.Wait()
	defer stop()

	p.listenInLoop() // before the presence: who is ready can be asked
	token, err := p.session.announce(Ready)
	if err != nil {
		return err
	}
	p.sentInLoop(publish{token: token})
	if err := p.tellLinesInLoop(); err != nil {
		return err
	}
	p.sendOutInLoop()
	p.reportHealthInLoop()
	p.divide(feeding)
	p.done = ctx.Done()
	for !p.finishedInLoop() {
		if err := p.stepInLoop(feeding); err != nil {
			return err
		}
	}
	return p.tellLinesInLoop() // a line that was taken back at the end is told before the good-bye
}

// finishedInLoop tells whether the owner has gone and everything is sent, or out of time. A backlog stays for the next
// start.
func (p *pump) finishedInLoop() bool {
	if !p.draining || p.expired {
		return p.expired
	}
	j := p.uplink.o.Journal
	last := j.Last()
	return p.uplink.outbox.empty() &&
		(j.Acknowledged() >= last || p.old != nil && (last <= p.split || p.uplink.arrived.holds(last)))
}

// mayInLoop tells whether the lane may send now. When it may not, what it would read stays in the journal.
func (p *pump) mayInLoop(l *lane) bool {
	return l != nil && len(p.inflight) < window && (l == p.live || p.behind < backlogWindow && !p.held)
}

// stepInLoop waits for one thing to happen, and handles it.
func (p *pump) stepInLoop(feeding context.Context) error {
	var head <-chan struct{}
	if len(p.inflight) > 0 {
		head = p.inflight[0].token.Done()
	}
	live, liveAging := p.readyInLoop(p.live)
	old, oldAging := p.readyInLoop(p.old)
	again, againAging := p.readyInLoop(p.again)
	var missing chan []Missing
	if p.again == nil {
		missing = p.session.missing
	}
	select {
	case <-p.done:
		p.done, p.draining = nil, true
		p.drain.Reset(drainFor)
	case <-p.drain.C:
		p.expired = true
	case <-p.session.lost:
		return fmt.Errorf("connection lost: %w", p.session.why)
	case <-p.first:
		return errFirst
	case <-head:
		return p.acknowledgeInLoop()
	case <-p.stuck.C:
		return errStuck
	case it := <-live:
		return p.takeInLoop(p.live, it)
	case it := <-old:
		return p.takeInLoop(p.old, it)
	case it := <-again:
		return p.takeAgainInLoop(it)
	case m := <-missing:
		p.resendInLoop(feeding, m)
	case <-liveAging:
		return p.flushDueInLoop(p.live)
	case <-oldAging:
		return p.flushDueInLoop(p.old)
	case <-againAging:
		return p.flushDueInLoop(p.again)
	case <-p.pace.C:
		p.held = false
		return errors.Join(p.flushInLoop(p.old), p.flushInLoop(p.again))
	case <-p.uplink.lines.changed:
		return p.tellLinesInLoop()
	case <-p.uplink.outbox.changed:
		p.sendOutInLoop()
	case <-p.health.C:
		p.reportHealthInLoop()
	}
	return nil
}

// readyInLoop gives what the lane has to bring, if it may send now, and the end of its batch's wait.
func (p *pump) readyInLoop(l *lane) (items chan item, aging <-chan time.Time) {
	if l == nil {
		return nil, nil
	}
	if p.mayInLoop(l) {
		items = l.items
	}
	return items, l.aging.C
}

// takeInLoop adds one record to the lane's batch, and sends the batch when it is time.
func (p *pump) takeInLoop(l *lane, it item) error {
	var gap *journal.GapError
	switch {
	case it.over:
		return p.overInLoop()
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
	if it.record.Seq < p.from {
		return errAnew
	}
	if p.uplink.arrived.holds(it.record.Seq) { // over an earlier session
		l.passed = max(l.passed, it.record.Seq)
		return nil
	}
	if err := p.addInLoop(l, it.record.Payload); err != nil {
		return err
	}
	l.passed = max(l.passed, it.record.Seq)
	if l == p.old {
		p.size.sum += int64(len(it.record.Payload))
		p.size.n++
	} else if h, ok := parseHead(it.record.Payload); ok && mustKeep(h.kind) {
		l.due = true
	}
	return p.flushInLoop(l)
}

// takeAgainInLoop is takeInLoop for what is sent once more, which moves no watermark.
func (p *pump) takeAgainInLoop(it item) error {
	if !it.over {
		if err := p.addInLoop(p.again, it.record.Payload); err != nil {
			return err
		}
		return p.flushInLoop(p.again)
	}
	p.again.due, p.again.items = true, nil
	if p.again.batch.empty() {
		p.again = nil
	}
	return p.flushInLoop(p.again)
}

// addInLoop adds a record to the lane's batch. Where it does not fit, what is there goes first.
func (p *pump) addInLoop(l *lane, payload []byte) error {
	if !l.batch.fits(payload) {
		if err := p.flushDueInLoop(l); err != nil {
			return err
		}
	}
	if l.batch.empty() {
		l.aging.Reset(batchAge)
	}
	l.batch.add(payload)
	l.due = l.due || l.batch.full()
	return nil
}

// overInLoop ends the lane of the backlog, once what is in its batch is sent.
func (p *pump) overInLoop() error {
	p.old.passed, p.old.due, p.old.items = max(p.old.passed, p.split), true, nil
	if p.old.batch.empty() {
		p.arrivedInLoop(span{p.old.sent + 1, p.old.passed})
		p.old = nil
		return nil
	}
	return p.flushInLoop(p.old)
}

// flushDueInLoop has the lane's batch go as soon as it may.
func (p *pump) flushDueInLoop(l *lane) error {
	l.due = true
	return p.flushInLoop(l)
}

// flushInLoop sends the lane's batch if it is due and may go.
func (p *pump) flushInLoop(l *lane) error {
	if !p.mayInLoop(l) || !l.due || l.batch.empty() {
		return nil
	}
	l.due = false
	l.aging.Stop()
	payload, err := l.batch.take(p.packerInLoop())
	if err != nil {
		return err
	}
	sent := publish{token: p.session.client.Publish(p.session.topics.events(), 1, false, payload), behind: l != p.live}
	if l != p.again {
		sent.events = span{l.sent + 1, l.passed}
		l.sent = l.passed
	}
	p.sentInLoop(sent)
	if sent.behind {
		p.behind++
		p.holdInLoop(len(payload))
	}
	if l.items == nil {
		p.dropInLoop(l)
	}
	return nil
}

// dropInLoop forgets a lane that has brought everything.
func (p *pump) dropInLoop(l *lane) {
	if l == p.old {
		p.old = nil
	} else {
		p.again = nil
	}
}

// packerInLoop deflates as the receiver at the other end can read it.
func (p *pump) packerInLoop() *packer {
	p.uplink.packer.dictionary = p.session.dictionary.Load()
	return &p.uplink.packer
}

// holdInLoop keeps the backlog to its rate, unless the journal is half full of it: better a full link than lost events.
func (p *pump) holdInLoop(bytes int) {
	o := p.uplink.o
	if o.CatchUp <= 0 {
		return
	}
	if waiting := int64(o.Journal.Stats().Depth) * (p.size.sum / max(p.size.n, 1)); o.Room > 0 && waiting > o.Room/2 {
		return
	}
	p.held = true
	p.pace.Reset(time.Duration(bytes) * time.Second / time.Duration(o.CatchUp))
}

// sentInLoop notes a publish that is on its way.
func (p *pump) sentInLoop(sent publish) {
	if len(p.inflight) == 0 {
		p.stuck.Reset(stuckAfter)
	}
	sent.at = time.Now()
	p.inflight = append(p.inflight, sent)
}

// acknowledgeInLoop takes in what the broker has acknowledged, from the oldest publish on.
func (p *pump) acknowledgeInLoop() error {
	for len(p.inflight) > 0 {
		oldest := p.inflight[0]
		select {
		case <-oldest.token.Done():
		default:
			p.stuck.Reset(max(stuckAfter-time.Since(oldest.at), 0))
			return p.flushAllInLoop()
		}
		if err := oldest.token.Error(); err != nil {
			return fmt.Errorf("publish: %w", err)
		}
		p.inflight = p.inflight[1:]
		if oldest.behind {
			p.behind--
		}
		p.uplink.measure(time.Since(oldest.at))
		p.arrivedInLoop(oldest.events)
		if oldest.then != nil {
			oldest.then()
		}
	}
	p.stuck.Stop()
	return p.flushAllInLoop()
}

// flushAllInLoop sends what waited for room in the window.
func (p *pump) flushAllInLoop() error {
	p.sendOutInLoop()
	return errors.Join(p.flushInLoop(p.live), p.flushInLoop(p.old), p.flushInLoop(p.again))
}

// arrivedInLoop notes which records the broker has, and moves the watermark up to the first that it has not.
func (p *pump) arrivedInLoop(s span) {
	u := p.uplink
	u.arrived = u.arrived.add(s)
	var done uint64
	done, u.arrived = u.arrived.advance(u.o.Journal.Acknowledged())
	u.o.Journal.Acknowledge(done)
}

// reportHealthInLoop publishes the health; it is not worth an acknowledgement.
func (p *pump) reportHealthInLoop() {
	if b, err := json.Marshal(p.uplink.health()); err == nil {
		p.session.client.Publish(p.session.topics.health(), 0, false, b)
	}
}
