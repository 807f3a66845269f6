package main

import (
	"errors"
	"fmt"
	"testing"
)

func TestExitCodeTellsWhoseFaultItWas(t *testing.T) {
	cause := errors.New("cause")
	for _, tc := range []struct {
		err  error
		want int
	}{
		{nil, exitGood},
		{cause, exitUsage}, // found by cobra, before a command ran
		{errFailed{cause}, exitFailed},
		{errFailed{usageError(cause)}, exitUsage},
		{errFailed{errPartial{cause}}, exitPartial},
		{errFailed{errQuiet{cause}}, exitFailed},
		{errFailed{fmt.Errorf("around: %w", errors.Join(cause, errPartial{cause}))}, exitPartial},
	} {
		if got := exitCode(tc.err); got != tc.want {
			t.Errorf("%#v: got %d, want %d", tc.err, got, tc.want)
		}
	}
}
