package story

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"sidetone/trace"
	"sidetone/trace/phrase"
)

// told fails when a sentence shows that something is missing in it.
func told(t *testing.T, what, sentence string) {
	t.Helper()
	if sentence == "" || strings.ContainsAny(sentence, "⟦⟧{}") || strings.Contains(sentence, "%!") {
		t.Errorf("%s: %q", what, sentence)
	}
}

// payloads has every known kind, each in every variant that has a sentence of its own.
func payloads() map[trace.Kind][]trace.Payload {
	hold := []trace.Payload{trace.Hold{By: trace.Local}, trace.Hold{By: trace.Remote, Status: 488}}
	suspend := []trace.Payload{
		trace.Suspend{Initiator: trace.SuspendByUser, Timer: trace.ISUPT2}, trace.Suspend{Initiator: trace.SuspendByNetwork, Timer: trace.ISUPT6},
	}
	transfer := []trace.Payload{trace.Transfer{By: trace.Local, To: trace.Party{URI: "sip:103@x"}}, trace.Transfer{By: trace.Remote, Status: 486}}
	sip := []trace.Payload{trace.SIP{Method: "INVITE"}, trace.SIP{Method: "INVITE", ToTag: "a"}, trace.SIP{Method: "BYE", Status: 200, Reason: "OK"}}
	line := []trace.Payload{trace.Line{AOR: "sip:101@x", Registrar: "x", Status: 403}}
	media := []trace.Payload{trace.Media{Codec: "G722", Direction: trace.SendRecv}, trace.Media{Codec: "PCMA", Early: trace.EarlyRTP}}
	alert := []trace.Payload{trace.Alerting{Status: 183, EarlyMedia: true}, trace.Alerting{Status: 180}}
	return map[trace.Kind][]trace.Payload{
		trace.CallInitiated: {trace.Initiated{}, trace.Initiated{From: trace.Party{Name: "Ann"}, To: trace.Party{URI: "sip:102@x"}}},
		trace.CallProgress:  alert, trace.CallRinging: alert, trace.CallAnswered: {trace.Answered{}},
		trace.CallEnded:     {trace.Ended{}, trace.Ended{Result: trace.ResultBusy, LastResponse: 486}},
		trace.HoldRequested: hold, trace.HoldConfirmed: hold, trace.HoldRefused: hold, trace.HoldResumed: hold,
		trace.HoldReminded: hold, trace.HoldExpired: hold,
		trace.SuspendStarted: suspend, trace.SuspendResumed: suspend, trace.SuspendExpired: suspend,
		trace.FlowEntered: {trace.Entered{Flow: "default"}}, trace.FlowSchedule: {
			trace.Schedule{Schedule: "office", Branch: "open"}, trace.Schedule{Schedule: "office", Branch: "closed"}, trace.Schedule{Schedule: "office", Branch: "Canada Day"},
		},
		trace.FlowMenu: {trace.Menu{Menu: "main"}}, trace.FlowChoice: {trace.Choice{Key: "1", Target: "sales"}, trace.Choice{}},
		trace.FlowRing: {trace.Ring{Seats: []string{"a", "b"}}, trace.Ring{Seats: []string{"a"}}}, trace.FlowForward: {
			trace.Forward{}, trace.Forward{By: &trace.Party{}, Status: 302}, trace.Forward{By: &trace.Party{}, Status: 486},
		},
		trace.FlowResponse: {trace.Response{Status: 486}}, trace.RouteBlocked: {trace.Blocked{Number: "1900", Status: 900}},
		trace.TransferRequested: transfer, trace.TransferProgress: transfer, trace.TransferDone: transfer, trace.TransferFailed: transfer,
		trace.SIPSent: sip, trace.SIPReceived: sip, trace.SIPRejected: {trace.Rejected{Count: 3, Last: "10.0.0.1:5060"}},
		trace.MediaStarted: media, trace.MediaChanged: media, trace.MediaStopped: media,
		trace.MediaQuality: {trace.Quality{}, trace.Quality{Local: trace.QualitySide{Packets: 90, Lost: 10}}},
		trace.MediaSilent:  {trace.Silent{ForUS: 5_000_000}}, trace.DTMFSent: {trace.DTMF{Digits: "x"}}, trace.DTMFReceived: {trace.DTMF{Digits: "xx"}},
		trace.DeviceHook: {trace.Hook{State: trace.OffHook}, trace.Hook{State: trace.OnHook}}, trace.DeviceKey: {trace.Key{Keys: "x"}, trace.Key{Keys: "xx"}},
		trace.DeviceLink: {trace.Link{Interface: "eth0"}, trace.Link{Up: true}}, trace.DeviceHandset: {trace.Handset{}, trace.Handset{Plugged: true}},
		trace.DeviceFault: {
			trace.Fault{Part: "audio", Error: "no such device"},
			trace.Fault{Part: "audio", Over: true},
			trace.Fault{Part: trace.FaultyJournal, Error: "no space left on device"},
			trace.Fault{Part: trace.FaultyJournal, Over: true},
		},
		trace.LineRegistering: line, trace.LineRegistered: line, trace.LineFailed: line, trace.LineUnregistered: line,
		trace.AgentStarted: {trace.Started{Version: "1"}}, trace.AgentStopped: {trace.Stopped{}, trace.Stopped{Reason: trace.StoppedByCut}},
		trace.AgentConfig: {
			trace.Configured{Source: "file", Applied: true},
			trace.Configured{Error: "bad"},
			trace.Configured{Source: trace.ConfiguredRemote, Applied: true, Ver: 3},
			trace.Configured{Source: trace.ConfiguredRemote, Error: "bad"},
		},
		trace.AgentCommand: {
			trace.Command{Op: "echo", By: "anna", State: "accepted"},
			trace.Command{Op: "echo", State: "done"},
			trace.Command{Op: "echo", By: "anna", State: "failed", Error: "bad"},
			trace.Command{State: "failed", Error: "bad"},
		},
		trace.AgentUpdate: {trace.Update{From: "1", To: "2", State: "kept"}},
		trace.AgentGap: {
			trace.Gap{Count: 1, Reason: trace.GapJournalFull},
			trace.Gap{Count: 2, Reason: trace.GapJournalCorrupt},
			trace.Gap{Reason: trace.GapJournalWrite},
			trace.Gap{Reason: "something else"},
		},
		trace.ClockStepped: {trace.ClockStep{StepUS: 1_000_000}, trace.ClockStep{StepUS: -1_000_000}},
	}
}

