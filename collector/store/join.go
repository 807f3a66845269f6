package store

import (
	"slices"
	"strings"
	"time"

	"sidetone/trace"
)

// Seen is one device's part of a call, as an engine keeps it.
type Seen struct {
	Device string
	Fold   trace.Fold
}

// Primary is the index of the view that the call is told from: the calling device's, else the one stored first. views
// are in the order in which they were stored and not empty.
func Primary(views []Seen) int {
	i := slices.IndexFunc(views, func(v Seen) bool { return v.Fold.Direction == trace.Out })
	return max(i, 0)
}

// Join sums up the views of one call, in the order in which they were stored, under the call's own id. Everything is as
// the primary view says, but the call is complete only if every view is, and the quality is the worst of them.
func Join(id string, views []Seen) trace.Summary {
	primary := Primary(views)
	sum := views[primary].Fold.Summary
	sum.ID, sum.Device = id, views[primary].Device
	sum.Devices = []string{sum.Device}
	for i, v := range views {
		if i == primary {
			continue
		}
		sum.Devices = append(sum.Devices, v.Device)
		sum.Complete = sum.Complete && v.Fold.Complete
		sum.Missing += v.Fold.Missing
		if m := v.Fold.MOS; m != nil && (sum.MOS == nil || *m < *sum.MOS) {
			worst := *m
			sum.MOS = &worst
		}
	}
	return sum
}

// SessionKey is what a Session-ID is joined by, "" when it tells nothing: RFC 7989 section 5 has the null value, 32
// zeros, for a session that has no identifier yet.
func SessionKey(sessionID string) string {
	if strings.Trim(sessionID, "0") == "" {
		return ""
	}
	return strings.ToLower(sessionID)
}

// Began is the time that a call is listed under: what its device says, unless that clock is not to be trusted or ahead
// of ours; then when its first event was received.
func Began(started, received time.Time, synced bool) time.Time {
	if !synced || started.After(received) {
		return received
	}
	return started
}
