//go:build interop

package interop

import (
	"context"
	"flag"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sidetone/test/fleet"
	"sidetone/trace"
	"sidetone/trace/calltest"
	"sidetone/trace/story"
)

// record is where the calls are written that have a recording; without it each is compared with the one that is kept.
var record = flag.String("record", "", "write the events of recorded calls below this folder, as trace/testdata/real has them")

const recordings = "../../trace/testdata/real"

// seen is what a phone has written down of a call; "last" is its newest one.
func seen(t *testing.T, ctx context.Context, a *fleet.Agent, device, call string) trace.View {
	t.Helper()
	if call == "last" {
		call = lastCall(t, ctx, a).ID
	}
	return trace.View{Device: device, Name: calltest.Names[device], Events: eventsOf(t, ctx, a, call)}
}

// wantAsRecorded tells the call as these phones saw it, and compares what is told with the story of the recorded one.
func wantAsRecorded(t *testing.T, name string, views ...trace.View) {
	t.Helper()
	if *record != "" {
		if err := calltest.Write(filepath.Join(*record, name), views); err != nil {
			t.Fatal(err)
		}
		return
	}
	recorded, err := calltest.Read(filepath.Join(recordings, name))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sentences(recorded, bySound(name)...), sentences(views, bySound(name)...)); diff != "" {
		t.Errorf("the story is another than that of the recorded call (-recorded +now):\n%s", diff)
	}
}

var (
	duration = regexp.MustCompile(`(< )?(\d+ min )?\d+(\.\d+)? (ms|s|min)\b`)
	port     = regexp.MustCompile(`(127\.0\.0\.1|\[::1\]):\d+`)
	audio    = regexp.MustCompile(` (The audio was \w+\.|What arrived at .* sounded \w+\.|No audio arrived at .*)$`)
)

// connected takes back what the story of a conversation without sound says once it has lasted for a moment.
// aboutSound are the recorded calls that are about what was heard, and when.
var aboutSound = []string{"unheard", "early-media-authorised"}

// bySound are the steps that say whether, and from which branch, sound came. In all other calls they depend on how busy the machine is.
func bySound(name string) []trace.Kind {
	if slices.Contains(aboutSound, name) {
		return nil
	}
	return []trace.Kind{trace.MediaChanged, trace.MediaSilent}
}

var connected = strings.NewReplacer("were connected for", "talked for", "was connected for", "talked for")

// sentences are those of the story of a call, without the times, and without what depends on how busy the machine is: how the
// audio was, and what had to be sent again. The steps of the kinds in apart are left out.
func sentences(views []trace.View, apart ...trace.Kind) string {
	s := story.Tell(views, story.En)
	said := []string{audio.ReplaceAllString(s.Verdict.Sentence(), "")}
	for _, step := range s.Steps {
		if !slices.Contains(apart, step.Kind) {
			said = append(said, step.Glyph+" "+step.Sentence)
		}
	}
	for _, f := range s.Findings {
		if f.Code == "hold-refused" {
			said = append(said, f.Sentence)
		}
	}
	text := strings.ReplaceAll(strings.Join(said, "\n"), "\u00a0", " ")
	return port.ReplaceAllString(duration.ReplaceAllString(connected.Replace(text), "some time"), "$1:port")
}
