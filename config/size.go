package config

import (
	"fmt"
	"strconv"
	"strings"
)

const (
	kibibyte int64 = 1 << 10
	mebibyte int64 = 1 << 20
	gibibyte int64 = 1 << 30
)

// sizeUnits from the largest down.
var sizeUnits = []struct {
	name  string
	bytes int64
}{{"GiB", gibibyte}, {"MiB", mebibyte}, {"KiB", kibibyte}, {"B", 1}}

// parseSize reads "8MiB", "512 KiB", "0".
func parseSize(s string) (int64, error) {
	number, unit := s, int64(0)
	for _, u := range sizeUnits {
		if rest, ok := strings.CutSuffix(s, u.name); ok {
			number, unit = strings.TrimSpace(rest), u.bytes
			break
		}
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 0 || unit > 0 && n > (1<<62)/unit {
		return 0, fmt.Errorf("%q is no size; write a whole number and a unit: B, KiB, MiB or GiB", s)
	}
	if unit == 0 && n != 0 {
		return 0, fmt.Errorf("%s has no unit; write %sB, %sKiB, %sMiB or %sGiB", s, s, s, s, s)
	}
	return n * unit, nil
}

// formatSize writes the size in the largest unit that divides it.
func formatSize(n int64) string {
	for _, u := range sizeUnits {
		if n != 0 && n%u.bytes == 0 {
			return strconv.FormatInt(n/u.bytes, 10) + u.name
		}
	}
	return "0"
}
