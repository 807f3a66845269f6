package main

import (
	"errors"
	"fmt"
	"testing"

	"sidetone/internal/command"
)

func TestExitCodeTellsWhoseFaultItWas(t *testing.T) {
	cause := errors.New("cause")
	for _, tc := range []struct {
		err  error
		want int
	}{
		{nil, exitGood},
		{cause, exitFailed},
		{&command.Fault{}, exitUsage},
		{usageError(cause), exitUsage},
		{errPartial{cause}, exitPartial},
		{errQuiet{cause}, exitFailed},
		{fmt.Errorf("around: %w", errors.Join(cause, errPartial{cause})), exitPartial},
	} {
		if got := exitCode(tc.err); got != tc.want {
			t.Errorf("%#v: got %d, want %d", tc.err, got, tc.want)
		}
	}
}