func TestEveryKindHasItsSentenceInEveryLanguage(t *testing.T) {
	all := payloads()
	for _, kind := range trace.Kinds() {
		if len(all[kind]) == 0 {
			t.Errorf("%s: no payload to try", kind)
		}
		if _, ok := shapes[kind]; !ok {
			t.Errorf("%s: nothing says how it is drawn", kind)
		}
		for _, lang := range phrase.Langs() {
			for _, data := range all[kind] {
				for _, id := range []string{"", "call"} {
					e := trace.Event{Kind: kind, Call: id, Data: data, At: time.Unix(0, 0)}
					got := Describe(e, lang)
					told(t, string(kind)+" "+string(lang), got)
					if strings.HasPrefix(got, lang.Say("kind.unknown", phrase.With("kind", string(kind)))) {
						t.Errorf("%s: not known in %s", kind, lang)
					}
				}
			}
		}
	}
}

func TestConfigurationIsToldWithWhereItWasRead(t *testing.T) {
	for lang, want := range map[Lang]string{
		En: "The configuration from the file took effect", FrCA: "La configuration lue dans le fichier a pris effet",
	} {
		e := trace.Event{Kind: trace.AgentConfig, Data: trace.Configured{Source: "file", Applied: true}}
		if got := Describe(e, lang); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestUnknownKindIsStillTold(t *testing.T) {
	for _, lang := range phrase.Langs() {
		got := Describe(trace.Event{Kind: "future.kind", Data: trace.Unknown(`{"a":1}`)}, lang)
		told(t, "future.kind", got)
		if !strings.Contains(got, "future.kind") {
			t.Errorf("%s: %q", lang, got)
		}
	}
}

func TestEveryStatusIsExplainedInEveryLanguage(t *testing.T) {
	for _, s := range phrase.Statuses() {
		for _, lang := range phrase.Langs() {
			e, err := Explain(s.Code, lang)
			if err != nil {
				t.Errorf("%s: %v", s.Code, err)
				continue
			}
			told(t, s.Code+" "+string(lang), e.Sentence)
			if strings.ContainsAny(e.Where+e.Q850, "⟦⟧{}") {
				t.Errorf("%s %s: %+v", s.Code, lang, e)
			}
			if n, err := strconv.Atoi(s.Code); err == nil {
				told(t, s.Code+" in a word", Meaning(n, lang))
			}
		}
	}
}

func TestStatusesOutsideTheRegistryHaveAMeaning(t *testing.T) {
	for _, lang := range phrase.Langs() {
		for _, status := range []int{-1, 1, 99, 150, 299, 399, 499, 599, 699, 700, 999, 5000} {
			told(t, strconv.Itoa(status), Meaning(status, lang))
			r := read([]trace.View{{}}, lang)
			told(t, strconv.Itoa(status), r.statusSentence(status))
		}
	}
}

func TestEveryCauseHasAMeaning(t *testing.T) {
	for _, lang := range phrase.Langs() {
		for cause := -1; cause <= 300; cause++ {
			told(t, "cause "+strconv.Itoa(cause), Cause(cause, lang))
		}
	}
}

func TestEveryEndingHasItsWords(t *testing.T) {
	for e, class := range classes {
		if marks[class] == "" {
			t.Errorf("%s: no shape", e)
		}
		for _, lang := range phrase.Langs() {
			v := brief(e, lang)
			told(t, string(e), v.Head)
			told(t, string(e), v.Word)
			if !strings.HasSuffix(v.Head, ".") || strings.HasSuffix(v.Word, ".") {
				t.Errorf("%s: head %q, word %q", e, v.Head, v.Word)
			}
		}
	}
}

func TestEveryFindingHasItsWords(t *testing.T) {
	for _, rule := range rules {
		for _, lang := range phrase.Langs() {
			for _, key := range []string{"find.", "advice.", "show."} {
				if !phrase.Has(key + rule.code) {
					t.Errorf("%s%s: not in the catalogue", key, rule.code)
				}
			}
			told(t, rule.code, lang.Say("severity."+string(rule.severity)))
		}
	}
	for code, variants := range map[string]string{
		"alg-suspected": ".length .seen", "private-address": ".worked .contact", "cut-at-32s": ".none .said .perhaps",
		"cut-at-session-timer": ".interval .said .said.interval .perhaps", "slow-setup": ".here .before .next .device", "no-ringback": ".none",
		"codec-mismatch": ".said .refused .type", "wrong-credentials": ".forbidden", "busy-elsewhere": ".everywhere .branch",
		"destination-unreachable": ".refused .route .tls .time", "dns-failure": ".unknown .empty .service .silent .refused .none",
	} {
		for variant := range strings.FieldsSeq(variants) {
			if !phrase.Has("find." + code + variant) {
				t.Errorf("find.%s%s: not in the catalogue", code, variant)
			}
		}
	}
	for _, variant := range lossVariants {
		if !phrase.Has("find.events-missing"+variant) || !phrase.Has("loss"+variant) {
			t.Errorf("events-missing%s: not in the catalogue", variant)
		}
	}
}

func TestPutTogetherKeysAreInTheCatalogue(t *testing.T) {
	var keys []string
	for _, state := range []string{"calling", "ringing", "talking", "held", "suspended"} {
		keys = append(keys, "head.live."+state, "word.live."+state, "verdict.live."+state)
	}
	for _, k := range []PhaseKind{Setup, Ringing, Talking, Held} {
		keys = append(keys, "phase."+string(k))
	}
	for _, status := range []string{"603", "607"} {
		keys = append(keys, "verdict.declined."+status, "verdict.declined."+status+".rang", "step.declined."+status)
	}
	for _, status := range []string{"486", "600"} {
		keys = append(keys, "verdict.busy."+status, "step.busy."+status)
	}
	for _, e := range []ending{cancelled, noReply, blockedHere, givenUp} {
		keys = append(keys, "step."+string(e))
	}
	for _, why := range []trace.EarlyReason{trace.EarlyDescribed, trace.EarlyRTP, trace.EarlyLeft, trace.EarlyAuthorised, trace.EarlyBarred} {
		keys = append(keys, "step.early."+string(why), "pill.early."+string(why))
	}
	keys = append(keys,
		"step.reported.181", "step.reported.182", "verdict.no-answer", "verdict.no-answer.rang", "verdict.cancelled", "verdict.cancelled.rang", "verdict.cancelled.elsewhere",
		"verdict.cancelled.elsewhere.rang", "step.cancelled.elsewhere", "reason.answered-elsewhere", "step.progress", "step.progress.audio",
		"step.ringing", "step.ringing.now", "step.answered", "step.answered.lifted", "step.no-answer", "step.no-answer.timer",
		"detail.cancel", "detail.cancel.487", "verdict.answered", "verdict.answered.silent", "detail.gap", "detail.gap.one",
		"find.agent-stopped.cut", "find.hold-refused.status", "find.hold-refused.resume", "find.hold-refused.resume.status",
		"find.not-registered.failed", "find.not-registered.failed.status", "find.not-registered.trying", "find.line-lost-before.status",
		"find.link-flapped.before", "find.link-flapped.across", "find.link-flapped.during", "find.link-flapped.open", "find.link-flapped.many",
		"find.clock-stepped.back", "find.clock-stepped.many", "find.hold-not-honoured.inactive",
		"find.poor-network.throughout", "find.poor-network.stretch", "find.poor-network.stretches", "network.lost", "network.late", "network.jitter", "network.mos",
		"step.no-reply.unsent", "step.no-reply.undelivered", "find.one-way.sending", "find.retransmission.once", "find.retransmission.many",
	)
	for _, label := range []string{"ended-by", "stage", "last-response", "reason", "audio", "trace"} {
		keys = append(keys, "fact."+label)
	}
	for _, k := range keys {
		if !phrase.Has(k) {
			t.Errorf("%s: not in the catalogue", k)
		}
	}
}
