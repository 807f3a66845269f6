package ladder

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"sidetone/trace"
	"sidetone/trace/phrase"
)

// layPills draws what never reached the wire on the lane of the device that saw it. Pills that follow each other are one.
func (b *builder) layPills() {
	for i := 0; i < len(b.all); i++ {
		label, tone := b.pill(i)
		if label == "" {
			continue
		}
		view := b.all[i].View
		evidence, labels := []int{i}, []string{label}
		for i+1 < len(b.all) && b.all[i+1].View == view && b.all[i+1].Own == b.all[i].Own && tone == Device {
			more, next := b.pill(i + 1)
			if _, keys := b.all[i+1].Event.Data.(trace.DTMF); keys { // drawn on its own
				i++
				continue
			}
			if more == "" || next != tone {
				break
			}
			i++
			evidence = append(evidence, i)
			if !slices.Contains(labels, more) {
				labels = append(labels, more)
			}
		}
		r := b.row(Pill, tone, b.own[view], b.own[view], evidence...)
		r.Label, r.Call = strings.Join(labels, separator), b.otherCall(evidence)
		order, sub := b.whereItBelongs(&r, evidence[0])
		b.place(order, sub, r)
	}
}

// pill is what stands on the pill of an event, "" when it has none.
func (b *builder) pill(i int) (label string, tone Tone) {
	l := b.all[i]
	say := func(key string, args ...phrase.Arg) string { return b.lang.Say("pill."+key, args...) }
	with := func(name, text string) phrase.Arg { return phrase.With(name, phrase.Clean(text)) }
	switch d := l.Event.Data.(type) {
	case trace.Hook:
		return say(pick(d.State == trace.OffHook, "lifted", "down")), Device
	case trace.Key:
		return b.keyed(l), Device
	case trace.Initiated:
		if d.After == "" {
			return "", Device
		}
		return say("after", with("call", shortID(d.After))), Device
	case trace.Handset:
		return say(pick(d.Plugged, "plugged", "unplugged")), Device
	case trace.Link:
		return say(pick(d.Up, "link.up", "link.down")), Device
	case trace.Fault:
		if d.Over {
			return say("fault.over", with("part", d.Part)), Device
		}
		return say("fault", with("part", d.Part)), Failure
	case trace.Blocked:
		return say("blocked", with("number", d.Number)), Failure
	case trace.Silent:
		return say("silent", phrase.With("for", b.lang.Duration(d.ForUS.Duration()))), Failure
	case trace.Media:
		return b.early(d), Device
	case trace.Stopped:
		if l.Event.Call == "" {
			return "", Device
		}
		return say("stopped"), Failure
	case trace.Ended:
		return b.end(l.View, d), Failure
	case trace.Hold:
		if key := holdPill(l.Event.Kind, d); key != "" {
			return say(key), Holding
		}
		return "", Device
	case trace.Suspend:
		return say(suspensions[l.Event.Kind], with("timer", d.Timer)), Holding
	case trace.Transfer:
		return b.transfer(l.Event.Kind, d), transferTones[l.Event.Kind]
	case trace.ClockStep:
		return say("clock"), Device
	default:
		return b.flowPill(l.Event, say, with), Device
	}
}

var suspensions = map[trace.Kind]string{
	trace.SuspendStarted: "suspended", trace.SuspendResumed: "suspend-resumed", trace.SuspendExpired: "suspend-expired",
}

// transferPills and transferTones are the words and the tone of each step of a transfer.
var (
	transferPills = map[trace.Kind]string{
		trace.TransferRequested: "transfer.requested", trace.TransferProgress: "transfer.progress",
		trace.TransferDone: "transfer.done", trace.TransferFailed: "transfer.failed",
	}
	transferTones = map[trace.Kind]Tone{
		trace.TransferRequested: Device, trace.TransferProgress: Device, trace.TransferDone: Device, trace.TransferFailed: Failure,
	}
)

// transfer is the pill of a step of a transfer, with the call that takes the place of this one.
func (b *builder) transfer(kind trace.Kind, d trace.Transfer) string {
	label := b.lang.Say("pill."+transferPills[kind], phrase.With("to", party(d.To)), phrase.With("status", strconv.Itoa(d.Status)))
	if d.Call == "" {
		return label
	}
	return together(label, b.lang.Say("pill.call", phrase.With("call", shortID(d.Call))))
}

// party is a party's name, else its number.
func party(p trace.Party) string {
	name := phrase.Clean(p.Name)
	return pick(name != "", name, phrase.User(p.URI))
}

// otherCall is the call that a pill leads to, "" for none.
func (b *builder) otherCall(evidence []int) string {
	for _, i := range evidence {
		switch d := b.all[i].Event.Data.(type) {
		case trace.Transfer:
			if d.Call != "" {
				return d.Call
			}
		case trace.Initiated:
			if d.After != "" {
				return d.After
			}
		}
	}
	return ""
}

