package sipua

import (
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"

	"sidetone/sipua/dialog"
	"sidetone/sipua/message"
	"sidetone/sipua/transaction"
	"sidetone/sipua/wire"
)

const (
	// mergeWindow is how long a request that was answered without state may come by another way: 64*T1, for as long as
	// its client waits.
	mergeWindow = 32 * time.Second
	maxAnswered = 256 // requests that are remembered for it
)

// sameRequest is what two ways of one request have in common (RFC 3261 section 8.2.2.2). CSeq is a number and a method.
type sameRequest struct {
	callID, fromTag string
	cseq            uint32
	method          sip.RequestMethod
}

type answeredRequest struct {
	transaction transaction.Key
	at          time.Time
}

// answered remembers the last requests that were answered without state. Those that make calls are known by their call.
type answered struct {
	mu    sync.Mutex
	known map[sameRequest]answeredRequest
	order []sameRequest
}

// merges notes a request without a to-tag, and tells whether it has come before by another way.
func (a *answered) merges(now time.Time, req *sip.Request) bool {
	key, err := transaction.ServerKey(req)
	if err != nil || req.From() == nil || req.CSeq() == nil || req.CallID() == nil {
		return false
	}
	id := sameRequest{req.CallID().Value(), dialog.Tag(req.From().Params), req.CSeq().SeqNo, req.CSeq().MethodName}
	a.mu.Lock()
	defer a.mu.Unlock()
	if before, ok := a.known[id]; ok && now.Sub(before.at) < mergeWindow {
		return before.transaction != key
	}
	a.note(id, answeredRequest{key, now})
	return false
}

func (a *answered) note(id sameRequest, r answeredRequest) {
	if a.known == nil {
		a.known = map[sameRequest]answeredRequest{}
	}
	if _, again := a.known[id]; !again {
		if len(a.order) == maxAnswered {
			delete(a.known, a.order[0])
			a.order = a.order[1:]
		}
		a.order = append(a.order, id)
	}
	a.known[id] = r
}

// loops tells whether a request has passed this agent twice. Once is a phone that calls itself through its proxy; as
// nothing is forwarded here, twice is somebody who does it in our name.
func (ua *UserAgent) loops(req *sip.Request, flow wire.Flow) bool {
	return len(req.GetHeaders("Via")) > 1 && message.Passed(req, ua.pathOf(flow).Local) > 1
}
