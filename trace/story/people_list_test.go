package story_test

import (
	"strings"
	"testing"

	"sidetone/trace/story"
)

// The demo's transferred call: Office was called by Reception's transfer as well, and so has two views of the call.
func TestDevicesThatSawACallTwiceAreNamedAndCountedOnce(t *testing.T) {
	for lang, want := range map[story.Lang][2]string{
		story.En:   {"the clocks of Office, Reception and Warehouse’s devices", "3 devices"},
		story.FrCA: {"les horloges des appareils d’Office, de Reception et de Warehouse", "3 appareils"},
	} {
		s := story.Tell(call(t, "real/demo-transferred"), lang)
		if len(s.Findings) == 0 || !strings.Contains(s.Findings[len(s.Findings)-1].Sentence, want[0]) || !strings.Contains(plain(s.Facts.Trace.Note), want[1]) {
			t.Errorf("%+v, %+v", s.Findings, s.Facts.Trace)
		}
	}
}
