package story

import "sidetone/trace"

// Tell tells the call that the views saw. views[0] is the view the story is told from: the calling device's where it is
// known. It never fails: what the events do not say is left out.
func Tell(views []trace.View, lang Lang) Story {
	if len(views) == 0 {
		views = []trace.View{{}}
	}
	r := read(views, lang)
	return Story{
		Lang: lang, Caller: r.caller, Callee: r.callee, StartAt: r.start, Clock: r.clockWarning(),
		Verdict: r.verdict(), Facts: r.facts(), Phases: r.phases(), Steps: r.steps(), Findings: r.findings(),
	}
}
