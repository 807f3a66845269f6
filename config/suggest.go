package config

import (
	"fmt"

	"sidetone/internal/spelling"
)

func didYouMean(s string, names []string) string {
	if best := spelling.Nearest(s, names); best != "" {
		return fmt.Sprintf(", did you mean %q?", best)
	}
	return ""
}
