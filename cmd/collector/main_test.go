package main

import (
	"errors"
	"os/exec"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"sidetone-collector": main})
}

func TestCommandLine(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			// exit2 runs a command that must end with the exit code of a usage error.
			"exit2": func(ts *testscript.TestScript, _ bool, args []string) {
				var exit *exec.ExitError
				if err := ts.Exec(args[0], args[1:]...); !errors.As(err, &exit) || exit.ExitCode() != exitUsage {
					ts.Fatalf("%v: %v", args, err)
				}
			},
		},
	})
}

func TestEveryDefaultIsValid(t *testing.T) {
	c := defaults()
	for _, s := range settings {
		if c.origin[s.key] == "" {
			t.Errorf("%s has no origin", s.key)
		}
	}
}
