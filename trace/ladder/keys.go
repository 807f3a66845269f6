package ladder

import (
	"strings"
	"time"

	"sidetone/trace"
)

// keyingWithin is the pause after which keys are drawn as a new arrow.
const keyingWithin = 5 * time.Second

// layKeys draws keys that were sent to the other side as an arrow: they travel with the sound (RFC 4733) or in an INFO that has an
// arrow of its own. What both ends tell of is one arrow; keys in quick succession are one too.
func (b *builder) layKeys() {
	sent := b.anySent()
	var open *Row      // the arrow that more keys may join
	var last time.Time // when its last key was
	var from, order int
	flush := func() {
		if open != nil {
			b.place(order, 0, *open).last = last
		}
		open = nil
	}
	for i, l := range b.all {
		d, ok := l.Event.Data.(trace.DTMF)
		if !ok {
			if _, message := l.Event.Data.(trace.SIP); message {
				flush()
			}
			continue
		}
		told := l.Event.Kind == trace.DTMFReceived && sent
		if open != nil && l.At.Sub(last) <= keyingWithin && (l.View == from || told) {
			open.Evidence, last = append(open.Evidence, l.Ref), l.At
			if !told {
				open.Note = b.digits(open.Note, d.Digits)
			}
			continue
		}
		flush()
		a, z := b.own[l.View], b.opposite(l.View)
		if l.Event.Kind == trace.DTMFReceived {
			a, z = z, a
		}
		r := b.row(Arrow, Media, a, z, i)
		r.Label, r.Note = "DTMF", b.digits("", d.Digits)
		open, last, from, order = &r, l.At, l.View, i
	}
	flush()
}

// anySent tells whether a device has told that it sent keys: what another received is then told.
func (b *builder) anySent() bool {
	for _, l := range b.all {
		if l.Event.Kind == trace.DTMFSent {
			return true
		}
	}
	return false
}

// digits adds keys to those that an arrow carries. Masked ones are only said to have been pressed: their number says nothing.
func (b *builder) digits(before, more string) string {
	masked := b.lang.Say("pill.keys")
	if before == masked || more == "" || strings.Trim(more, "0123456789*#ABCD") != "" || len(before)+len(more) > 32 {
		return masked
	}
	return before + more
}
