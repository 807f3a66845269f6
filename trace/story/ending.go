package story

import "sidetone/trace"

// ending is how a call ended. Verdict, facts and the last step are told from it, so that they can't disagree.
type ending string

// The endings of a call; the catalogue has a head and a word for each.
const (
	stillUp     ending = "live"
	hungUp      ending = "answered"  // somebody hung up
	cutByNet    ending = "dropped"   // answered, then ended by the network
	cutByTimer  ending = "timer"     // answered, then ended by a time limit
	cutByAgent  ending = "stopped"   // the agent stopped in the middle
	wasBusy     ending = "busy"      //
	declined    ending = "declined"  // somebody said no
	notAnswered ending = "no-answer" //
	cancelled   ending = "cancelled" //
	noReply     ending = "no-reply"  // nothing ever came back
	blockedHere ending = "blocked"   //
	deflected   ending = "deflected" // sent on to somebody else by the one who was called
	refused     ending = "failed"    // a final response that is none of the above
	givenUp     ending = "abandoned" // ended here before anything came back, and nobody cancelled
)

// classes says how each ending is coloured.
var classes = map[ending]Class{
	stillUp: Live, hungUp: Good,
	wasBusy: Missed, declined: Missed, notAnswered: Missed, cancelled: Missed, deflected: Missed,
	cutByNet: Bad, cutByTimer: Bad, cutByAgent: Bad, noReply: Bad, blockedHere: Bad, refused: Bad, givenUp: Bad,
}

// marks are the shapes that go with the colours.
var marks = map[Class]string{Good: "✓", Missed: "○", Bad: "✕", Live: "●"}

// endingOf classifies the end of a call.
func endingOf(result trace.Result, side trace.Side, lastResponse, q850 int, cut bool) ending {
	switch {
	case cut:
		return cutByAgent
	case result == "":
		return stillUp
	case result == trace.ResultBlocked || lastResponse >= 900:
		return blockedHere
	case result == trace.ResultAnswered:
		return endingOfAnswered(side)
	case result == trace.ResultForwarded:
		return deflected
	case result == trace.ResultBusy:
		return wasBusy
	case lastResponse == 603 || lastResponse == 607 || lastResponse == 480 && q850 == rejected: // RFC 3261 section 21.6.2, RFC 8197
		return declined
	case result == trace.ResultNoAnswer:
		return notAnswered
	case result == trace.ResultCancelled:
		return cancelled
	case lastResponse >= 300:
		return refused
	case side == trace.Network || side == trace.Timer:
		return noReply
	default:
		return givenUp
	}
}

// rejected is the cause of a call that its user does not want (ITU-T Q.850 table 1), in the Reason header of a 480 too (RFC 3326,
// RFC 6432).
const rejected = 21

func endingOfAnswered(side trace.Side) ending {
	switch side {
	case trace.Network:
		return cutByNet
	case trace.Timer:
		return cutByTimer
	case trace.Local, trace.Remote:
	}
	return hungUp
}

// Brief is the verdict of a call in a list: its class, shape, word and head, without the sentence.
func Brief(s trace.Summary, lang Lang) Verdict {
	return brief(endingOf(s.Result, s.Side, s.LastResponse, s.Q850, s.Cut), lang)
}

func brief(e ending, lang Lang) Verdict {
	class := classes[e]
	return Verdict{Class: class, Mark: marks[class], Word: lang.Say("word." + string(e)), Head: lang.Say("head." + string(e))}
}

// ending of this call.
func (r *record) ending() ending {
	if r.stopped >= 0 {
		return cutByAgent
	}
	e, ok := r.end()
	if !ok {
		return stillUp
	}
	if e.LastResponse == 480 && r.declinedThere() {
		return declined
	}
	return endingOf(e.Result, e.Side, e.LastResponse, e.Q850, false)
}

// declinedThere tells whether the called device says that its user declined, where its 480 says only that nobody was there.
func (r *record) declinedThere() bool {
	for _, l := range r.all {
		if e, ok := l.Event.Data.(trace.Ended); ok && !r.outgoing[l.View] && e.LastResponse == 480 && e.Side == trace.Local && e.Q850 == rejected {
			return true
		}
	}
	return false
}
