package main

import (
	"errors"
	"testing"
)

func TestTheClockOfThisGoReleaseCanBeSet(t *testing.T) {
	_, source, err := clockSource(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := steppable(source); err != nil {
		t.Error(err)
	}
	if _, err := steppable([]byte("package time")); !errors.Is(err, errClockSource) {
		t.Errorf("another source: %v", err)
	}
}
