package story

import (
	"time"

	"sidetone/trace"
)

// Setting is who takes part in a call, and when it began: what a story and a drawing of the same call share.
type Setting struct {
	Caller, Callee Person
	StartAt        time.Time // on the clock of the first view
	Outgoing       []bool    // by view: its device placed the call
}

// SettingOf reads the setting of a call.
func SettingOf(views []trace.View, all []trace.Located, lang Lang) Setting {
	r := &record{lang: lang, views: views, all: all, outgoing: make([]bool, len(views))}
	r.findStart()
	r.findParties()
	return Setting{Caller: r.caller, Callee: r.callee, StartAt: r.start, Outgoing: r.outgoing}
}

// Tell tells the call that the views saw. views[0] is the view the story is told from: the calling device's where it is
// known. It never fails: what the events do not say is left out.
func Tell(views []trace.View, lang Lang) Story {
	if len(views) == 0 {
		views = []trace.View{{}}
	}
	r := read(views, lang)
	findings := r.findings() // before the steps: what proves one is a step
	return Story{
		Lang: lang, Caller: r.caller, Callee: r.callee, StartAt: r.start, Clock: r.clockWarning(),
		Verdict: r.verdict(), Facts: r.facts(), Phases: listed(r.phases()), Steps: listed(r.steps()), Findings: listed(findings),
	}
}

// listed makes an empty list of none, which JSON writes as [] and not as null.
func listed[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
