// Command sidetone-agent is the phone's SIP user agent. It makes and takes calls, writes down everything that happens to
// each, tells it in plain words right there, and publishes it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
)

func main() { os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr)) }

// run executes one command line and returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := newRoot()
	root.Connect(os.Stdin, stdout, stderr)
	err := root.Execute(ctx, args)
	var quiet errQuiet
	if err != nil && !errors.As(err, &quiet) {
		_, _ = fmt.Fprintln(stderr, "sidetone-agent:", err)
	}
	return exitCode(err)
}
