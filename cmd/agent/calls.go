package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"sidetone/trace"
	"sidetone/trace/phrase"
	"sidetone/trace/terminal"
)

// callIndex is every call of an archive, in the order in which they began.
type callIndex struct {
	calls []*indexed
	byID  map[string]*indexed
}

// indexed is one call of an index.
type indexed struct {
	trace.Fold
	Real  bool   `json:"real,omitempty"`  // more than a handset that was lifted and put back
	First uint64 `json:"first,omitempty"` // journal numbers of the first and last event
	Last  uint64 `json:"last,omitempty"`
}

// indexCalls reads an archive through, or looks into the index of it.
func indexCalls(ctx context.Context, a archive) (*callIndex, []error, error) {
	index := &callIndex{byID: map[string]*indexed{}}
	var lost []error
	var err error
	if a.file == "" {
		lost, err = index.readJournal(ctx, a)
	} else {
		lost, err = a.each(ctx, everyLine, func(_ []byte, e trace.Event) error {
			index.add(e, 0)
			return nil
		})
	}
	index.calls = slices.DeleteFunc(index.calls, func(c *indexed) bool { return !c.Real })
	for _, c := range index.calls {
		c.Device = a.device
		c.Devices = []string{}
		if a.device != "" {
			c.Devices = []string{a.device}
		}
		for _, v := range a.viewsOf(c.ID) {
			c.Devices = append(c.Devices, v.Device)
			c.Device = c.Devices[0]
		}
	}
	return index, lost, err
}

// add takes one more event, with its number in the journal if it has one.
func (x *callIndex) add(e trace.Event, seq uint64) {
	if e.Call == "" {
		return
	}
	c := x.byID[e.Call]
	if c == nil {
		c = &indexed{First: seq}
		x.byID[e.Call] = c
		x.calls = append(x.calls, c)
	}
	c.Add(e)
	c.Last = seq
	switch e.Kind {
	case trace.DeviceHook, trace.DeviceKey, trace.DeviceHandset, trace.DeviceLink:
	default:
		c.Real = true
	}
}

// lastCall is the word for the call that began last.
const lastCall = "last"

// maxCandidates is how many calls an ambiguous prefix lists.
const maxCandidates = 10

// find gives the call that ref means: "last", an id, or the beginning of one.
func (x *callIndex) find(ref string) (*indexed, error) {
	if len(x.calls) == 0 {
		return nil, errors.New("no call is recorded")
	}
	if strings.EqualFold(ref, lastCall) {
		return x.calls[len(x.calls)-1], nil
	}
	var found []*indexed
	for _, c := range x.calls {
		if strings.EqualFold(c.ID, ref) {
			return c, nil
		}
		if len(ref) <= len(c.ID) && strings.EqualFold(c.ID[:len(ref)], ref) {
			found = append(found, c)
		}
	}
	switch len(found) {
	case 0:
		return nil, fmt.Errorf("no call %q is recorded; sidetone-agent trace list shows those that are", ref)
	case 1:
		return found[0], nil
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%q begins the ids of %d calls; give more of it:", ref, len(found))
	for _, c := range found[max(len(found)-maxCandidates, 0):] {
		fmt.Fprintf(&b, "\n  %s  %s  %s", phrase.Clean(c.ID), startText(c.Summary), whoText(c.Summary))
	}
	if more := len(found) - maxCandidates; more > 0 {
		fmt.Fprintf(&b, "\n  and %d earlier ones", more)
	}
	return nil, usageError(errors.New(b.String()))
}

// startText is when a call began, in local time.
func startText(s trace.Summary) string { return s.StartedAt.In(time.Local).Format(time.DateTime) }

// whoText is the other side of a call, with an arrow that says which way it went.
func whoText(s trace.Summary) string {
	switch s.Direction {
	case trace.In:
		return "← " + partyText(s.From)
	case trace.Out:
		return "→ " + partyText(s.To)
	}
	return "·" // its beginning is no longer recorded
}

// columns lays rows out in columns two spaces apart; the last column is not filled.
func columns(rows [][]string) string {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], terminal.Width(cell))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		line := ""
		for i, cell := range row {
			line += terminal.Pad(cell, widths[i]) + "  "
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return terminal.Plain(b.String())
}
