package main

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestExportReplacesAPlainFileAndKeepsItsMode(t *testing.T) {
	path := filepath.Join(t.TempDir(), "call.txt")
	link := path + ".link"
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	for i, mode := range []fs.FileMode{0o600, 0o640} {
		if err := deliver(io.Discard, path, []byte("new")); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode() != mode {
			t.Errorf("%d: %v, %v", i, info, err)
		}
		if err := os.Chmod(path, 0o640); err != nil {
			t.Fatal(err)
		}
	}
	if err := deliver(io.Discard, link, []byte("newer")); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("the link became %v, %v", info, err)
	}
	if content, err := os.ReadFile(path); err != nil || string(content) != "newer" {
		t.Errorf("%q, %v", content, err)
	}
}

func TestExportNeverReplacesWhatIsNoPlainFile(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip("no named pipes here:", err)
	}
	read := make(chan string, 1)
	go func() {
		content, _ := os.ReadFile(pipe)
		read <- string(content)
	}()
	if err := deliver(io.Discard, pipe, []byte("through")); err != nil {
		t.Fatal(err)
	}
	if got := <-read; got != "through" {
		t.Errorf("%q", got)
	}
	if info, err := os.Lstat(pipe); err != nil || info.Mode()&fs.ModeNamedPipe == 0 {
		t.Errorf("the pipe became %v, %v", info, err)
	}
}

func TestExportThatCannotBeWrittenNamesTheFileAndLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "none", "call.svg")
	if err := deliver(io.Discard, path, nil); err == nil || !strings.HasPrefix(err.Error(), "write "+path+": ") {
		t.Errorf("%v", err)
	}
	if err := os.Mkdir(filepath.Join(dir, "call.svg"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := deliver(io.Discard, filepath.Join(dir, "call.svg"), []byte("x")); err == nil {
		t.Error("a folder was written")
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".export-*")); len(left) > 0 {
		t.Errorf("left %v", left)
	}
}
