package media

import (
	"sync"
	"time"
)

// Session is one RTP stream in each direction, with RTCP.
type Session struct {
	engine    *Engine
	rtp, rtcp conn
	port      int

	mu     sync.Mutex
	params Params
	source Source
	sink   Sink
	events Events
	stats  Stats
	closed bool
}

// Open binds an even port for RTP and the next one for RTCP. Nothing is sent or played until Update.
func (e *Engine) Open() (*Session, error) {
	rtp, rtcp, port, err := e.ports.open()
	if err != nil {
		return nil, err
	}
	s := &Session{engine: e, rtp: rtp, rtcp: rtcp, port: port}
	if err := e.add(s); err != nil {
		_, _ = rtp.close(), rtcp.close()
		return nil, err
	}
	return s, nil
}

// Port is the local port of RTP; it is even.
func (s *Session) Port() int { return s.port }

// Update starts the session or changes what it does. It takes effect before Update returns.
func (s *Session) Update(p Params) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.params = p
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

// Notify sets who is told of events.
func (s *Session) Notify(ev Events) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = ev
}

// SendDTMF sends digits (0-9 * # A-D, others are left out), one after the other, by RFC 4733 or as tones when
// telephone-event was not negotiated.
func (s *Session) SendDTMF(digits string) {}

// Stats are the counters so far.
func (s *Session) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stats
}

// Close ends the session, frees its ports, and returns the final counters. More calls return the same.
func (s *Session) Close() Stats {
	s.mu.Lock()
	first := !s.closed
	s.closed = true
	s.mu.Unlock()
	if first {
		s.engine.remove(s)
		_, _ = s.rtp.close(), s.rtcp.close()
	}
	return s.Stats()
}

func (s *Session) stepInLoop(time.Time) time.Time { return time.Time{} }
