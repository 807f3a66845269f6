package session

import (
	"slices"
	"time"

	"github.com/emiago/sipgo/sip"

	"sidetone/sipua/message"
)

// maxQueued bounds the provisional responses that wait for a PRACK; a phone has two.
const maxQueued = 8

// reliableSender is the callee's side of RFC 3262: it numbers the provisional responses of one INVITE, and keeps the one that
// waits for its PRACK. One is out at a time, the others wait for it (section 3).
//
//	       send                  acknowledged, nothing queued
//	Idle ---------> Unacknowledged -----------------------> Idle
//	 |  \              |       ^ |
//	 |   \ finish      | finish+-+ repeated, send: queued; acknowledged: the next one
//	 v    \            v
//	Finished <------ Leftover: a PRACK is still answered, nothing is sent again
//	     acknowledged
type reliableSender struct {
	next     uint32 // RSeq of the next one
	out      *reliableResponse
	queue    []*reliableResponse
	interval time.Duration // until out is sent again
	finished bool
}

// reliableResponse is a provisional response with what is told when it goes out.
type reliableResponse struct {
	response *sip.Response
	rseq     uint32
	sdp      bool // it carries a description
	alerting Alerting
	reminder bool // it says nothing new, and nothing is told
}

// send takes a response, and returns it where it can go out at once. first is the RSeq of the first one.
func (r *reliableSender) send(res *reliableResponse, first uint32, t1 time.Duration) *reliableResponse {
	if r.next == 0 {
		r.next = first
	}
	switch {
	case r.finished:
		return nil
	case r.out != nil:
		if len(r.queue) < maxQueued {
			r.queue = append(r.queue, res)
		}
		return nil
	}
	return r.start(res, t1)
}

// start gives the response its number: one higher than the last, whatever became of that (section 3).
func (r *reliableSender) start(res *reliableResponse, t1 time.Duration) *reliableResponse {
	res.rseq = r.next
	message.SetRSeq(res.response, res.rseq)
	r.next++
	r.out, r.interval = res, t1
	return res
}

// matches tells whether a PRACK is for the response that is out.
func (r *reliableSender) matches(rack message.RAck) bool {
	return r.out != nil && rack.Method == sip.INVITE && rack.RSeq == r.out.rseq && rack.CSeq == r.out.response.CSeq().SeqNo
}

// acknowledged takes the PRACK that matches, and returns what goes out next.
func (r *reliableSender) acknowledged(t1 time.Duration) (next *reliableResponse) {
	r.out = nil
	if len(r.queue) == 0 {
		return nil
	}
	next, r.queue = r.queue[0], r.queue[1:]
	return r.start(next, t1)
}

// repeated is the response to send again, nil where there is none, and after which time it is due once more. The interval
// doubles without the cap that a 2xx has (section 3).
func (r *reliableSender) repeated() (*reliableResponse, time.Duration) {
	if r.out == nil || r.finished {
		return nil, 0
	}
	r.interval *= 2
	return r.out, r.interval
}

// promised tells whether a description is out, or waits to go out, that a 2xx must not overtake (sections 3, 5).
func (r *reliableSender) promised() bool {
	return r.out != nil && r.out.sdp || slices.ContainsFunc(r.queue, func(q *reliableResponse) bool { return q.sdp })
}

// finish is the final response: what waits is dropped, what is out is not sent again.
func (r *reliableSender) finish() { r.finished, r.queue = true, nil }
