package main

import (
	"strconv"
	"strings"
	"time"

	"sidetone/switchboard"
	"sidetone/telemetry"
	"sidetone/trace"
	"sidetone/trace/phrase"
)

// text writes the status for people.
func (st status) text(lang phrase.Lang) string {
	var b strings.Builder
	hook := "phone.on-hook"
	if st.OffHook {
		hook = "phone.off-hook"
	}
	line := func(text string) { b.WriteString(text + "\n") }
	line(lang.Say(hook, phrase.With("name", st.Device), phrase.With("broker", because(lang, "phone.broker.", st.Uplink))))
	if strings.HasPrefix(st.Journal, telemetry.InMemory) {
		line(lang.Say("phone.journal.volatile", phrase.With("where", because(lang, "phone.journal.", st.Journal))))
	}
	for _, l := range st.Lines {
		line(lineText(lang, l))
	}
	for _, c := range st.Calls {
		line(callText(lang, c))
	}
	if len(st.Calls) == 0 {
		line(lang.Say("phone.no-call"))
	}
	level := phrase.With("level", lang.Decimal(st.Heard.LevelDB, 1))
	switch {
	case st.Heard.ToneHz > 0:
		line(lang.Say("phone.tone", phrase.With("frequency", lang.Decimal(st.Heard.ToneHz, 0)), level))
	case st.Heard.LevelDB > audible:
		line(lang.Say("phone.sound", level))
	}
	return b.String()
}

// because puts a state with its reason, "state: why", into words. The reason is the system's own.
func because(lang phrase.Lang, keys, state string) string {
	state, why, found := strings.Cut(state, ": ")
	state = lang.Say(keys + strings.ReplaceAll(state, " ", "-"))
	if !found {
		return state
	}
	return lang.Say("phone.because", phrase.With("broker", state), phrase.With("why", why))
}

// audible is the level, in dBFS, above which an earpiece is not called silent.
const audible = -60

func callText(lang phrase.Lang, c switchboard.CallStatus) string {
	arrow := "→"
	if c.Direction == trace.In {
		arrow = "←"
	}
	parts := []string{
		lang.Say("phone.call", phrase.With("place", strconv.Itoa(c.Line))), arrow + " " + partyText(c.Peer),
		lang.Say("phone.call."+string(c.State), phrase.With("for", lang.Duration(c.SinceUS.Duration()))),
	}
	mark := func(key string, args ...phrase.Arg) { parts = append(parts, lang.Say(key, args...)) }
	if c.Handset {
		mark("phone.in-hand")
	}
	for _, by := range c.HeldBy {
		mark("phone.held-by." + string(by))
	}
	if !c.SuspendedUntil.IsZero() {
		mark("phone.suspended", phrase.With("time", c.SuspendedUntil.In(time.Local).Format(time.TimeOnly)))
	}
	if c.Transfer != "" {
		mark("phone.transferred", phrase.With("to", partyText(trace.Party{URI: c.Transfer})))
	}
	return strings.Join(append(parts, c.ID), "  ")
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
func lineText(lang phrase.Lang, l lineStatus) string {
	key := string(l.Status)
	if l.Status == telemetry.LineUp && l.Code/100 != 2 {
		key = "stale"
	}
	return lang.Say("phone.line."+key, phrase.With("line", phrase.User(l.AOR)),
		phrase.With("answer", strings.TrimSpace(codeText(l.Code)+" "+l.Reason)))
}

// codeText is a SIP status, "" for none.
func codeText(code int) string {
	if code == 0 {
		return ""
	}
	return strconv.Itoa(code)
}
