package sipua

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sidetone/hold"
	"sidetone/internal/siptest"
	"sidetone/trace"
)

// TestRandomCallsEndInAgreedStates has three user agents do anything at any moment, on bad networks. Whatever happens, both
// ends say the same of a call, it ends once at each end, and nothing of it stays behind. SEEDS is how many calls are played,
// SEED the first of them.
func TestRandomCallsEndInAgreedStates(t *testing.T) {
	seeds := fromEnvironment(t, "SEEDS", 600)
	if testing.Short() {
		seeds = 60
	}
	first := fromEnvironment(t, "SEED", 0)
	for seed := first; seed < first+seeds; seed++ {
		synctest.Test(t, func(t *testing.T) {
			defer func() {
				if t.Failed() {
					t.Logf("again: SEED=%d SEEDS=1 go test -count=1 -run %s ./sipua", seed, t.Name())
				}
			}()
			playAtRandom(t, seed)
		})
	}
}

func fromEnvironment(t *testing.T, name string, otherwise uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// play is one run: three phones, the calls between them, and what may go wrong.
type play struct {
	*testing.T
	random  *rand.Rand
	network *siptest.Network
	phones  [3]*phone
	placed  []*line
	tcp     bool
	broken  bool // a phone was cut off or died: the two may know different things
}

// line is a call with what its two ends were told.
type line struct {
	caller, callee   *Call // callee is nil until the INVITE is there
	told, calleeTold *log
	from, to         int
	asked            [2]int // how many transfers were asked of each end, and served
}

func playAtRandom(t *testing.T, seed uint64) {
	p := &play{T: t, random: rand.New(rand.NewPCG(seed, 7)), network: siptest.NewNetwork(seed)}
	p.tcp = p.oneIn(4)
	p.network.SetFaults(siptest.Faults{
		Loss: 0.25 * p.random.Float64(), Duplication: 0.3 * p.random.Float64(), Delay: p.upTo(100 * time.Millisecond), Jitter: p.upTo(400 * time.Millisecond),
	})
	for i, addr := range []string{"10.0.0.1:5060", "10.0.0.2:5060", "10.0.0.3:5060"} {
		p.phones[i] = newPhone(t, p.network, addr, p.options(addr))
		p.phones[i].between = waits(seed, uint64(i))
	}
	p.dial(0, 1)
	for range p.random.IntN(16) {
		after(p.pause())
		for range 1 + p.random.IntN(3) { // at once, for requests to cross
			p.act()
		}
	}
	p.network.Heal()
	after(10 * time.Minute) // whatever was under way is over, a transfer that nobody reports of too
	for _, l := range p.placed {
		p.agreed(l)
	}
	for _, l := range p.placed {
		_ = l.caller.Hangup(Release{Side: trace.Local, Q850: 16})
	}
	after(time.Minute)
	for _, phone := range p.phones {
		for _, c := range phone.Calls() { // its caller is gone
			_ = c.Hangup(Release{Side: trace.Local, Q850: 16})
		}
	}
	after(5 * time.Minute)
	p.over()
}

// waits draws the random times of a phone, whose calls are each served by a goroutine of their own.
func waits(seed, phone uint64) func(least, most time.Duration) time.Duration {
	var mu sync.Mutex
	random := rand.New(rand.NewPCG(seed, 100+phone))
	return func(least, most time.Duration) time.Duration {
		mu.Lock()
		defer mu.Unlock()
		return least + time.Duration(random.Int64N(int64(most-least)+1)).Truncate(10*time.Millisecond)
	}
}

func (p *play) oneIn(n int) bool { return p.random.IntN(n) == 0 }
func (p *play) upTo(most time.Duration) time.Duration {
	return time.Duration(p.random.Int64N(int64(most) + 1))
}

// options of a phone: what may differ from one to the other does.
func (p *play) options(addr string) func(*Options) {
	return func(o *Options) {
		if p.tcp {
			overTCP(p.network, addr)(o)
		}
		o.SessionTimer = []time.Duration{0, 90 * time.Second, 2 * time.Minute, 30 * time.Minute}[p.random.IntN(4)]
		o.Hold.Method = []hold.Method{hold.Auto, hold.ReINVITE, hold.UPDATE}[p.random.IntN(3)]
		o.Reliable = []Reliable{ReliableOff, ReliableSupported, ReliableSupported, ReliableRequired}[p.random.IntN(4)]
		o.Referral = func(string) int { return 202 }
		o.Hold.Direction = []trace.MediaDirection{trace.SendOnly, trace.Inactive}[p.random.IntN(2)]
	}
}

// pause is short, for what follows to meet what goes on, and now and then long enough for a session to be refreshed.
func (p *play) pause() time.Duration {
	if p.oneIn(8) {
		return p.upTo(2 * time.Minute)
	}
	if p.oneIn(3) {
		return p.upTo(100 * time.Millisecond)
	}
	return p.upTo(3 * time.Second)
}

// address is where a phone is called.
func (p *play) address(to int) string {
	target := "sip:bob@" + p.phones[to].addr.String()
	if p.tcp {
		target += ";transport=tcp"
	}
	return target
}

func (p *play) dial(from, to int) {
	l := &line{told: &log{}, from: from, to: to}
	var err error
	if l.caller, err = p.phones[from].Dial(Dial{Target: p.address(to), Media: LocalMedia{Port: 3000}}, l.told); err == nil {
		p.placed = append(p.placed, l)
	}
}

// follow serves a transfer that one end of a call was asked for: it places the call, or declines.
func (p *play) follow(l *line, end int) {
	c, told, at := l.caller, l.told, l.from
	if end == 1 {
		c, told, at = l.callee, l.calleeTold, l.to
	}
	all := told.referrals()
	if l.asked[end] == len(all) {
		return
	}
	r := all[l.asked[end]]
	l.asked[end]++
	next := &line{told: &log{}, from: at, to: slices.IndexFunc(p.phones[:], func(o *phone) bool { return o.addr.Addr().String() == r.To.URI.Host })}
	var err error
	if next.caller, err = c.Follow(r, LocalMedia{Port: 3100}, next.told); err != nil || p.oneIn(8) {
		c.Decline(r, 603, "")
	}
	if err == nil {
		p.placed = append(p.placed, next)
	}
}

// find looks for the other end of a call.
func (p *play) find(l *line) {
	phone := p.phones[l.to]
	phone.mu.Lock()
	defer phone.mu.Unlock()
	for i, c := range phone.calls {
		if c.info.SIPCallID == l.caller.info.SIPCallID {
			l.callee, l.calleeTold = c, phone.logs[i]
		}
	}
}

// act is one thing that a person, or fate, does. Much of it makes no sense at the moment, and has no effect.
func (p *play) act() {
	l := p.placed[p.random.IntN(len(p.placed))]
	p.find(l)
	end, side := l.caller, 0
	if l.callee != nil && p.oneIn(2) {
		end, side = l.callee, 1
	}
	switch p.random.IntN(40) {
	case 0, 1:
		_ = end.Hangup(Release{Side: trace.Local, Q850: 16})
	case 2, 3, 4, 5, 6, 7, 8, 9:
		_ = end.Hold()
	case 10, 11, 12, 13, 14, 15, 16:
		_ = end.Resume()
	case 17:
		if len(p.placed) < 3 {
			from := p.random.IntN(3)
			p.dial(from, (from+1+p.random.IntN(2))%3)
		}
	case 18:
		p.disaster()
	case 19, 20:
		_ = end.Transfer(p.address(p.random.IntN(3)))
	default:
		p.follow(l, side)
		p.serve(l)
	}
}

// serve is something that only a callee does.
func (p *play) serve(l *line) {
	if l.callee == nil {
		return
	}
	switch p.random.IntN(12) {
	case 0, 1:
		_ = l.callee.Ring()
	case 2, 3:
		_ = l.callee.Progress()
	case 4:
		_ = l.callee.Reject(400+p.random.IntN(300), "")
	default:
		_ = l.callee.Answer()
	}
}

// disaster cuts a phone off for a while, or kills it.
func (p *play) disaster() {
	victim := p.phones[p.random.IntN(3)]
	p.broken = true
	if p.oneIn(3) {
		victim.stop()
		<-victim.stopped
		return
	}
	p.network.Partition(victim.addr.Addr().String())
	after(p.upTo(time.Minute))
	p.network.Heal()
}

// agreed compares the two ends of a call when nothing is under way any more.
func (p *play) agreed(l *line) {
	p.Helper()
	p.find(l)
	a, aEnded := l.told.ended()
	if l.callee == nil {
		if l.told.answered() {
			p.Errorf("answered by nobody: %v", l.told.said())
		}
		return
	}
	b, bEnded := l.calleeTold.ended()
	// A caller that gives up before it hears anything cannot send a CANCEL (RFC 3261 section 9.1).
	unknown := aEnded && a.Cancelled && a.LastResponse == 0
	lost := p.broken || unknown || aEnded && a.Side == trace.Network || bEnded && b.Side == trace.Network || l.told.unheard() || l.calleeTold.unheard()
	switch {
	case l.told.answered() && !l.calleeTold.answered():
		p.disagree(l, "only the caller knows of an answer")
	case lost: // what one side could not know
	case aEnded != bEnded:
		p.disagree(l, "only one side knows of the end")
	case l.calleeTold.answered() && !l.told.answered() && !a.Cancelled:
		p.disagree(l, "only the callee knows of the answer")
	case !aEnded && l.told.answered():
		p.sameMedia(l)
	}
}

func (p *play) disagree(l *line, what string) {
	p.Helper()
	p.Errorf("%s:\n%s\n%s", what, strings.Join(l.told.said(), ", "), strings.Join(l.calleeTold.said(), ", "))
}

// sameMedia compares two ends that talk.
func (p *play) sameMedia(l *line) {
	p.Helper()
	one, other := lastMedia(l.told), lastMedia(l.calleeTold)
	if hold.Reverse(one.Direction) != other.Direction || one.Codec != other.Codec || one.Remote != other.Local || other.Remote != one.Local {
		p.disagree(l, fmt.Sprintf("they do not agree:\n%+v\n%+v", one, other))
	}
	if one, other := holders(l.told), holders(l.calleeTold); one != [2]bool{other[1], other[0]} {
		p.disagree(l, fmt.Sprintf("who holds: %v, %v", one, other))
	}
}

// over checks that every call was told to its end, and that nothing is left.
func (p *play) over() {
	p.Helper()
	var logs []*log
	for _, l := range p.placed {
		logs = append(logs, l.told)
	}
	for i, phone := range p.phones {
		logs = append(logs, phone.logs...)
		if left := len(phone.Calls()) + len(phone.actors); left != 0 && !phone.UserAgent.stopped {
			p.Errorf("phone %d: %d calls or actors are left", i, left)
		}
	}
	for _, l := range logs {
		told := strings.Join(l.told(), ", ")
		e, _ := l.ended()
		if strings.Count(told, "ended ") != 1 || strings.Count(told, "settled") != 1 || !strings.HasSuffix(told, "settled") ||
			strings.Count(told, "answered ") > 1 || e.Reason == "internal error" {
			p.Errorf("%s: %s\n%s", e.Reason, told, strings.Join(l.said(), " "))
		}
	}
}

func (l *log) answered() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.signals {
		if _, ok := s.(Answered); ok {
			return true
		}
	}
	return false
}

// unheard tells whether a BYE got no answer: all its copies were lost.
func (l *log) unheard() bool {
	said := " " + strings.Join(l.said(), " ") + " "
	return strings.Contains(said, ">BYE ") && !strings.Contains(said, "/BYE ")
}

// referrals are the transfers that this side was asked for.
func (l *log) referrals() (all []Referral) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.signals {
		if t, ok := s.(Transferred); ok && t.Referral != nil {
			all = append(all, *t.Referral)
		}
	}
	return all
}

func lastMedia(l *log) Media {
	l.mu.Lock()
	defer l.mu.Unlock()
	var m Media
	for _, s := range l.signals {
		switch s := s.(type) {
		case Answered:
			m = s.Media
		case MediaChanged:
			m = s.Media
		}
	}
	return m
}

// holders tells who holds, this side and the other.
func holders(l *log) (h [2]bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.signals {
		held, ok := s.(Held)
		if !ok || held.Kind != trace.HoldConfirmed && held.Kind != trace.HoldResumed {
			continue
		}
		side := 0
		if held.Hold.By == trace.Remote {
			side = 1
		}
		h[side] = held.Kind == trace.HoldConfirmed
	}
	return h
}
