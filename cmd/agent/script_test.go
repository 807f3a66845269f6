package main

import (
	"bufio"
	"context"
	"flag"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"sidetone/device/control"
	"sidetone/journal"
)

var update = flag.Bool("update", false, "write the golden parts of the scripts anew")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"sidetone-agent": main})
}

func TestScripts(t *testing.T) {
	calls, err := filepath.Abs(filepath.Join("..", "..", "trace", "testdata"))
	if err != nil {
		t.Fatal(err)
	}
	examples, err := filepath.Abs(filepath.Join("..", "..", "examples"))
	if err != nil {
		t.Fatal(err)
	}
	captures, err := filepath.Abs(filepath.Join("..", "..", "capture", "testdata"))
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		UpdateScripts:       *update,
		Setup: func(env *testscript.Env) error {
			env.Setenv("CALLS", calls)
			env.Setenv("CAPTURES", captures)
			env.Setenv("EXAMPLES", examples)
			env.Setenv("LANG", "C")
			env.Setenv("LC_ALL", "")
			env.Setenv("TZ", "UTC")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "journal": writeJournal, "running": awaitSocket, "await": awaitText, "capture": writeCapture,
			"fetch": fetchPage, "follow": followLink, "port": freePort, "expand": expandFiles,
		},
	})
}

// exits runs a command and checks its exit code: exits CODE COMMAND...
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND...")
	}
	err := ts.Exec(args[1], args[2:]...)
	got := "0"
	if err != nil {
		got = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if got != args[0] {
		ts.Fatalf("exit code %s, want %s", got, args[0])
	}
}

// callID is the id of the call in a line.
var callID = regexp.MustCompile(`"call":"[^"]*"`)

// writeJournal appends event lines to a journal, under another call id if one is given: journal DIR FILE[=ID]...
func writeJournal(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: journal DIR FILE...")
	}
	j, err := journal.Open(journal.Options{Dir: ts.MkAbs(args[0]), MaxBytes: 1 << 20})
	ts.Check(err)
	defer func() { ts.Check(j.Close()) }()
	for _, name := range args[1:] {
		name, id, renamed := strings.Cut(name, "=")
		f, err := os.Open(ts.MkAbs(name))
		ts.Check(err)
		lines := bufio.NewScanner(f)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			line := lines.Text()
			if renamed {
				line = callID.ReplaceAllString(line, `"call":"`+id+`"`)
			}
			_, err := j.Append([]byte(line), false)
			ts.Check(err)
		}
		ts.Check(lines.Err())
		ts.Check(f.Close())
	}
}

// patience bounds how long a script waits for another process.
const patience = 30 * time.Second

// poll waits until something is so.
func poll(ts *testscript.TestScript, what string, is func(context.Context) bool) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for !is(ctx) {
		select {
		case <-ctx.Done():
			ts.Fatalf("waited %s for %s", patience, what)
		case <-ticker.C:
		}
	}
}

// awaitSocket waits until an agent listens on a control socket: running SOCKET
func awaitSocket(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: running SOCKET")
	}
	poll(ts, args[0], func(ctx context.Context) bool {
		c, err := control.Connect(ctx, ts.MkAbs(args[0]))
		if err != nil {
			return false
		}
		return c.Close() == nil
	})
}

// awaitText runs a command until its output matches: await PATTERN COMMAND...
func awaitText(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: await PATTERN COMMAND...")
	}
	pattern, err := regexp.Compile("(?m)" + args[0])
	ts.Check(err)
	poll(ts, args[0], func(context.Context) bool {
		return ts.Exec(args[1], args[2:]...) == nil && pattern.MatchString(ts.ReadFile("stdout"))
	})
}

// writeCapture writes the beginning of a packet capture: capture FILE
func writeCapture(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: capture FILE")
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte{0xa1, 0xb2, 0xc3, 0xd4, 0, 2, 0, 4}, 0o600))
}

// freePort puts a UDP port that is free into a variable: port NAME
func freePort(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: port NAME")
	}
	c, err := net.ListenPacket("udp4", "127.0.0.1:0")
	ts.Check(err)
	ts.Check(c.Close())
	ts.Setenv(args[0], strconv.Itoa(c.LocalAddr().(*net.UDPAddr).Port))
}

// expandFiles replaces $NAME in files by the script's variables: expand FILE...
func expandFiles(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: expand FILE...")
	}
	for _, name := range args {
		text := os.Expand(ts.ReadFile(name), ts.Getenv)
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(text), 0o600))
	}
}
