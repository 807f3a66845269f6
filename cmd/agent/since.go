package main

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// since is a flag: how far to look back. People count in days what Go counts in hours.
type since time.Duration

// maxDays keeps a number of days within what a duration can hold.
const maxDays = 36500

var errSince = errors.New("write it as 30m, 2h or 7d")

// Set reads "2h" or "7d".
func (s *since) Set(text string) error {
	if days, ok := strings.CutSuffix(text, "d"); ok {
		n, err := strconv.ParseUint(days, 10, 32)
		if err != nil || n > maxDays {
			return errSince
		}
		*s = since(time.Duration(n) * 24 * time.Hour)
		return nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return errSince
	}
	*s = since(d)
	return nil
}

// String writes it as Go does.
func (s *since) String() string { return time.Duration(*s).String() }

// Type names the flag's value in a help text.
func (*since) Type() string { return "duration" }
