package main

import (
	"errors"

	"sidetone/internal/command"
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

// exitCode is the code for what a command line came to.
func exitCode(err error) int {
	var (
		fault   *command.Fault
		usage   errUsage
		partial errPartial
	)
	switch {
	case err == nil:
		return exitGood
	case errors.As(err, &fault), errors.As(err, &usage):
		return exitUsage
	case errors.As(err, &partial):
		return exitPartial
	}
	return exitFailed
}
