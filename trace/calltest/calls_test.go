package calltest

import (
	"flag"
	"maps"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the event lines of trace/testdata")

func TestEventLinesOfTestdataAreTheScriptedCalls(t *testing.T) {
	for _, name := range slices.Sorted(maps.Keys(Calls())) {
		t.Run(name, func(t *testing.T) {
			views := Calls()[name]()
			dir := filepath.Join("..", "testdata", name)
			if *update {
				if err := Write(dir, views); err != nil {
					t.Fatal(err)
				}
			}
			got, err := Read(dir)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(views, got); diff != "" {
				t.Errorf("event lines differ from the script (-script +lines):\n%s", diff)
			}
		})
	}
}
