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
	"sidetone/trace/terminal"
)

// text writes the status for people.
func (st status) text() string {
	var b strings.Builder
	hook := "on hook"
	if st.OffHook {
		hook = "off hook"
	}
	fmt.Fprintf(&b, "%s: handset %s, broker %s\n", st.Device, hook, st.Uplink)
	if st.Waiting > 0 {
		fmt.Fprintf(&b, "%d events wait for the broker\n", st.Waiting)
	}
	if strings.HasPrefix(st.Journal, telemetry.InMemory) {
		b.WriteString("journal in " + st.Journal + "; a cut of power loses what has not arrived\n")
	}
	for _, l := range st.Lines {
		b.WriteString(lineText(l))
	}
	for _, c := range st.Calls {
		b.WriteString(callText(c))
	}
	if len(st.Calls) == 0 {
		b.WriteString("no call\n")
	}
	switch {
	case st.Heard.ToneHz > 0:
		fmt.Fprintf(&b, "heard: a tone of %.0f Hz at %.1f dBFS\n", st.Heard.ToneHz, st.Heard.LevelDB)
	case st.Heard.LevelDB > audible:
		fmt.Fprintf(&b, "heard: sound at %.1f dBFS\n", st.Heard.LevelDB)
	}
	return b.String()
}

// audible is the level, in dBFS, above which an earpiece is not called silent.
const audible = -60

func callText(c switchboard.CallStatus) string {
	arrow := "→"
	if c.Direction == trace.In {
		arrow = "←"
	}
	mark := ""
	if c.Handset {
		mark = "  in the handset"
	}
	for _, by := range c.HeldBy {
		mark += map[trace.Side]string{trace.Local: "  on hold here", trace.Remote: "  on hold by the other side"}[by]
	}
	if !c.SuspendedUntil.IsZero() {
		mark += "  suspended until " + c.SuspendedUntil.In(time.Local).Format(time.TimeOnly)
	}
	if c.Transfer != "" {
		mark += "  being transferred to " + partyText(trace.Party{URI: c.Transfer})
	}
	return terminal.Plain(fmt.Sprintf("line %d  %s %s  %s for %s%s  %s\n",
		c.Line, arrow, partyText(c.Peer), c.State, phrase.En.Duration(c.SinceUS.Duration()), mark, c.ID))
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
func lineText(l lineStatus) string {
	words := map[telemetry.LineStatus]string{
		telemetry.LineUp: "registered", telemetry.LineRegistering: "registering", telemetry.LineError: "not registered",
		telemetry.LineDisabled: "does not register",
	}
	text := phrase.User(l.AOR) + " " + words[l.Status]
	if l.Status == telemetry.LineUp && l.Code/100 != 2 {
		text += ", but not refreshed (" + strings.TrimSpace(fmt.Sprintf("%s %s", codeText(l.Code), l.Reason)) + ")"
	}
	if l.Status == telemetry.LineError {
		text += " (" + strings.TrimSpace(fmt.Sprintf("%s %s", codeText(l.Code), l.Reason)) + ")"
	}
	return terminal.Plain(text + "\n")
}

// codeText is a SIP status, "" for none.
func codeText(code int) string {
	if code == 0 {
		return ""
	}
	return strconv.Itoa(code)
}
