package story

import (
	"slices"
	"time"

	"sidetone/trace"
	"sidetone/trace/phrase"
)

// scope says whose events of a kind become steps of their own.
type scope uint8

const (
	never scope = iota // told by another step, or only in the ladder
	once               // both ends see the same: the first view that has them tells
	each               // every device tells its own
)

// shape is how a kind that needs no more than its own sentence is drawn.
type shape struct {
	scope scope
	class StepClass
	glyph string
}

// shapes covers every kind; a test proves it.
var shapes = map[trace.Kind]shape{
	trace.CallInitiated: {}, trace.CallProgress: {}, trace.CallRinging: {}, trace.CallAnswered: {}, trace.CallEnded: {},
	trace.HoldRequested: {}, trace.HoldConfirmed: {}, trace.HoldRefused: {}, trace.HoldResumed: {}, trace.HoldReminded: {},
	trace.HoldExpired:    {},
	trace.SuspendStarted: {}, trace.SuspendResumed: {}, trace.SuspendExpired: {},

	trace.FlowEntered: {each, StepCall, glyphNote}, trace.FlowSchedule: {each, StepCall, glyphNote},
	trace.FlowMenu: {each, StepCall, glyphNote}, trace.FlowChoice: {each, StepCall, glyphKeys},
	trace.FlowRing: {each, StepCall, glyphNote}, trace.FlowForward: {each, StepCall, glyphTransfer},
	trace.FlowResponse: {each, StepCall, glyphNote}, trace.RouteBlocked: {},

	trace.TransferRequested: {once, StepCall, glyphTransfer}, trace.TransferProgress: {once, StepCall, glyphTransfer},
	trace.TransferDone: {once, StepCall, glyphTransfer}, trace.TransferFailed: {once, StepBad, glyphBad},

	trace.SIPSent: {}, trace.SIPReceived: {}, trace.SIPRejected: {},
	trace.MediaStarted: {}, trace.MediaChanged: {}, trace.MediaStopped: {}, trace.MediaQuality: {},
	trace.MediaSilent: {each, StepBad, glyphBad},
	trace.DTMFSent:    {each, StepCall, glyphKeys}, trace.DTMFReceived: {once, StepCall, glyphKeys},

	trace.DeviceHook: {each, StepDevice, glyphDevice}, trace.DeviceKey: {each, StepDevice, glyphKeys},
	trace.DeviceLink: {each, StepDevice, glyphNote}, trace.DeviceHandset: {each, StepDevice, glyphDevice},
	trace.DeviceFault: {each, StepBad, glyphBad},

	trace.LineRegistering: {}, trace.LineRegistered: {}, trace.LineUnregistered: {each, StepDevice, glyphNote},
	trace.LineFailed: {each, StepBad, glyphBad},

	trace.AgentStarted: {}, trace.AgentStopped: {}, trace.AgentConfig: {}, trace.AgentCommand: {}, trace.AgentUpdate: {},
	trace.AgentGap: {each, StepGap, glyphGap}, trace.ClockStepped: {each, StepDevice, glyphNote},
}

// others tells what no other step has told yet.
func (t *teller) others() []Step {
	views := t.firstViews()
	var out []Step
	for i, l := range t.all {
		s := shapes[l.Event.Kind]
		if l.Own {
			s = t.ownShape(i)
		}
		if t.told[i] || s.scope == never || (s.scope == once && views[l.Event.Kind] != l.View) || t.heardTwice(l) {
			continue
		}
		if d, ok := l.Event.Data.(trace.Fault); ok && d.Over {
			s = shapes[trace.DeviceLink]
		}
		sentence := t.sentenceOf(l)
		if n := len(out); l.Event.Kind == trace.DTMFSent && n > 0 && t.sameKeying(out[n-1], l) {
			out[n-1].Evidence = append(out[n-1].Evidence, l.Ref)
			continue
		}
		out = append(out, t.step(s.class, s.glyph, t.at(i), sentence, i))
	}
	return out
}

// keyingWithin is the pause after which keys are told as a new step.
const keyingWithin = 5 * time.Second

// sameKeying tells whether a key goes on where the step before began; digits are masked, so their number says nothing.
func (t *teller) sameKeying(before Step, l trace.Located) bool {
	return before.Kind == trace.DTMFSent && l.At.Sub(before.At) < keyingWithin && before.Sentence == t.sentenceOf(l)
}

// heardTwice tells of what another step has told: holes, keys that the other device has told as sent, or that the sender's phone has told as pressed.
func (t *teller) heardTwice(l trace.Located) bool {
	switch l.Event.Kind {
	case trace.AgentGap: // the hole itself is a step, and the reason a finding
		return slices.ContainsFunc(t.gaps, func(g gap) bool { return g.view == l.View })
	case trace.FlowForward:
		return t.forwardedBefore(l)
	case trace.DTMFReceived:
		return t.keysSent(func(view int) bool { return view != l.View })
	case trace.DeviceKey:
		return t.answered >= 0 && l.At.After(t.all[t.answered].At) && t.keysSent(func(int) bool { return true })
	default:
		return false
	}
}

// keysSent tells whether a device of those that are meant has told that it sent keys.
func (t *teller) keysSent(meant func(view int) bool) bool {
	return slices.ContainsFunc(t.all, func(l trace.Located) bool { return l.Event.Kind == trace.DTMFSent && meant(l.View) })
}

// forwardedBefore tells whether the other device has told that the call goes on to the same one: who deflects it says so,
// and so does the caller's phone that follows.
func (t *teller) forwardedBefore(l trace.Located) bool {
	d, ok := l.Event.Data.(trace.Forward)
	return ok && d.By != nil && slices.ContainsFunc(t.all, func(other trace.Located) bool {
		before, ok := other.Event.Data.(trace.Forward)
		return ok && before.Reason == trace.Deflected && other.View != l.View && before.To.URI == d.To.URI
	})
}

// firstViews is, for each kind, the first view that has it.
func (t *teller) firstViews() map[trace.Kind]int {
	views := map[trace.Kind]int{}
	for _, l := range t.all {
		if v, ok := views[l.Event.Kind]; !ok || l.View < v {
			views[l.Event.Kind] = l.View
		}
	}
	return views
}

// sentenceOf is the sentence of an event with the people of this call.
func (t *teller) sentenceOf(l trace.Located) string {
	return describe(t.lang, l.Event, cast{
		who: t.local(l.View).Name, other: t.remote(l.View).Name, caller: t.caller.Name, callee: t.callee.Name,
	})
}

// missing tells of numbers that are not there, one step a stretch.
func (t *teller) missing() []Step {
	var out []Step
	for _, g := range t.gaps {
		evidence := g.after
		if evidence < 0 {
			evidence = t.lastOf(g.view)
		}
		s := t.step(StepGap, glyphGap, t.gapAt(g), t.say("step.gap", phrase.Count("n", g.Count()), t.who(t.local(g.view))), evidence)
		s.Detail = t.say("detail.gap"+when(g.Count() == 1, ".one"), phrase.With("from", t.lang.Number(g.From)), phrase.With("to", t.lang.Number(g.To)))
		out = append(out, s)
	}
	return out
}

func (t *teller) lastOf(view int) int {
	for i := len(t.all) - 1; i >= 0; i-- {
		if t.all[i].View == view && !t.all[i].Own {
			return i
		}
	}
	return -1
}
