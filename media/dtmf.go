package media

import (
	"encoding/binary"
	"strings"
	"time"

	"sidetone/media/tone"
)

// Times of DTMF that is sent. RFC 4733 leaves them to the sender; ITU-T Q.24 wants at least 40 ms of each.
const (
	toneLength  = 100 * time.Millisecond
	pauseLength = 60 * time.Millisecond

	eventVolume = 10 // -dBm0 (RFC 4733 section 2.3.4)
	endPackets  = 3  // how often the last packet of an event is sent (section 2.5.1.4)
	endBit      = 0x80

	maxDigits = 64 // waiting to be sent
)

// eventTimeout ends an event whose end was lost: three packets of the longest packet time (section 2.5.2.2).
const eventTimeout = 180 * time.Millisecond

// digitSender says, slot by slot, what to send for the digits that wait. Owned by the pacer.
type digitSender struct {
	waiting []byte // event codes
	elapsed int    // samples of the running event
	ends    int    // packets with the end bit that were sent
	pause   int    // samples until the next event may begin
	start   uint32 // timestamp of the running event

	tones *tone.Source // the running digit, when it is sent as sound
}

// add queues digits. Characters that are no digits are left out.
func (d *digitSender) add(digits string) {
	for _, key := range strings.ToUpper(digits) {
		if code := strings.IndexRune(tone.Keys, key); code >= 0 && len(d.waiting) < maxDigits {
			d.waiting = append(d.waiting, byte(code))
		}
	}
}

// clear forgets all that waits.
func (d *digitSender) clear() {
	d.waiting = d.waiting[:0]
	d.elapsed, d.ends, d.pause, d.tones = 0, 0, 0, nil
}

// mix puts the running digit into the sound of a slot, for a peer that did not negotiate telephone-event. False: none is running.
func (d *digitSender) mix(pcm []int16) bool {
	if d.tones != nil && d.tones.Frame(pcm) {
		return true
	}
	d.tones = nil
	if len(d.waiting) == 0 {
		return false
	}
	d.tones = tone.DTMF(tone.Keys[d.waiting[0]:][:1], toneLength, pauseLength)
	d.pop()
	return d.tones.Frame(pcm)
}

func (d *digitSender) pop() { d.waiting = d.waiting[:copy(d.waiting, d.waiting[1:])] }

// slot returns the event packet of a slot of n samples that begins at timestamp now. First is its marker bit. False: the slot
// belongs to the sound.
func (d *digitSender) slot(now uint32, n int) (payload [4]byte, timestamp uint32, first, ok bool) {
	if d.pause > 0 {
		d.pause -= n
		return payload, 0, false, false
	}
	if len(d.waiting) == 0 {
		return payload, 0, false, false
	}
	const full = int(toneLength * SampleRate / time.Second)
	if first = d.elapsed == 0; first {
		d.start = now
	}
	d.elapsed = min(d.elapsed+n, max(full, n))
	payload = [4]byte{d.waiting[0], eventVolume}
	if d.elapsed >= full {
		payload[1] |= endBit
		d.ends++
	}
	binary.BigEndian.PutUint16(payload[2:], uint16(d.elapsed)) // bounded by full and a slot
	if d.ends == endPackets {
		d.pop()
		d.elapsed, d.ends = 0, 0
		d.pause = int(pauseLength * SampleRate / time.Second)
	}
	return payload, d.start, first, true
}

// digit is a DTMF event that ended.
type digit struct {
	at       time.Time
	key      byte
	duration time.Duration
}

// digitReceiver puts event packets together. It is pure; its owner locks.
type digitReceiver struct {
	active    bool
	event     byte
	timestamp uint32 // of the running segment
	before    uint32 // samples of earlier segments of the same event
	length    uint32 // samples of this segment
	began     time.Time
	last      time.Time

	ended     bool
	endedTime uint32 // timestamp of the event that ended last: copies of its last packet follow

	done []digit // to be told
}

// packet takes one event packet (RFC 4733 section 2.3). Events that are no DTMF are left out.
func (r *digitReceiver) packet(timestamp uint32, payload []byte, now time.Time) {
	if len(payload) < 4 || int(payload[0]) >= len(tone.Keys) {
		return
	}
	event, length := payload[0], uint32(binary.BigEndian.Uint16(payload[2:]))
	switch {
	case r.ended && timestamp == r.endedTime:
		return
	case r.active && timestamp == r.timestamp:
	case r.active && event == r.event && timestamp == r.timestamp+0xffff && r.length == 0xffff:
		r.before += 0xffff // a long event goes on in a new segment (section 2.5.1.3)
		r.timestamp, r.length = timestamp, 0
	case r.active && diff(timestamp, r.timestamp) < 0:
		return // an event that is over, out of order
	default:
		r.finish()
		*r = digitReceiver{active: true, event: event, timestamp: timestamp, began: now, done: r.done}
	}
	r.length = max(r.length, length)
	r.last = now
	if payload[1]&endBit != 0 {
		r.finish()
	}
}

// expire ends an event whose packets stopped coming.
func (r *digitReceiver) expire(now time.Time) {
	if r.active && now.Sub(r.last) >= eventTimeout {
		r.finish()
	}
}

func (r *digitReceiver) finish() {
	if !r.active {
		return
	}
	r.active, r.ended, r.endedTime = false, true, r.timestamp
	duration := time.Duration(r.before+r.length) * time.Second / SampleRate
	if len(r.done) < maxDigits {
		r.done = append(r.done, digit{at: r.began, key: tone.Keys[r.event], duration: duration})
	}
}
