package session

import (
	"time"

	"github.com/emiago/sipgo/sip"

	"sidetone/sipua/message"
	"sidetone/sipua/transaction"
)

const (
	// avoidFor is how long a path that failed is tried last. RFC 3263 leaves it open.
	avoidFor = time.Minute
	// avoidAtMost bounds what a Retry-After can ask for.
	avoidAtMost = time.Hour
)

// avoid tells that a path gave no answer, or a 503 (RFC 3261 section 21.5.4: not before its Retry-After).
func (s *Session) avoid(p Path, res *sip.Response) {
	after := avoidFor
	if res != nil {
		if asked := message.RetryAfter(res); asked > 0 {
			after = min(asked, avoidAtMost)
		}
	}
	s.emit(Avoid{Flow: p.Flow, For: after})
}

// failOver sends the first INVITE by the next path after a transport error, a timeout or a 503 (RFC 3263 section 4.3). It
// reports false when there is none.
func (s *Session) failOver(res *sip.Response) bool {
	s.avoid(s.attempt.paths[0], res)
	if len(s.attempt.paths) < 2 {
		return false
	}
	s.tryNextPath()
	return true
}

// issue sends a request inside a dialog; where its way fails, by the next one (RFC 3263 section 4.3). answered and failed
// may be nil, and get the last outcome.
func (s *Session) issue(l *leg, req *sip.Request, answered func(*sip.Response), failed func(transaction.Cause)) {
	s.complete(req, l.path, l.peerID)
	s.issueComplete(l, req, answered, failed)
}

func (s *Session) issueComplete(l *leg, req *sip.Request, answered func(*sip.Response), failed func(transaction.Cause)) {
	by := l.path
	s.send(req, by.Flow, func(res *sip.Response) {
		if res.StatusCode == sip.StatusServiceUnavailable && s.detour(l, by, res) {
			s.issueComplete(l, s.readdressed(req, l.path), answered, failed)
		} else if answered != nil {
			answered(res)
		}
	}, func(cause transaction.Cause) {
		if s.detour(l, by, nil) {
			s.issueComplete(l, s.readdressed(req, l.path), answered, failed)
		} else if failed != nil {
			failed(cause)
		}
	})
}

// detour leaves the path that failed, and tells whether there is another one.
func (s *Session) detour(l *leg, by Path, res *sip.Response) bool {
	s.avoid(by, res)
	if l.path != by {
		return true // another request has left it already
	}
	if len(l.others) == 0 {
		return false
	}
	l.path, l.others = l.others[0], l.others[1:]
	return true
}

// readdressed is a request as it goes another way: with a branch of its own and our address there.
func (s *Session) readdressed(req *sip.Request, p Path) *sip.Request {
	again := req.Clone()
	again.ReplaceHeader(message.Via(p.Flow.Transport, p.Local, s.cfg.Token()))
	if again.Contact() != nil {
		again.ReplaceHeader(message.Secured(again, s.contact(p)))
	}
	return again
}
