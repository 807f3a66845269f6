package media

import (
	"sync"
	"time"

	"go.uber.org/zap"
)

// Session is one RTP stream in each direction, with RTCP.
type Session struct {
	engine    *Engine
	log       *zap.Logger
	rtp, rtcp conn
	port      int
	ssrc      uint32 // of what is sent, as in out
	firstSeq  uint16
	readers   sync.WaitGroup
	closing   sync.Once

	// pacing is held by the pacer for a slot, and by Update and Close, so that both take effect before they return. It is taken
	// before mu.
	pacing   sync.Mutex
	out      sender
	reporter reporter
	due      time.Time // of the next slot; zero: not started, or closed
	ptime    time.Duration
	heard    []int16 // scratch frame for the sink
	closed   bool

	// mu guards what the readers share with the pacer. Nothing is called with it held.
	mu     sync.Mutex
	params Params // written with pacing held too, so either is enough to read it
	in     receiver
	source Source
	sink   Sink
	local  Source // heard while nothing is received
	events Events
	expect time.Time // since when packets should come; zero: they need not
	told   time.Time // last packet before the silence that was told of; expect if none
	sent   int       // copies of the sender's counters
	errs   int

	measure time.Time // when the counters are told of next
	counted int       // packets that had arrived at either side when they were told of last
}

// Open binds an even port for RTP and the next one for RTCP. Nothing is sent or played until Update.
func (e *Engine) Open() (*Session, error) {
	rtp, rtcp, port, err := e.ports.open()
	if err != nil {
		return nil, err
	}
	now := time.Now()
	s := &Session{
		engine: e, log: e.log.With(zap.Int("port", port)), rtp: rtp, rtcp: rtcp, port: port,
		out: newSender(), reporter: newReporter(now), ptime: e.opts.Ptime, in: receiver{epoch: now},
	}
	s.ssrc, s.firstSeq = s.out.ssrc, s.out.first
	if err := e.add(s); err != nil {
		_, _ = rtp.close(), rtcp.close()
		return nil, err
	}
	s.readers.Go(s.readRTP)
	s.readers.Go(s.readRTCP)
	return s, nil
}

// Port is the local port of RTP; it is even.
func (s *Session) Port() int { return s.port }

// Update starts the session or changes what it does. When it returns, the new direction, codec and address are in force.
func (s *Session) Update(p Params) {
	p = p.unmapped()
	if !validPtime(p.Ptime) {
		p.Ptime = s.engine.opts.Ptime
	}
	s.pacing.Lock()
	due := s.updateLocked(p, time.Now())
	s.pacing.Unlock()
	if !due.IsZero() {
		s.engine.request(due)
	}
}

func (s *Session) updateLocked(p Params, now time.Time) time.Time {
	if s.closed {
		return time.Time{}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.params
	s.params = p
	if s.due.IsZero() || p.Ptime != s.ptime {
		s.ptime = p.Ptime
		s.due = s.engine.slot(now, p.Ptime)
	}
	if s.reporter.next.IsZero() {
		s.reporter.next = now.Add(reportInterval() / 2)
	}
	if p.Codec != old.Codec {
		s.out.codec = newCodec(p.Codec)
		s.out.digits.clear()
		s.in.playout.reset(newCodec(p.Codec))
	}
	if !sends(p.Direction) {
		s.out.digits.clear()
	}
	s.in.update(p)
	s.expectLocked(old, now)
	return s.due
}

// expectLocked decides since when packets should come: from a change of direction or address on.
func (s *Session) expectLocked(old Params, now time.Time) {
	p := s.params
	if s.in.playout.codec == nil || !receives(p.Direction) || !p.Remote.IsValid() {
		s.expect = time.Time{}
		return
	}
	if s.expect.IsZero() || p.Remote != old.Remote {
		s.expect, s.told = now, time.Time{}
	}
}

// Play sets what is sent. Nil sends silence.
func (s *Session) Play(src Source) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.source = src
}

// Listen sets who hears what is received. Nil: nobody.
func (s *Session) Listen(sink Sink) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sink = sink
}

// Meanwhile sets what the sink hears while nothing is received, such as a ringing tone that gives way to early media (RFC
// 3960 section 3.1). It needs no Update. Nil: nothing.
func (s *Session) Meanwhile(src Source) {
	s.pacing.Lock()
	due := s.meanwhileLocked(src, time.Now())
	s.pacing.Unlock()
	if !due.IsZero() {
		s.engine.request(due)
	}
}

func (s *Session) meanwhileLocked(src Source, now time.Time) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.local = src
	if src != nil && s.due.IsZero() && !s.closed {
		s.due = s.engine.slot(now, s.ptime)
	}
	return s.due
}

// Notify sets who is told of events.
func (s *Session) Notify(ev Events) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = ev
}

// SendDTMF sends digits (0-9 * # A-D, others are left out), one after the other, by RFC 4733 or as tones in the sound when
// telephone-event was not negotiated. While the direction sends nothing, and when more than 64 wait, they are dropped.
func (s *Session) SendDTMF(digits string) {
	s.pacing.Lock()
	defer s.pacing.Unlock()
	if sends(s.params.Direction) {
		s.out.digits.add(digits)
	}
}

// Stats are the counters so far.
func (s *Session) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.in.stats()
	st.Sent, st.SendErrors, st.RTT = s.sent, s.errs, s.reporter.rtt
	delay := time.Duration(0)
	if st.RTT > 0 {
		delay = st.RTT/2 + delayBase(s.params.Ptime)
	}
	codec := impairment(s.in.playout.codec)
	if st.Received > 0 {
		st.Rating = rate(codec, st.Lost+st.Discarded, st.Received+st.Lost, delay)
	}
	if s.reporter.remote != nil {
		remote := *s.reporter.remote
		remote.Rating = *rate(codec, remote.Lost, remote.Packets+remote.Lost, delay)
		st.Remote = &remote
	}
	return st
}

// Close ends the session, says BYE, frees its ports, and returns the final counters. When it returns, no Source or Sink is
// called any more; an event function may just be at work. More calls return the same.
func (s *Session) Close() Stats {
	s.closing.Do(func() {
		now := time.Now()
		s.pacing.Lock()
		if s.reporter.spoken || s.out.sent > 0 { // who never spoke must not say BYE (RFC 3550 section 6.3.7)
			s.sendReportLocked(now, true)
		}
		s.due, s.closed = time.Time{}, true
		s.mu.Lock()
		s.sent, s.errs = int(s.out.sent), s.out.errors
		s.in.digits.finish()
		s.mu.Unlock()
		s.pacing.Unlock()
		s.engine.remove(s)
		_, _ = s.rtp.close(), s.rtcp.close()
		s.readers.Wait()
		s.mu.Lock()
		s.expect = time.Time{}
		s.mu.Unlock()
		s.tell(now)
	})
	return s.Stats()
}
