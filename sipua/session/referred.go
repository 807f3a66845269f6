package session

import (
	"errors"
	"strconv"

	"github.com/emiago/sipgo/sip"

	"sidetone/sipua/dialog"
	"sidetone/sipua/message"
	"sidetone/sipua/transaction"
	"sidetone/sipua/transfer"
	"sidetone/trace"
)

// Referral is what a peer asks this side to do by REFER.
type Referral struct {
	ID         uint32 // CSeq of the REFER, unique in its call (RFC 3515 section 2.4.6)
	To         transfer.Target
	ReferredBy string // value of the Referred-By, "" without one (RFC 3892)
	SessionID  string // our uuid, which the new call keeps (RFC 7989 section 6)
}

// Report says how far the call that a REFER asked for has come. Status is a provisional or final one.
type Report struct {
	ID     uint32
	Status int
	Reason string
}

func (Report) event() {}

// maxReferrals bounds how many REFERs of a peer may be under way.
const maxReferrals = 4

// reporting is a REFER of the peer that it wants to be told of.
type reporting struct {
	_       [0]func() // not to be compared, so no code is made for it
	machine transfer.Referee
	id      uint32
	first   bool // of the call: its NOTIFYs need no id
	silent  bool // Refer-Sub: false
	final   bool // the outcome was told
	to      trace.Party
	leg     *leg
}

// referred takes a REFER (RFC 3515 sections 2.4.2 to 2.4.4): 202 and a report at once, and the user is told whom to call.
func (s *Session) referred(x *exchange, l *leg, p Path) {
	req := x.machine.Request()
	target, status := s.judgeReferral(req, l)
	if status != 202 {
		s.reply(x, status)
		return
	}
	l.dialog.Refresh(req)
	r := &reporting{
		id: req.CSeq().SeqNo, first: s.referrals == 0, silent: message.NoReferSub(req), leg: l,
		to: trace.Party{URI: target.URI.Addr()},
	}
	s.referrals++
	s.reports[r.id] = r
	res := message.Response(req, status, "", s.localTag)
	res.AppendHeader(s.contact(p))
	if r.silent {
		res.AppendHeader(sip.NewHeader("Refer-Sub", "false"))
	}
	s.respond(x, res)
	by := ""
	if h := req.GetHeader("Referred-By"); h != nil {
		by = h.Value()
	}
	s.tell(Transferred{
		Kind: trace.TransferRequested, Transfer: trace.Transfer{By: trace.Remote, To: r.to},
		Referral: &Referral{ID: r.id, To: target, ReferredBy: by, SessionID: s.cfg.SessionID},
	})
	s.notify(r, r.machine.Report(transfer.Fragment{Status: 100, Reason: message.Phrase(100)}))
}

// judgeReferral reads whom a REFER asks to call, and gives the status that answers it.
func (s *Session) judgeReferral(req *sip.Request, l *leg) (transfer.Target, int) {
	to := req.GetHeaders("Refer-To")
	if len(to) != 1 {
		return transfer.Target{}, 400 // section 2.4.1
	}
	target, err := transfer.ParseTarget(to[0].Value())
	switch {
	case errors.Is(err, transfer.ErrScheme):
		return target, 416
	case errors.Is(err, transfer.ErrMethod):
		return target, 603
	case err != nil:
		return target, 400
	case s.state != Established || l != s.leg:
		return target, 603
	case len(s.reports) >= maxReferrals:
		return target, 503
	}
	return target, s.cfg.Referral(target.URI)
}

// report takes how far the call has come, and tells the peer and the user.
func (s *Session) report(e Report) error {
	r := s.reports[e.ID]
	if r == nil || s.state != Established {
		return s.illegal(e)
	}
	if r.final { // the call that was placed has ended before the peer took the last NOTIFY
		return nil
	}
	if e.Reason == "" {
		e.Reason = message.Phrase(e.Status)
	}
	f := transfer.Fragment{Status: e.Status, Reason: e.Reason}
	s.notify(r, r.machine.Report(f))
	kind := trace.TransferProgress
	if r.final = f.Final(); r.final {
		kind = trace.TransferFailed
		if f.Status < 300 {
			kind = trace.TransferDone
		}
	}
	s.flush()
	s.tell(Transferred{Kind: kind, Transfer: trace.Transfer{By: trace.Remote, To: r.to, Status: f.Status, Reason: f.Reason}})
	s.dropReport(r)
	return nil
}

// notify sends a NOTIFY where there is one to send. A subscription ends with its dialog.
func (s *Session) notify(r *reporting, n *transfer.Notify) {
	if n == nil || r.silent {
		return
	}
	s.reach(r.leg, func(err error) {
		if err != nil || r.leg.dialog.State() == dialog.Terminated {
			s.notifyOver(r, 0)
			return
		}
		req := r.leg.dialog.Request(sip.NOTIFY)
		req.AppendHeader(s.contact(r.leg.path))
		event := "refer"
		if !r.first {
			event += ";id=" + strconv.FormatUint(uint64(r.id), 10)
		}
		req.AppendHeader(sip.NewHeader("Event", event))
		req.AppendHeader(sip.NewHeader("Subscription-State", n.Subscription.String()))
		kind := sip.ContentTypeHeader(transfer.FragmentType)
		req.AppendHeader(&kind)
		req.SetBody(n.Bytes())
		s.complete(req, r.leg.path, r.leg.peerID)
		s.send(req, r.leg.path.Flow, func(res *sip.Response) {
			if res.StatusCode >= 200 {
				s.notifyOver(r, res.StatusCode)
			}
		}, func(transaction.Cause) { s.notifyOver(r, 0) })
	})
}

// notifyOver takes the end of a NOTIFY's transaction.
func (s *Session) notifyOver(r *reporting, status int) {
	s.notify(r, r.machine.Answered(status))
	s.dropReport(r)
}

func (s *Session) dropReport(r *reporting) {
	if r.final && (r.machine.Over() || r.silent) {
		delete(s.reports, r.id)
	}
}
