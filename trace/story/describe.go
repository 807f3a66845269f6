package story

import (
	"strconv"
	"strings"
	"time"

	"sidetone/trace"
	"sidetone/trace/phrase"
)

// Describe says in one sentence what one event tells by itself, for a line of a live trace. Within a call Tell knows
// more.
func Describe(e trace.Event, lang Lang) string {
	people := cast{
		who: lang.Say("name.this"), other: lang.Say("name.other"),
		caller: lang.Say("name.the-caller"), callee: lang.Say("name.the-callee"),
	}
	if d, ok := e.Data.(trace.Initiated); ok {
		people.caller = first(partyName(d.From), people.caller)
		people.callee = first(partyName(d.To), people.callee)
	}
	return phrase.Upper(describe(lang, e, people))
}

func partyName(p trace.Party) string { return first(phrase.Clean(p.Name), phrase.User(p.URI)) }

// cast are the people of a sentence: who uses the device that tells, and who is at the other end.
type cast struct{ who, other, caller, callee string }

// describe fills in the sentence of the event's kind.
func describe(lang Lang, e trace.Event, people cast) string {
	key := "kind." + string(e.Kind) + variant(e)
	if !phrase.Has(key) {
		return lang.Say("kind.unknown", phrase.With("kind", phrase.Clean(string(e.Kind))))
	}
	args := append(detailArgs(lang, e, people),
		phrase.With("who", people.who), phrase.With("other", people.other),
		phrase.With("caller", people.caller), phrase.With("callee", people.callee))
	return lang.Say(key, args...)
}

// variant chooses among the sentences of a kind by its payload.
func variant(e trace.Event) string {
	switch d := e.Data.(type) {
	case trace.Alerting:
		return when(e.Kind == trace.CallProgress && d.EarlyMedia, ".audio")
	case trace.Media:
		return when(e.Kind == trace.MediaChanged && (d.Early == trace.EarlyDescribed || d.Early == trace.EarlyRTP || d.Early == trace.EarlyLeft), ".branch")
	case trace.Suspend:
		return when(d.Initiator == trace.SuspendByUser, ".user")
	case trace.Schedule:
		return when(phrase.Has("kind.flow.schedule."+d.Branch), "."+d.Branch)
	case trace.Choice:
		return when(d.Key == "", ".none")
	case trace.Forward:
		return forwardVariant(d)
	case trace.Hook:
		return when(d.State == trace.OffHook, ".off")
	case trace.Link:
		return when(d.Up, ".up")
	case trace.Fault:
		return when(d.Part == trace.FaultyJournal, ".journal") + when(d.Over, ".over")
	case trace.Handset:
		return when(d.Plugged, ".plugged")
	case trace.Stopped:
		return when(e.Call != "", ".call")
	case trace.Configured:
		return when(d.Source == trace.ConfiguredRemote, ".remote") + when(!d.Applied, ".refused")
	case trace.Command:
		return commandVariant(d)
	case trace.ClockStep:
		return when(d.StepUS < 0, ".back")
	case trace.Transfer:
		return when(e.Kind == trace.TransferFailed && d.Status == 0, ".silent") +
			when(e.Kind != trace.TransferProgress && d.By == trace.Remote, ".remote")
	default:
		return ""
	}
}

// commandVariant tells who asked from what became of it; one that nobody could read has no name.
func commandVariant(d trace.Command) string {
	switch {
	case d.State == "failed" && d.Op == "":
		return ".unknown"
	case d.State == "failed":
		return ".failed"
	case d.State == "done":
		return ".done"
	}
	return ""
}

// forwardVariant tells a redirection from the next of several targets, and from what a call flow does.
func forwardVariant(d trace.Forward) string {
	switch {
	case d.By == nil:
		return ""
	case d.Status >= 300 && d.Status < 400:
		return ".redirected"
	default:
		return ".next"
	}
}

func when(b bool, s string) string {
	if b {
		return s
	}
	return ""
}

