package config

import (
	"fmt"
	"strconv"
	"time"
)

const never = "never"

// parseDuration reads "2s", "1m30s", "0".
func parseDuration(s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	if err == nil {
		return d, nil
	}
	if _, err := strconv.ParseFloat(s, 64); err == nil {
		return 0, fmt.Errorf("%s has no unit; write %ss or %sms", s, s, s)
	}
	return 0, fmt.Errorf("%q is no duration; write a number and a unit, such as 500ms, 20s, 5m or 1h", s)
}

// formatDuration writes the duration in one unit: the largest that divides it, but at most seconds, as people compare
// them.
func formatDuration(d time.Duration) string {
	switch {
	case d < 0:
		return never
	case d%time.Second == 0:
		return strconv.FormatInt(int64(d/time.Second), 10) + "s"
	case d%time.Millisecond == 0:
		return strconv.FormatInt(int64(d/time.Millisecond), 10) + "ms"
	}
	return d.String()
}
