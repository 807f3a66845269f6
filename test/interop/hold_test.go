//go:build interop

package interop

import (
	"testing"

	"sidetone/test/fleet"
	"sidetone/trace"
)

// Every way in which a call is held, taken back and suspended, with SIPp at the other end: it checks what is offered and
// answered, and the phone's trace says what came of it. Each name is that of a recorded call as well.
func TestHold(t *testing.T) {
	runFlows(t, []flow{
		// RFC 5359 section 2.1.
		{
			name: "hold-reinvite", scenario: "uas_hold", steps: holdResumeAndHangUp(), want: answered(trace.Local, 1),
			holds: held(trace.Local, "re-INVITE", trace.SendOnly),
		},
		{
			name: "held-reinvite", scenario: "uac_hold", want: answered(trace.Remote, 1),
			holds: held(trace.Remote, "re-INVITE", trace.RecvOnly),
		},
		{
			name: "hold-update", scenario: "uas_update", steps: holdResumeAndHangUp(), want: answered(trace.Local, 1),
			holds: held(trace.Local, "UPDATE", trace.SendOnly),
		},
		{
			name: "held-update", scenario: "uac_update", want: answered(trace.Remote, 1),
			holds: held(trace.Remote, "UPDATE", trace.RecvOnly),
		},
		{
			name: "hold-update-not-taken", scenario: "uas_update_refused", steps: holdResumeAndHangUp(), want: answered(trace.Local, 1),
			holds: []string{
				"hold.requested by local, UPDATE, sendonly", "hold.confirmed by local, re-INVITE, sendonly", "hold.resumed by local, re-INVITE, sendrecv",
			},
			events: []string{"sip.received 405 UPDATE", "sip.sent INVITE"},
		},
		{
			name: "hold-inactive", scenario: "uas_hold_inactive", configure: by(set("calls.hold.direction", "inactive")),
			steps: holdResumeAndHangUp(), want: answered(trace.Local, 1), holds: held(trace.Local, "re-INVITE", trace.Inactive),
		},
		{
			name: "hold-longest", scenario: "uas_hold_longest", configure: by(set("calls.hold.longest", "5s")),
			steps: []step{hold()}, want: outcome{trace.ResultAnswered, trace.Timer, 200, 1},
			holds: []string{
				"hold.requested by local, re-INVITE, sendonly", "hold.confirmed by local, re-INVITE, sendonly", "hold.expired by local, re-INVITE, sendonly",
			},
		},
	})
}

func TestHoldBeforeTheAnswer(t *testing.T) {
	runFlows(t, []flow{
		{
			name: "hold-early-update", scenario: "uas_early_held",
			steps: []step{{"ringing", verb("hold")}, {"held", verb("resume")}, {"talking", verb("hangup")}}, want: answered(trace.Local, 1),
			holds:  held(trace.Local, "UPDATE", trace.SendOnly),
			events: []string{"hold.confirmed by local, UPDATE", "call.answered", "hold.resumed by local, UPDATE"},
		},
		{
			name: "held-early-update", scenario: "uac_early_hold", configure: by(answersLate), want: answered(trace.Remote, 1),
			holds:  held(trace.Remote, "UPDATE", trace.RecvOnly),
			events: []string{"hold.confirmed by remote, UPDATE", "call.answered", "hold.resumed by remote, UPDATE"},
		},
		{
			name: "hold-waits", scenario: "uas_hold_waits",
			steps: []step{{"ringing", verb("hold")}, {"held", verb("resume")}, {"talking", verb("hangup")}}, want: answered(trace.Local, 1),
			holds:  held(trace.Local, "re-INVITE", trace.SendOnly),
			events: []string{"hold.requested by local", "call.answered", "sip.sent ACK", "sip.sent INVITE", "hold.confirmed by local"},
		},
		{
			name: "hold-dropped", scenario: "uas_hold_dropped", steps: []step{{"ringing", verb("hold")}},
			want: outcome{trace.ResultBusy, trace.Remote, 486, 0},
			holds: []string{
				"hold.requested by local, re-INVITE, sendonly", "hold.refused by local, re-INVITE, sendrecv: the call ended first",
			},
		},
	})
}

