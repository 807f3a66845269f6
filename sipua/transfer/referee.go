package transfer

import "time"

// Lifetime is how long a subscription of a peer to the outcome of its REFER lives: longer than a call rings.
const Lifetime = 5 * time.Minute

// Notify is a NOTIFY to be sent.
type Notify struct {
	Fragment
	Subscription Subscription
}

// Referee reports to the peer what became of its REFER: one NOTIFY at a time, and only what is news (RFC 3515 section
// 2.4.4). Its zero value is ready.
type Referee struct {
	status  int       // last reported
	waiting *Fragment // until the NOTIFY that is under way was answered
	flying  bool
	over    bool
}

// Over tells whether there is nothing more to report.
func (r *Referee) Over() bool { return r.over && !r.flying && r.waiting == nil }

// Report tells how far the call has come; nil where nothing is to be sent now.
func (r *Referee) Report(f Fragment) *Notify {
	if r.over || f.Status == r.status {
		return nil
	}
	r.status, r.over = f.Status, f.Final()
	if r.flying {
		r.waiting = &f
		return nil
	}
	return r.send(f)
}

// Answered takes the outcome of the NOTIFY, status 0 for no response. Above 2xx the peer has no subscription any more (RFC
// 6665 section 4.2.2).
func (r *Referee) Answered(status int) *Notify {
	r.flying = false
	next := r.waiting
	r.waiting = nil
	if status < 200 || status > 299 {
		r.over = true
		return nil
	}
	if next == nil {
		return nil
	}
	return r.send(*next)
}

func (r *Referee) send(f Fragment) *Notify {
	r.flying = true
	n := &Notify{Fragment: f, Subscription: Subscription{Expires: Lifetime}}
	if f.Final() {
		n.Subscription = Subscription{Terminated: true, Reason: "noresource"} // section 2.4.7
	}
	return n
}