// detailArgs are the parameters that the payload gives.
func detailArgs(lang Lang, e trace.Event, people cast) []phrase.Arg {
	text := func(name, s string) phrase.Arg { return phrase.With(name, phrase.Clean(s)) }
	number := func(name string, n int) phrase.Arg { return phrase.With(name, strconv.Itoa(n)) }
	took := func(name string, d time.Duration) phrase.Arg { return phrase.With(name, lang.Duration(d)) }
	switch d := e.Data.(type) {
	case trace.Ended:
		return []phrase.Arg{phrase.With("result", brief(endingOf(d.Result, d.Side, d.LastResponse, d.Q850, false), lang).Word)}
	case trace.Hold:
		by, held := people.who, people.other
		if d.By == trace.Remote {
			by, held = held, by
		}
		return []phrase.Arg{phrase.With("by", by), phrase.With("held", held)}
	case trace.Suspend:
		return []phrase.Arg{text("timer", d.Timer), took("left", d.Deadline.Sub(e.At))}
	case trace.Entered:
		return []phrase.Arg{text("flow", d.Flow)}
	case trace.Schedule:
		return []phrase.Arg{text("schedule", d.Schedule), text("branch", d.Branch)}
	case trace.Menu:
		return []phrase.Arg{text("menu", d.Menu)}
	case trace.Choice:
		return []phrase.Arg{text("menu", d.Menu), text("key", d.Key), text("target", d.Target)}
	case trace.Ring:
		return []phrase.Arg{phrase.With("seats", seats(d.Seats)), phrase.Count("n", len(d.Seats))}
	case trace.Forward:
		args := []phrase.Arg{phrase.With("to", first(partyName(d.To), people.other))}
		if d.By != nil {
			args = append(args, phrase.With("by", first(partyName(*d.By), people.other)))
		}
		return args
	case trace.Response:
		return []phrase.Arg{number("status", d.Status), phrase.With("meaning", Meaning(d.Status, lang))}
	case trace.Blocked:
		return []phrase.Arg{text("number", d.Number)}
	case trace.Transfer:
		return []phrase.Arg{phrase.With("to", first(partyName(d.To), lang.Say("name.third"))), phrase.With("meaning", Meaning(d.Status, lang))}
	case trace.SIP:
		return []phrase.Arg{phrase.With("message", phrase.Clean(MessageTitle(d))), text("address", d.Remote)}
	case trace.Rejected:
		return []phrase.Arg{phrase.Count("n", d.Count), text("address", d.Last)}
	case trace.Media:
		return []phrase.Arg{phrase.With("codec", Codec(d.Codec)), phrase.With("direction", directionWords(lang, d.Direction))}
	case trace.Quality:
		return []phrase.Arg{phrase.With("loss", lang.Percent(heard{known: true, side: d.Local}.loss()))}
	case trace.Silent:
		return []phrase.Arg{took("for", d.ForUS.Duration())}
	case trace.DTMF:
		return []phrase.Arg{phrase.Count("n", len(d.Digits))}
	case trace.Key:
		return []phrase.Arg{phrase.Count("n", len(d.Keys))}
	default:
		return deviceArgs(lang, e)
	}
}

// deviceArgs are the parameters of what belongs to the device and to no call.
func deviceArgs(lang Lang, e trace.Event) []phrase.Arg {
	text := func(name, s string) phrase.Arg { return phrase.With(name, phrase.Clean(s)) }
	switch d := e.Data.(type) {
	case trace.Link:
		return []phrase.Arg{text("interface", d.Interface)}
	case trace.Fault:
		return []phrase.Arg{text("part", d.Part), text("error", d.Error)}
	case trace.Line:
		return []phrase.Arg{
			phrase.With("line", phrase.User(d.AOR)), text("registrar", d.Registrar),
			phrase.With("meaning", Meaning(d.Status, lang)),
		}
	case trace.Started:
		return []phrase.Arg{text("version", d.Version)}
	case trace.Configured:
		source := text("source", d.Source)
		if key := "source." + d.Source; phrase.Has(key) {
			source = phrase.With("source", lang.Say(key))
		}
		return []phrase.Arg{source, text("error", d.Error)}
	case trace.Command:
		by := first(phrase.Clean(d.By), lang.Say("name.somebody"))
		return []phrase.Arg{text("op", d.Op), phrase.With("by", by), text("error", d.Error)}
	case trace.Update:
		return []phrase.Arg{text("from", d.From), text("to", d.To), text("state", d.State)}
	case trace.Gap:
		return []phrase.Arg{phrase.Count("n", int(min(d.Count, 1<<31-1))), phrase.With("reason", lang.Say("loss"+lossVariants[d.Reason]))}
	case trace.ClockStep:
		return []phrase.Arg{phrase.With("step", lang.Duration(d.StepUS.Duration()))}
	default:
		return nil
	}
}

func seats(names []string) string {
	clean := make([]string, 0, len(names))
	for _, n := range names {
		clean = append(clean, phrase.Clean(n))
	}
	return strings.Join(clean, ", ")
}

// directionWords says in words which way sound goes, as the device has it.
func directionWords(lang Lang, d trace.MediaDirection) string {
	if key := "direction." + string(d); phrase.Has(key) {
		return lang.Say(key)
	}
	return phrase.Clean(string(d))
}

// MessageTitle names a message as people read it in a ladder: "re-INVITE", "180 Ringing".
func MessageTitle(m trace.SIP) string {
	switch {
	case !m.IsRequest():
		return strings.TrimSpace(strconv.Itoa(m.Status) + " " + m.Reason)
	case m.Method == "INVITE" && m.InDialog():
		return "re-INVITE"
	default:
		return m.Method
	}
}
