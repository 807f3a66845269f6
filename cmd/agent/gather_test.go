package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sidetone/trace"
	"sidetone/trace/calltest"
	"sidetone/trace/story"
)

func TestCallIsReadWithWhatHappenedAroundItAndWrittenSo(t *testing.T) {
	for _, name := range []string{"line-lost", "disturbed"} {
		want, err := calltest.Read(filepath.Join("..", "..", "trace", "testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		around := trace.Around(want[0].Around, want[0].Events)
		if len(around) == 0 {
			t.Fatalf("%s: nothing is around", name)
		}
		var lines []trace.Event
		for e := range want[0].All() {
			lines = append(lines, e)
		}
		later := lines[len(lines)-1]
		later.Seq, later.N, later.Call, later.Kind, later.Data = later.Seq+1, 0, "", trace.DeviceLink, trace.Link{Interface: "eth0"}
		again := writeEvents(t, append(lines, later))
		for range 2 { // what was written reads back the same
			c, err := readCall(t.Context(), archive{file: again}, lastCall)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(around, c.view.Around); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
			if diff := cmp.Diff(story.Tell([]trace.View{{Events: want[0].Events, Around: around}}, story.En), story.Tell([]trace.View{c.view}, story.En)); diff != "" {
				t.Errorf("%s: another story (-want +got):\n%s", name, diff)
			}
			again = writeRaw(t, c)
		}
	}
}

func writeRaw(t *testing.T, c *recorded) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "raw.ndjson")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.writeLines(f); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}
