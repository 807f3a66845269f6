package statefile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "b.json")
	got := map[string]int{"kept": 1}
	if err := ReadJSON(path, &got); err != nil || got["kept"] != 1 {
		t.Fatalf("no file: %v, %v", got, err)
	}
	for _, want := range []int{2, 3} {
		if err := WriteJSON(path, map[string]int{"kept": want}); err != nil {
			t.Fatal(err)
		}
		if err := ReadJSON(path, &got); err != nil || got["kept"] != want {
			t.Fatalf("%v, %v; want %d", got, err, want)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if names, err := os.ReadDir(filepath.Dir(path)); err != nil || len(names) != 1 {
		t.Errorf("in the folder: %v, %v", names, err)
	}
}

func TestAFileThatCannotBeReadIsNamed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.json")
	for _, text := range []string{`{"kept":`, `7`, strings.Repeat("x", MaxJSON+1)} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := ReadJSON(path, &map[string]int{}); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%.10s: %v", text, err)
		}
	}
}

func TestTheOldFileStaysWhereTheNewOneCannotBeWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.json")
	if err := Replace(path, []byte("1")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(path+".new", 0o700); err != nil { // in the way
		t.Fatal(err)
	}
	if err := Replace(path, []byte("2")); err == nil {
		t.Error("no error")
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != "1" {
		t.Errorf("%s, %v", b, err)
	}
}
