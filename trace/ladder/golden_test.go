package ladder_test

import (
	"flag"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sidetone/trace"
	"sidetone/trace/calltest"
	"sidetone/trace/ladder"
	"sidetone/trace/phrase"
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

func TestLaddersOfTheScriptedCalls(t *testing.T) {
	for _, name := range slices.Sorted(maps.Keys(calltest.Calls())) {
		views := call(t, name)
		for _, lang := range phrase.Langs() {
			t.Run(name+"/"+string(lang), func(t *testing.T) {
				got := ladder.Build(views, lang).Text(80)
				calltest.Golden(t, *update, filepath.Join("..", "testdata", name, "ladder."+string(lang)+".txt"), got)
			})
		}
	}
}

func TestDrawingsOfTheScriptedCalls(t *testing.T) {
	for _, name := range slices.Sorted(maps.Keys(calltest.Calls())) {
		views := call(t, name)
		for _, lang := range phrase.Langs() {
			t.Run(name+"/"+string(lang), func(t *testing.T) {
				var b strings.Builder
				if err := ladder.Build(views, lang).SVG(&b, ladder.SVGOptions{Standalone: true}); err != nil {
					t.Fatal(err)
				}
				calltest.Golden(t, *update, filepath.Join("..", "testdata", name, "ladder."+string(lang)+".svg"), b.String())
			})
		}
	}
}

// drawn are the calls whose wide drawing and diagram are kept too: held, forked, through a server, transferred, with a hole, with
// an agent that stopped, without a message.
var drawn = []string{"answered", "branched", "through-proxy", "transferred", "lossy", "cut", "blocked", "no-answer"}

func TestWideLaddersOfTheScriptedCalls(t *testing.T) {
	for _, name := range drawn {
		for _, lang := range phrase.Langs() {
			got := ladder.Build(call(t, name), lang).Text(120)
			calltest.Golden(t, *update, filepath.Join("..", "testdata", name, "ladder."+string(lang)+".wide.txt"), got)
		}
	}
}

func TestDiagramsOfTheScriptedCalls(t *testing.T) {
	for _, name := range drawn {
		for _, lang := range phrase.Langs() {
			got := ladder.Build(call(t, name), lang).Mermaid()
			calltest.Golden(t, *update, filepath.Join("..", "testdata", name, "ladder."+string(lang)+".mmd"), got)
		}
	}
}

func TestRecordedCallsAreDrawn(t *testing.T) {
	for _, name := range calltest.Recorded(t, filepath.Join("..", "testdata")) {
		views := call(t, name)
		for _, lang := range phrase.Langs() {
			t.Run(name+"/"+string(lang), func(t *testing.T) {
				l := ladder.Build(views, lang)
				text := l.Text(80)
				if !strings.Contains(text, "INVITE") && !strings.Contains(text, "blocked") && !strings.Contains(text, "bloqué") {
					t.Errorf("the ladder has no INVITE:\n%s", text)
				}
				calltest.Golden(t, *update, filepath.Join("..", "testdata", name, "ladder."+string(lang)+".txt"), text)
				var b strings.Builder
				if err := l.SVG(&b, ladder.SVGOptions{Standalone: true}); err != nil {
					t.Fatal(err)
				}
			})
		}
	}
}
