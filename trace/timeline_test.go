package trace_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sidetone/trace"
)

func TestATimelineIsCutIntoItsPhases(t *testing.T) {
	const s = time.Second
	for name, tc := range map[string]struct {
		play func(*trace.Timeline)
		want trace.Ended
	}{
		"nothing came back": {func(t *trace.Timeline) { t.End(42 * s) }, trace.Ended{SetupUS: 32e6, TotalUS: 32e6}},
		"rang":              {func(t *trace.Timeline) { t.Alert(11 * s); t.Alert(12 * s); t.End(15 * s) }, trace.Ended{SetupUS: 1e6, RingingUS: 4e6, TotalUS: 5e6}},
		"held by both in turn, ended on hold": {func(t *trace.Timeline) {
			t.Alert(11 * s)
			t.Answer(13 * s)
			t.Hold(14*s, trace.Local, true)
			t.Hold(15*s, trace.Remote, true)
			t.Hold(15*s, trace.Local, false)
			t.Hold(16*s, trace.Remote, false)
			t.Hold(18*s, trace.Remote, true)
			t.End(20 * s)
			t.End(99 * s)
		}, trace.Ended{SetupUS: 1e6, RingingUS: 2e6, TalkingUS: 3e6, HeldUS: 4e6, TotalUS: 10e6}},
		"held while its terminal was away, and suspended on hold": {func(t *trace.Timeline) {
			t.Answer(13 * s)
			t.Suspend(14*s, true)
			t.Suspend(15*s, false)
			t.Hold(16*s, trace.Local, true)
			t.Suspend(17*s, true)
			t.Suspend(18*s, false)
			t.Hold(19*s, trace.Local, false)
			t.End(20 * s)
		}, trace.Ended{SetupUS: 3e6, TalkingUS: 3e6, HeldUS: 4e6, TotalUS: 10e6}},
		"held by the other side, which resumed it while the terminal was away": {func(t *trace.Timeline) {
			t.Answer(13 * s)
			t.Hold(14*s, trace.Remote, true)
			t.Suspend(15*s, true)
			t.Hold(16*s, trace.Remote, false)
			t.Suspend(17*s, false)
			t.End(20 * s)
		}, trace.Ended{SetupUS: 3e6, TalkingUS: 4e6, HeldUS: 3e6, TotalUS: 10e6}},
	} {
		var line trace.Timeline
		line.Begin(10 * s)
		tc.play(&line)
		var got trace.Ended
		line.Measure(&got)
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