func TestHoldThatIsRefused(t *testing.T) {
	runFlows(t, []flow{
		{
			name: "hold-refused-488", scenario: "uas_hold_488", steps: holdInVain(),
			want: answered(trace.Local, 0), holds: refused("re-INVITE", "488"),
		},
		{
			name: "hold-update-refused-488", scenario: "uas_hold_update_refused", steps: holdInVain(),
			want: answered(trace.Local, 0), holds: refused("UPDATE", "488"),
		},
		{
			name: "hold-refused-503", scenario: "uas_hold_503", steps: holdInVain(),
			want: answered(trace.Local, 0), holds: refused("re-INVITE", "503"),
		},
		{
			name: "hold-refused-408", scenario: "uas_hold_408", steps: []step{hold()},
			want: outcome{trace.ResultAnswered, trace.Network, 200, 0}, holds: refused("re-INVITE", "408"),
		},
		{
			name: "hold-refused-481", scenario: "uas_hold_481", steps: []step{hold()},
			want: outcome{trace.ResultAnswered, trace.Network, 200, 0}, holds: refused("re-INVITE", "481"),
		},
		{
			name: "hold-put-off-500", scenario: "uas_hold_later", steps: holdAndHangUp(), want: answered(trace.Local, 1),
			holds:  held(trace.Local, "re-INVITE", trace.SendOnly)[:2],
			events: []string{"sip.received 500 INVITE", "sip.sent ACK", "sip.sent INVITE", "hold.confirmed by local"},
		},
		{
			name: "hold-glare", scenario: "uas_glare", steps: holdAndHangUp(), want: answered(trace.Local, 1),
			holds:  held(trace.Local, "re-INVITE", trace.SendOnly)[:2],
			events: []string{"sip.received INVITE", "sip.sent 491 INVITE", "sip.received 491 INVITE", "sip.sent INVITE", "hold.confirmed by local"},
		},
		{
			name: "hold-glare-callee", scenario: "uac_glare", steps: holdAndHangUp(), want: answered(trace.Local, 1),
			holds:  held(trace.Local, "re-INVITE", trace.SendOnly)[:2],
			events: []string{"sip.received INVITE", "sip.sent 491 INVITE", "sip.received 491 INVITE", "sip.sent INVITE", "hold.confirmed by local"},
		},
	})
}

func TestHoldOfBothSides(t *testing.T) {
	both := []string{
		"hold.requested by local, re-INVITE, sendonly", "hold.confirmed by local, re-INVITE, sendonly", "hold.confirmed by remote, re-INVITE, inactive",
	}
	runFlows(t, []flow{
		{
			name: "double-hold", scenario: "uac_double_hold", want: answered(trace.Local, 2),
			steps: []step{hold(), {"hold.confirmed by remote", verb("resume")}, {"hold.resumed by remote", verb("hangup")}},
			holds: append(both[:3:3], "hold.resumed by local, re-INVITE, recvonly", "hold.resumed by remote, re-INVITE, sendrecv"),
		},
		{
			name: "double-hold-other-first", scenario: "uac_double_hold_first", want: answered(trace.Local, 2),
			steps: []step{hold(), {"hold.resumed by remote", verb("resume")}, {"talking", verb("hangup")}},
			holds: append(both[:3:3], "hold.resumed by remote, re-INVITE, sendonly", "hold.resumed by local, re-INVITE, sendrecv"),
		},
		{
			name: "offerless", scenario: "uac_offerless", want: answered(trace.Local, 0), holds: []string{},
			steps: []step{{"sip.sent 200 INVITE, the second", verb("hangup")}},
		},
		{
			name: "offerless-held", scenario: "uac_offerless_held", want: answered(trace.Local, 1),
			steps: []step{hold(), {"sip.sent 200 INVITE, the second", verb("resume")}, {"talking", verb("hangup")}},
			holds: held(trace.Local, "re-INVITE", trace.SendOnly),
		},
		{
			name: "held-zero-address", scenario: "uac_zero_address", want: answered(trace.Remote, 1),
			holds: held(trace.Remote, "re-INVITE", trace.RecvOnly),
		},
		{
			name: "hold-zero-address", scenario: "uas_zero_address", configure: by(set("calls.hold.zero_address", true)),
			steps: holdResumeAndHangUp(), want: answered(trace.Local, 1), holds: held(trace.Local, "re-INVITE", trace.SendOnly),
		},
	})
}

