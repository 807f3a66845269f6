package media

import "time"

// Lengths in samples, which are also units of the RTP timestamp.
const (
	startDelay = 480  // 60 ms are collected before a stream plays: that much may a packet be late
	maxAhead   = 3200 // 400 ms: who sends further ahead has jumped
	maxBehind  = 8000 // 1 s: who sends that far behind has started anew
	giveUp     = 800  // after 100 ms without sound the stream is over until it begins again with startDelay

	maxQueue   = 64 // packets
	maxPayload = 1472
	// calmSlots is how long the buffer must have been fuller than needed before it is shortened: 4 s of 20 ms.
	calmSlots = 200
)

// playout is the jitter buffer: it puts packets into order by timestamp, waits long enough, conceals what does not come, and
// stretches or shortens the delay as the network asks for. It is driven by its owner, who locks.
//
// end is the timestamp after the last sample that was decoded. When nothing is there to play, concealment is inserted without
// moving end on: if the packet was only late, it is played then and the delay has grown by what was inserted (owed); if
// it was lost, the next one comes with a gap of which the part that is owed is not filled again.
type playout struct {
	codec   codec
	conceal concealer

	queue []*buffered // ascending timestamps
	spare []*buffered

	filling bool      // collecting startDelay
	since   time.Time // when collecting began
	started bool      // a packet was played since reset
	end     uint32
	ready   []int16 // decoded, not yet played
	owed    int
	silent  int // samples of silence and concealment since the last packet was decoded

	slots int // since the buffer's fullness was judged last
	least int // its lowest fullness in these slots, in samples

	late, early int // packets discarded
}

type buffered struct {
	timestamp uint32
	payload   []byte
}

// reset forgets the stream and takes on another codec. The counters stay.
func (p *playout) reset(c codec) {
	p.codec = c
	p.restart()
	p.started = false
	p.conceal = concealer{}
}

// restart drops what waits and collects anew.
func (p *playout) restart() {
	for len(p.queue) > 0 {
		p.drop(0)
	}
	p.ready = p.ready[:0]
	p.filling, p.owed = true, 0
}

// insert takes a packet. The payload is copied.
func (p *playout) insert(timestamp uint32, payload []byte, now time.Time) {
	if len(payload) == 0 || len(payload) > maxPayload {
		return
	}
	if !p.inWindow(timestamp) {
		p.restart()
	}
	if !p.filling && diff(timestamp+uint32(len(payload)), p.end) <= 0 {
		p.late++
		return
	}
	at := len(p.queue)
	for at > 0 && diff(p.queue[at-1].timestamp, timestamp) > 0 {
		at--
	}
	if at > 0 && p.queue[at-1].timestamp == timestamp {
		p.early++ // the same moment twice, under two sequence numbers
		return
	}
	if len(p.queue) == maxQueue {
		p.early++
		p.drop(0)
		at = max(0, at-1)
	}
	if len(p.queue) == 0 && p.filling {
		p.since = now
	}
	p.queue = append(p.queue, nil)
	copy(p.queue[at+1:], p.queue[at:])
	p.queue[at] = p.buffer(timestamp, payload)
}

// inWindow tells whether the timestamp can belong to what is playing or being collected.
func (p *playout) inWindow(timestamp uint32) bool {
	reference := p.end
	if p.filling {
		if len(p.queue) == 0 {
			return true
		}
		reference = p.queue[0].timestamp
	}
	d := diff(timestamp, reference)
	return d <= maxAhead && d >= -maxBehind
}

// pull fills one frame, and tells false while the stream has not begun to play.
func (p *playout) pull(frame []int16, now time.Time) bool {
	if p.filling && !p.begin(now) {
		if p.started {
			p.missing(frame)
		}
		return p.started
	}
	p.started = true
	p.shorten(len(frame))
	for len(p.ready) < len(frame) && p.advance(len(frame)) {
	}
	n := copy(frame, p.ready)
	p.ready = p.ready[:copy(p.ready, p.ready[n:])]
	if n < len(frame) {
		p.owed += len(frame) - n
		p.missing(frame[n:])
	}
	p.measure()
	return true
}

// begin ends the collecting when enough is there.
func (p *playout) begin(now time.Time) bool {
	if len(p.queue) == 0 {
		return false
	}
	waited := now.Sub(p.since) >= startDelay*time.Second/SampleRate
	if !waited && p.queued() < 2*startDelay {
		return false
	}
	p.filling, p.owed = false, 0
	p.end = p.queue[0].timestamp
	p.slots = 0
	return true
}

// missing conceals, and gives the stream up when it has been missing for long.
func (p *playout) missing(frame []int16) {
	p.conceal.fill(frame)
	if p.silent += len(frame); p.silent >= giveUp && !p.filling {
		p.restart()
	}
}

// advance decodes the next packet, or fills a gap before it. It tells false when nothing is there.
func (p *playout) advance(frame int) bool {
	if len(p.queue) == 0 {
		return false
	}
	head := p.queue[0]
	gap := diff(head.timestamp, p.end)
	if skip := min(gap, p.owed); skip > 0 {
		p.end += uint32(skip)
		p.owed -= skip
		gap -= skip
	}
	if gap > 0 {
		n := min(gap, frame-len(p.ready))
		at := len(p.ready)
		p.ready = append(p.ready, make([]int16, n)...)
		p.conceal.fill(p.ready[at:])
		p.end += uint32(n)
		return true
	}
	at := len(p.ready)
	p.ready = p.codec.decode(p.ready, head.payload)
	if gap < 0 { // its beginning has been played or concealed
		old := min(-gap, len(p.ready)-at)
		p.ready = p.ready[:at+copy(p.ready[at:], p.ready[at+old:])]
	}
	p.end = head.timestamp + uint32(len(head.payload))
	p.conceal.heard(p.ready[at:])
	p.owed, p.silent = 0, 0
	p.drop(0)
	return true
}

// measure notes how full the buffer is after a slot.
func (p *playout) measure() {
	level := len(p.ready) + p.queued()
	if p.slots == 0 || level < p.least {
		p.least = level
	}
	p.slots++
}

// shorten takes one frame out, by blending two into one, when the buffer was fuller than it needs to be for a long time: the
// network became calm, or the other side's clock is faster than ours.
func (p *playout) shorten(frame int) {
	if p.slots < calmSlots {
		return
	}
	p.slots = 0
	if p.least < startDelay+frame {
		return
	}
	for len(p.ready) < 2*frame && p.advance(2*frame) {
	}
	if len(p.ready) < 2*frame {
		return
	}
	for i := range frame {
		a, b := int(p.ready[i]), int(p.ready[i+frame])
		p.ready[i+frame] = int16((a*(frame-i) + b*i) / frame)
	}
	p.ready = p.ready[:copy(p.ready, p.ready[frame:])]
}

// queued is the sound that waits in packets.
func (p *playout) queued() int {
	n := 0
	for _, b := range p.queue {
		n += len(b.payload)
	}
	return n
}

func (p *playout) buffer(timestamp uint32, payload []byte) *buffered {
	var b *buffered
	if n := len(p.spare); n > 0 {
		b, p.spare = p.spare[n-1], p.spare[:n-1]
	} else {
		b = new(buffered)
	}
	b.timestamp, b.payload = timestamp, append(b.payload[:0], payload...)
	return b
}

func (p *playout) drop(i int) {
	p.spare = append(p.spare, p.queue[i])
	p.queue = append(p.queue[:i], p.queue[i+1:]...)
}

// diff is a-b on the circle of timestamps.
func diff(a, b uint32) int { return int(int32(a - b)) }
