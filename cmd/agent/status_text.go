package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"sidetone/switchboard"
	"sidetone/telemetry"
	"sidetone/trace"
	"sidetone/trace/phrase"
)

// saying gives the words of a language for the English ones, in which verbs of fmt stand where something is filled in.
type saying func(english string) string

// inEnglish is what a terminal is told.
func inEnglish(english string) string { return english }

// text writes the status for people.
func (st status) text(lang phrase.Lang, say saying) string {
	var b strings.Builder
	hook := "%s: handset on hook, broker %s"
	if st.OffHook {
		hook = "%s: handset off hook, broker %s"
	}
	line := func(format string, args ...any) { fmt.Fprintf(&b, say(format)+"\n", args...) }
	line(hook, st.Device, because(st.Uplink, say))
	if st.Waiting > 0 {
		line("events waiting for the broker: %d", st.Waiting)
	}
	if strings.HasPrefix(st.Journal, telemetry.InMemory) {
		line("journal in %s; a cut of power loses what has not arrived", because(st.Journal, say))
	}
	for _, l := range st.Lines {
		b.WriteString(lineText(l, say))
	}
	for _, c := range st.Calls {
		b.WriteString(callText(c, lang, say))
	}
	if len(st.Calls) == 0 {
		line("no call")
	}
	level := lang.Decimal(st.Heard.LevelDB, 1)
	switch {
	case st.Heard.ToneHz > 0:
		line("heard: a tone of %.0f Hz at %s dBFS", st.Heard.ToneHz, level)
	case st.Heard.LevelDB > audible:
		line("heard: sound at %s dBFS", level)
	}
	return b.String()
}

// because puts a state with its reason, "state: why", into words. The reason is the system's own.
func because(state string, say saying) string {
	state, why, found := strings.Cut(state, ": ")
	if state = say(state); found {
		state = fmt.Sprintf(say("%s: %s"), state, why)
	}
	return state
}

// audible is the level, in dBFS, above which an earpiece is not called silent.
const audible = -60

func callText(c switchboard.CallStatus, lang phrase.Lang, say saying) string {
	arrow := "→"
	if c.Direction == trace.In {
		arrow = "←"
	}
	mark := ""
	if c.Handset {
		mark = "  " + say("in the handset")
	}
	for _, by := range c.HeldBy {
		mark += "  " + say(map[trace.Side]string{trace.Local: "on hold here", trace.Remote: "on hold by the other side"}[by])
	}
	if !c.SuspendedUntil.IsZero() {
		mark += "  " + fmt.Sprintf(say("suspended until %s"), c.SuspendedUntil.In(time.Local).Format(time.TimeOnly))
	}
	if c.Transfer != "" {
		mark += "  " + fmt.Sprintf(say("being transferred to %s"), partyText(trace.Party{URI: c.Transfer}))
	}
	return fmt.Sprintf(say("line %d  %s %s  %s for %s%s  %s\n"),
		c.Line, arrow, partyText(c.Peer), say(string(c.State)), lang.Duration(c.SinceUS.Duration()), mark, c.ID)
}

// partyText names a party as people know it.
func partyText(p trace.Party) string {
	number, name := phrase.User(p.URI), phrase.Clean(p.Name)
	switch {
	case name == "" || name == number:
		if number != "" {
			return number
		}
		return phrase.Clean(p.URI)
	case number == "":
		return name
	}
	return name + " " + number
}

// lineText says how an account stands with its registrar.
func lineText(l lineStatus, say saying) string {
	why := " (" + strings.TrimSpace(codeText(l.Code)+" "+l.Reason) + ")"
	words := "%s does not register"
	switch {
	case l.Status == telemetry.LineUp && l.Code/100 == 2:
		words, why = "%s registered", ""
	case l.Status == telemetry.LineUp:
		words = "%s registered, but not refreshed"
	case l.Status == telemetry.LineError:
		words = "%s not registered"
	case l.Status == telemetry.LineRegistering:
		words, why = "%s registering", ""
	default:
		why = ""
	}
	return fmt.Sprintf(say(words), phrase.User(l.AOR)) + why + "\n"
}

// codeText is a SIP status, "" for none.
func codeText(code int) string {
	if code == 0 {
		return ""
	}
	return strconv.Itoa(code)
}
