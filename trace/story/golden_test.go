package story_test

import (
	"flag"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sidetone/trace"
	"sidetone/trace/calltest"
	"sidetone/trace/phrase"
	"sidetone/trace/story"
)

var update = flag.Bool("update", false, "write golden files")

func call(t *testing.T, name string) []trace.View {
	t.Helper()
	views, err := calltest.Read(filepath.Join("..", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return views
}

func TestStoriesOfTheScriptedCalls(t *testing.T) {
	stories(t, slices.Sorted(maps.Keys(calltest.Calls())))
}

func TestStoriesOfTheRecordedCalls(t *testing.T) {
	stories(t, calltest.Recorded(t, filepath.Join("..", "testdata")))
}

func stories(t *testing.T, names []string) {
	t.Helper()
	for _, name := range names {
		views := call(t, name)
		for _, lang := range phrase.Langs() {
			t.Run(name+"/"+string(lang), func(t *testing.T) {
				var b strings.Builder
				if err := story.Text(&b, story.Tell(views, lang), 80); err != nil {
					t.Fatal(err)
				}
				calltest.Golden(t, *update, filepath.Join("..", "testdata", name, "story."+string(lang)+".txt"), b.String())
			})
		}
	}
}
