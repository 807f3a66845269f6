package story

import (
	"sort"

	"sidetone/trace"
	"sidetone/trace/phrase"
)

// rule finds one kind of thing worth knowing. Its sentences stand in the catalogue as find.CODE, advice.CODE and
// show.CODE; variants of find.CODE carry a suffix.
type rule struct {
	code     string
	severity Severity
	find     func(*record) []found
}

// found is what a rule says: which variant of its sentence, with what, and the events that prove it.
type found struct {
	variant  string
	severity Severity // "" for the rule's
	args     []phrase.Arg
	evidence []trace.EventRef
}

// rules lists every rule, one file each.
var rules = []rule{
	ruleAgentStopped, ruleEventsMissing, // what the trace itself lacks
	ruleDNS, ruleUndelivered, ruleUnreachable, ruleNotRegistered, ruleLineLost, ruleCredentials, ruleCodec, ruleBusyElsewhere, // why no call came about
	ruleNoACK, ruleCutAt32, ruleSessionTimer, ruleHoldLost, // why it was cut
	ruleLinkFlapped, ruleDeviceFault, ruleOneWay, rulePoorNetwork, ruleRTPElsewhere, // what was heard
	ruleHoldRefused, ruleHoldNotHonoured,
	ruleALG, rulePrivateAddress, ruleSlowSetup, ruleNoRingback, ruleRetransmission, // how the messages went
	ruleClockStepped, ruleClock,
}

// Codes lists the code of every finding.
func Codes() []string {
	codes := make([]string, 0, len(rules))
	for _, r := range rules {
		codes = append(codes, r.code)
	}
	return codes
}

var urgency = map[Severity]int{Problem: 0, Warning: 1, Note: 2}

// findings applies every rule, what matters most first.
func (r *record) findings() []Finding {
	var out []Finding
	r.proof = map[trace.EventRef]bool{}
	for _, rule := range rules {
		for _, f := range rule.find(r) {
			for _, ref := range f.evidence {
				r.proof[ref] = true
			}
			args := append(f.args, phrase.Count("evidence", len(f.evidence)))
			severity := Severity(first(string(f.severity), string(rule.severity)))
			out = append(out, Finding{
				Code: rule.code, Severity: severity, Lead: r.say("severity." + string(severity)),
				Sentence: r.say("find."+rule.code+f.variant, args...), Advice: r.say("advice."+rule.code, args...),
				Show: r.say("show."+rule.code, args...), Evidence: f.evidence,
			})
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return urgency[out[i].Severity] < urgency[out[j].Severity] })
	return out
}

func args(a ...phrase.Arg) []phrase.Arg { return a }
