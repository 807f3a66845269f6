package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sidetone/collector/store"
	"sidetone/collector/store/sqlite"
	"sidetone/trace"
)

const (
	capturedCall = "../../capture/testdata/baresip-hold.pcapng"
	recordedCall = "../../trace/testdata/real/hold-update/1-desk-1.ndjson"
)

// importing runs the command, and returns the exit code with what was said.
func importing(t *testing.T, database string, args ...string) (code int, out, errs string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = run(t.Context(), append([]string{"import", "--database", "sqlite:" + database}, args...), &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}

// stored are the calls and devices in the database.
func stored(t *testing.T, database string) ([]trace.Summary, []store.Device) {
	t.Helper()
	st, err := sqlite.Open(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	page, err := st.Calls(t.Context(), store.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	devices, err := st.Devices(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return page.Calls, devices
}

func TestImportedCaptureIsACallOnceHoweverOftenItIsImported(t *testing.T) {
	database := filepath.Join(t.TempDir(), "sidetone.db")
	for _, want := range []string{": calls: 1; events: 24 new, 0 known already\n", ": calls: 1; events: 0 new, 24 known already\n"} {
		code, out, errs := importing(t, database, capturedCall)
		if code != exitGood || !strings.HasSuffix(out, want) || !strings.Contains(out, "Desk → baresip  ✓ answered  http://127.0.0.1:8080/calls/01") {
			t.Fatalf("exit %d, want %q\n%s%s", code, want, out, errs)
		}
	}
	calls, devices := stored(t, database)
	if len(calls) != 1 || !calls[0].Complete || calls[0].Holds != 1 || calls[0].Device != "import-127-0-0-1" {
		t.Errorf("stored %+v", calls)
	}
	if len(devices) != 1 || devices[0].Name != "Desk" || len(devices[0].Gaps) != 0 {
		t.Errorf("devices %+v", devices)
	}
}

func TestImportedCaptureIsToldFromTheHostThatIsNamed(t *testing.T) {
	database := filepath.Join(t.TempDir(), "sidetone.db")
	if code, out, errs := importing(t, database, capturedCall, "--at", "127.0.0.1:40859", "--device", "barefoot"); code != exitGood {
		t.Fatal(out, errs)
	}
	calls, _ := stored(t, database)
	if len(calls) != 1 || calls[0].Direction != trace.In || calls[0].Device != "barefoot" {
		t.Errorf("stored %+v", calls)
	}
}

func TestImportedLinesPassForNobodys(t *testing.T) {
	database := filepath.Join(t.TempDir(), "sidetone.db")
	for range 2 {
		if code, out, errs := importing(t, database, recordedCall); code != exitGood {
			t.Fatal(out, errs)
		}
	}
	calls, devices := stored(t, database)
	if len(calls) != 1 || !calls[0].Complete || len(devices) != 1 || !strings.HasPrefix(devices[0].ID, "import-") || len(devices[0].Gaps) != 0 {
		t.Errorf("stored %+v by %+v", calls, devices)
	}
}

func TestImportedLinesOfANamedDeviceAreWhatItReported(t *testing.T) {
	database := filepath.Join(t.TempDir(), "sidetone.db")
	text, err := os.ReadFile(recordedCall)
	if err != nil {
		t.Fatal(err)
	}
	half := filepath.Join(t.TempDir(), "half.ndjson")
	lines := bytes.SplitAfter(bytes.TrimSpace(text), []byte("\n"))
	if err := os.WriteFile(half, bytes.Join(lines[:5], nil), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := importing(t, database, half, "--device", "desk-1"); code != exitGood {
		t.Fatal(errs)
	}
	_, out, _ := importing(t, database, recordedCall, "--device", "desk-1")
	if !strings.Contains(out, "5 known already") {
		t.Errorf("the same events again: %s", out)
	}
	first, err := trace.Decode(lines[0])
	if err != nil {
		t.Fatal(err)
	}
	if _, devices := stored(t, database); devices[0].ID != "desk-1" || devices[0].Boot != first.Boot {
		t.Errorf("devices %+v", devices)
	}
}

func TestExportedLinesSayWhoseTheyAre(t *testing.T) {
	database := filepath.Join(t.TempDir(), "sidetone.db")
	text, err := os.ReadFile(recordedCall)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "exported.ndjson")
	if err := os.WriteFile(file, bytes.ReplaceAll(text, []byte(`{"v":1,`), []byte(`{"by":{"device":"desk-1"},"v":1,`)), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, out, errs := importing(t, database, file); code != exitGood {
		t.Fatal(out, errs)
	}
	if _, devices := stored(t, database); len(devices) != 1 || devices[0].ID != "import-desk-1" {
		t.Errorf("devices %+v", devices)
	}
}

func TestImportRefusesWhatItCannotReadAndStoresNothing(t *testing.T) {
	dir := t.TempDir()
	database := filepath.Join(dir, "sidetone.db")
	write := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	packets, err := os.ReadFile(capturedCall)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := os.ReadFile(recordedCall)
	if err != nil {
		t.Fatal(err)
	}
	first := bytes.IndexByte(lines, '\n') + 1
	broken := append(bytes.Clone(packets[:len(packets)-4]), 0, 0, 0, 0, 6, 0, 0, 0, 1, 0, 0, 0)
	for name, tc := range map[string]struct {
		args []string
		code int
		want string
	}{
		"a broken capture":    {[]string{write("broken.pcapng", broken)}, exitFailed, "broken.pcapng: byte "},
		"a broken line":       {[]string{write("torn.ndjson", append(bytes.Clone(lines[:first]), "{}\n"...))}, exitFailed, "torn.ndjson: byte " + strconv.Itoa(first) + ": not an event line"},
		"neither":             {[]string{write("notes.txt", []byte("notes"))}, exitFailed, "notes.txt: byte 0: neither a capture (pcap, pcapng) nor an event line"},
		"no file":             {[]string{filepath.Join(dir, "none")}, exitFailed, "none: no such file"},
		"an impossible name":  {[]string{capturedCall, "--device", "A B"}, exitUsage, "want 1 to 64 of a-z"},
		"an impossible host":  {[]string{capturedCall, "--at", "desk"}, exitUsage, `--at "desk": want an address`},
		"a side of one":       {[]string{recordedCall, "--at", "127.0.0.1"}, exitUsage, "one side"},
		"no file at all":      {nil, exitUsage, "accepts 1 arg"},
		"an unknown database": {[]string{capturedCall, "--database", "postgres://x"}, exitUsage, "postgres"},
	} {
		code, out, errs := importing(t, database, tc.args...)
		if code != tc.code || !strings.Contains(errs, tc.want) || out != "" {
			t.Errorf("%s: exit %d, %q %q", name, code, out, errs)
		}
	}
	if calls, devices := stored(t, database); len(calls)+len(devices) > 0 {
		t.Errorf("stored %+v %+v", calls, devices)
	}
}

func TestImportSaysThatARunningCollectorHasTheDatabase(t *testing.T) {
	database := filepath.Join(t.TempDir(), "sidetone.db")
	st, err := sqlite.Open(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	code, _, errs := importing(t, database, capturedCall)
	if code != exitFailed || !strings.Contains(errs, "a running collector keeps its database to itself; stop it, import, and start it again") {
		t.Errorf("exit %d: %s", code, errs)
	}
}

func TestImportTellsWhatWasLeftOut(t *testing.T) {
	packets, err := os.ReadFile(capturedCall)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "cut.pcapng")
	if err := os.WriteFile(file, packets[:len(packets)-10], 0o600); err != nil {
		t.Fatal(err)
	}
	_, out, errs := importing(t, filepath.Join(t.TempDir(), "sidetone.db"), file)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if diff := cmp.Diff("left out: 1 × the file ends in the middle of a packet", lines[len(lines)-1]); diff != "" {
		t.Errorf("%s%s", diff, errs)
	}
}