func TestSuspension(t *testing.T) {
	t6 := by(neverAnswers, set("calls.suspend.on_hook", "suspend"))
	runFlows(t, []flow{
		{
			name: "suspend-t2-resumed", scenario: "uas_hold_inactive", want: answered(trace.Local, 0),
			steps: []step{{"talking", verb("unplug")}, {"sip.sent ACK, the second", verb("plug")}, {"sip.sent ACK, the third", verb("hangup")}},
			holds: []string{"suspend.started by user, ISUP T2", "suspend.resumed by user, ISUP T2"},
		},
		{
			name: "suspend-t2-update", scenario: "uas_suspend_update", want: answered(trace.Local, 0),
			steps: []step{{"talking", verb("unplug")}, {"sip.received 200 UPDATE", verb("plug")}, {"sip.received 200 UPDATE, the second", verb("hangup")}},
			holds: []string{"suspend.started by user, ISUP T2", "suspend.resumed by user, ISUP T2"},
		},
		{
			name: "suspend-t2-expired", scenario: "uas_suspend_expired", configure: by(set("calls.suspend.t2", "2s")),
			want: outcome{trace.ResultAnswered, trace.Timer, 200, 0}, steps: []step{{"talking", verb("unplug")}},
			holds: []string{"suspend.started by user, ISUP T2", "suspend.expired by user, ISUP T2"},
		},
		{
			name: "suspend-t6-resumed", scenario: "uac_suspend", configure: t6, want: answered(trace.Remote, 0),
			steps: []step{{"ringing", verb("off-hook")}, {"talking", verb("on-hook")}, {"sip.sent ACK", verb("off-hook")}},
			holds: []string{"suspend.started by network, ISUP T6", "suspend.resumed by network, ISUP T6"},
		},
		{
			name: "suspend-t6-expired", scenario: "uac_suspend_expired", configure: append(t6, set("calls.suspend.t6", "2s")),
			want: outcome{trace.ResultAnswered, trace.Timer, 200, 0}, steps: []step{{"ringing", verb("off-hook")}, {"talking", verb("on-hook")}},
			holds: []string{"suspend.started by network, ISUP T6", "suspend.expired by network, ISUP T6"},
		},
	})
}

// held is what a hold is told as that was granted, and ended by the same method. Who holds tells of the wish as well.
func held(side trace.Side, method string, direction trace.MediaDirection) []string {
	how := " by " + string(side) + ", " + method + ", "
	confirmed := []string{"hold.confirmed" + how + string(direction), "hold.resumed" + how + "sendrecv"}
	if side == trace.Remote {
		return confirmed
	}
	return append([]string{"hold.requested" + how + string(direction)}, confirmed...)
}

// refused is what a hold of ours is told as that the other side refused.
func refused(method, status string) []string {
	return []string{"hold.requested by local, " + method + ", sendonly", "hold.refused by local, " + method + ", sendrecv, " + status}
}

// hold is the person at the phone holding as soon as they talk.
func hold() step { return step{"talking", verb("hold")} }

// holdInVain hangs up once the hold was refused.
func holdInVain() []step {
	return []step{hold(), {"hold.refused by local", verb("hangup")}}
}

func verb(v ...string) []string { return v }

// set sets a key of the phone's configuration.
func set(key string, value any) func(fleet.Config, string) {
	return func(c fleet.Config, _ string) { c.Set(key, value) }
}
