package export

import (
	"bytes"
	"encoding/json"
	"time"

	"sidetone/trace"
	"sidetone/trace/story"
)

// document is the export as one JSON object.
type document struct {
	Summary trace.Summary `json:"summary"`
	Story   story.Story   `json:"story"`
	Devices []owner       `json:"devices"`
	Events  []placed      `json:"events"` // in causal order
}

// owner says whose events they are.
type owner struct {
	_      [0]func() // not to be compared, so no code is made for it
	Device string    `json:"device"`
	Name   string    `json:"name"`
}

// placed is an event in its causal place.
type placed struct {
	Device string          `json:"device"`
	At     time.Time       `json:"at"`    // on the clock of the first device
	Event  json.RawMessage `json:"event"` // the event line
}

// writeJSON writes summary, story and events in one document.
func writeJSON(b *bytes.Buffer, c call) error {
	d := document{Summary: summary(c.views), Story: story.Tell(c.views, c.lang), Devices: []owner{}, Events: []placed{}}
	for _, v := range c.views {
		d.Devices = append(d.Devices, owner{Device: v.Device, Name: v.Name})
	}
	for _, l := range trace.Merge(c.views) {
		line, err := l.Event.Encode()
		if err != nil {
			return err
		}
		d.Events = append(d.Events, placed{l.Ref.Device, l.At, line})
	}
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(d)
}

// summary is that of the first view; the call is complete only if every view is.
func summary(views []trace.View) trace.Summary {
	var sum trace.Summary
	for i, v := range views {
		s := trace.Summarize(v.Events).Summary
		if i == 0 {
			sum = s
			sum.Device, sum.Devices = v.Device, []string{}
		} else {
			sum.Complete = sum.Complete && s.Complete
			sum.Missing += s.Missing
			if s.MOS != nil && (sum.MOS == nil || *s.MOS < *sum.MOS) {
				sum.MOS = s.MOS
			}
		}
		if v.Device != "" {
			sum.Devices = append(sum.Devices, v.Device)
		}
	}
	return sum
}
