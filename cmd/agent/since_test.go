package main

import (
	"testing"
	"time"
)

func TestSinceCountsInDaysToo(t *testing.T) {
	for text, want := range map[string]time.Duration{"2h": 2 * time.Hour, "7d": 168 * time.Hour, "0d": 0, "1h30m": 90 * time.Minute} {
		var s since
		if err := s.Set(text); err != nil || time.Duration(s) != want {
			t.Errorf("%q: %s, %v", text, s.String(), err)
		}
	}
	for _, text := range []string{"", "d", "-2d", "-2h", "2w", "1.5d", "99999999d", "yesterday"} {
		if err := new(since).Set(text); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}
