package main

import (
	"errors"

	"github.com/spf13/cobra"
)

// The exit codes.
const (
	exitGood    = 0
	exitFailed  = 1
	exitUsage   = 2
	exitPartial = 3 // done, but something is missing
)

// errUsage marks what the command line got wrong.
type errUsage struct{ error }

func (e errUsage) Unwrap() error { return e.error }

// usageError blames the command line for err.
func usageError(err error) error { return errUsage{err} }

// errPartial marks what was done, but not wholly.
type errPartial struct{ error }

func (e errPartial) Unwrap() error { return e.error }

// errQuiet marks what has been reported already.
type errQuiet struct{ error }

func (e errQuiet) Unwrap() error { return e.error }

// errFailed marks what a command tried and could not do. Whatever fails before a command runs is the command line's fault.
type errFailed struct{ error }

func (e errFailed) Unwrap() error { return e.error }

// exitCode is the code for what a command line came to.
func exitCode(err error) int {
	var (
		failed  errFailed
		usage   errUsage
		partial errPartial
	)
	switch {
	case err == nil:
		return exitGood
	case errors.As(err, &usage):
		return exitUsage
	case errors.As(err, &partial):
		return exitPartial
	case errors.As(err, &failed):
		return exitFailed
	}
	return exitUsage
}

// markFailures makes what the commands themselves return distinct from what cobra finds wrong with a command line.
func markFailures(cmd *cobra.Command) {
	if work := cmd.RunE; work != nil {
		cmd.RunE = func(cmd *cobra.Command, args []string) error {
			if err := work(cmd, args); err != nil {
				return errFailed{err}
			}
			return nil
		}
	}
	for _, sub := range cmd.Commands() {
		markFailures(sub)
	}
}
