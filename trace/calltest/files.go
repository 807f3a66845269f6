package calltest

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sidetone/trace"
)

// Write puts the views of a call into a folder, one file of event lines a device: "1-reception-1.ndjson".
func Write(dir string, views []trace.View) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for i, v := range views {
		var b bytes.Buffer
		for e := range v.All() {
			line, err := e.Encode()
			if err != nil {
				return err
			}
			b.Write(append(line, '\n'))
		}
		name := filepath.Join(dir, fmt.Sprintf("%d-%s.ndjson", i+1, v.Device))
		if err := os.WriteFile(name, b.Bytes(), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// Recorded lists the calls that a phone has had with real peers, as folders of testdata: "real/hold-update". The interop tests
// record them.
func Recorded(t *testing.T, testdata string) []string {
	t.Helper()
	folders, err := filepath.Glob(filepath.Join(testdata, "real", "*"))
	if err != nil || len(folders) == 0 {
		t.Fatalf("no recorded calls in %s: %v", testdata, err)
	}
	for i, f := range folders {
		folders[i] = "real/" + filepath.Base(f)
	}
	return folders
}

// Read reads what Write wrote.
func Read(dir string) ([]trace.View, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.ndjson"))
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("no event lines in %s", dir)
	}
	slices.Sort(names)
	var views []trace.View
	for _, name := range names {
		v, err := readView(name)
		if err != nil {
			return nil, err
		}
		views = append(views, v)
	}
	return views, nil
}

func readView(name string) (trace.View, error) {
	content, err := os.ReadFile(name)
	if err != nil {
		return trace.View{}, err
	}
	_, device, _ := strings.Cut(strings.TrimSuffix(filepath.Base(name), ".ndjson"), "-")
	v := trace.View{Device: device, Name: Names[device]}
	for _, line := range bytes.Split(bytes.TrimSpace(content), []byte("\n")) {
		e, err := trace.Decode(line)
		if err != nil {
			return trace.View{}, fmt.Errorf("%s: %w", name, err)
		}
		if e.Call == "" {
			v.Around = append(v.Around, e)
		} else {
			v.Events = append(v.Events, e)
		}
	}
	return v, nil
}
