//go:build !unix

package telemetry

import "time"

func processorTime() time.Duration { return 0 }

func residentBytes() int64 { return 0 }
