package trace

import (
	"strconv"
	"time"
)

// EventRef names one event of one device: the evidence of a sentence, and what a page selects.
type EventRef struct {
	Device string `json:"device"`
	Boot   Boot   `json:"boot"`
	Seq    uint64 `json:"seq"`
}

// ID writes the reference so that it can be an HTML id or part of a URL.
func (r EventRef) ID() string {
	return r.Device + "." + r.Boot.String() + "." + strconv.FormatUint(r.Seq, 10)
}

// Located is an event in its place among all that the devices of a call saw.
type Located struct {
	View  int // index of the view it comes from
	Ref   EventRef
	At    time.Time // on the clock of the first view, estimated where the event is another device's
	Event Event
}