// holdPill is what never reached the wire of a hold, "" for the rest.
func holdPill(kind trace.Kind, d trace.Hold) string {
	switch {
	case kind == trace.HoldRefused && d.GivenUp():
		return "hold-given-up"
	case kind == trace.HoldRefused:
		return "hold-refused"
	case kind == trace.HoldReminded:
		return "hold-reminder"
	case kind == trace.HoldExpired:
		return "hold-expired"
	case kind == trace.HoldRequested && (d.Reason == trace.HoldWaitsForAnswer || d.Reason == trace.HoldWaitsForTerminal):
		return "hold-waits"
	default:
		return ""
	}
}

// end is what only the device knows of the end of a call: that nothing came back, or that a time ran out. A timer that has
// a pill of its own needs no other.
func (b *builder) end(view int, d trace.Ended) string {
	switch {
	case d.Side == trace.Network && d.LastResponse == 0:
		return b.lang.Say("pill.nothing")
	case d.Side == trace.Timer && !b.expired[view]:
		return b.lang.Say("pill.timer")
	default:
		return ""
	}
}

// flowPill is the pill of a step of the call flow.
func (b *builder) flowPill(e trace.Event, say func(string, ...phrase.Arg) string, with func(name, text string) phrase.Arg) string {
	switch d := e.Data.(type) {
	case trace.Entered:
		return say("entered", with("flow", d.Flow))
	case trace.Schedule:
		key := "schedule." + d.Branch // open and closed have words of their own
		return say(pick(phrase.Has("pill."+key), key, "schedule"), with("branch", d.Branch))
	case trace.Menu:
		return say("menu", with("menu", d.Menu))
	case trace.Choice:
		return say(pick(d.Key == "", "choice.none", "choice"), with("key", d.Key))
	case trace.Ring:
		return say("ring", with("seats", strings.Join(d.Seats, ", ")))
	case trace.Forward:
		return say("forward", phrase.With("to", party(d.To)))
	case trace.Response:
		return say("response", phrase.With("status", strconv.Itoa(d.Status)))
	default:
		return ""
	}
}

// early says which branch of a call is heard from here on, "" where the sound changed for another reason.
func (b *builder) early(m trace.Media) string {
	if key := "pill.early." + string(m.Early); phrase.Has(key) {
		return b.lang.Say(key)
	}
	return ""
}

// keyed is what was dialled when keys were pressed before the call began, else only that keys were pressed: they are
// masked.
func (b *builder) keyed(l trace.Located) string {
	if l.At.After(b.setting.StartAt) {
		return b.lang.Say("pill.keys")
	}
	callee := b.setting.Callee
	return b.lang.Say("pill.dialled", phrase.With("number", pick(callee.Number != "", callee.Number, callee.Name)))
}

func pick(b bool, yes, no string) string {
	if b {
		return yes
	}
	return no
}

// whereItBelongs is where a pill stands: what was written down late, an agent that stopped and the end of a call, goes where it
// happened.
func (b *builder) whereItBelongs(r *Row, i int) (order, sub int) {
	switch d := b.all[i].Event.Data.(type) {
	case trace.Stopped:
		return b.whereStopped(r, i), 0
	case trace.Ended:
		at := b.begun(b.all[i].View) + d.TotalUS.Duration()
		if at >= b.at(i) {
			return i, 0
		}
		b.set(r, at)
		for first := range i {
			if b.at(first) >= at {
				return first, -1
			}
		}
	}
	return i, 0
}

// whereStopped moves the pill of an agent that stopped to where it did: it was written down at the agent's next start, which
// may be hours later.
func (b *builder) whereStopped(r *Row, stopped int) (order int) {
	order = stopped
	for i := stopped - 1; i >= 0; i-- {
		if l := b.all[i]; l.View == b.all[stopped].View && l.Ref.Boot != b.all[stopped].Ref.Boot {
			at := max(b.at(i), b.closedAt(stopped))
			b.set(r, at)
			return b.lastBy(at, i, stopped)
		}
	}
	return order
}

// closedAt is when the call ended on the device of an agent that stopped, as the agent reckoned when it closed the call.
func (b *builder) closedAt(stopped int) time.Duration {
	var begin, at time.Duration
	for i, l := range b.all {
		if l.View != b.all[stopped].View {
			continue
		}
		switch d := l.Event.Data.(type) {
		case trace.Initiated:
			begin = b.at(i)
		case trace.Ended:
			at = begin + d.TotalUS.Duration()
		}
	}
	return at
}

// lastBy is the last event from first on, before limit, that was there at a time.
func (b *builder) lastBy(at time.Duration, first, limit int) int {
	last := first
	for i := first; i < limit && b.at(i) <= at; i++ {
		last = i
	}
	return last
}

// readExpired finds the views that tell of a timer with a pill of its own.
func (b *builder) readExpired() {
	b.expired = make([]bool, len(b.views))
	for _, l := range b.all {
		if l.Event.Kind == trace.SuspendExpired || l.Event.Kind == trace.HoldExpired {
			b.expired[l.View] = true
		}
	}
}
