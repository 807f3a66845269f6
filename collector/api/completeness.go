package api

import (
	"context"
	"errors"

	"sidetone/collector/store"
	"sidetone/trace"
)

// Completeness says how much of a call's trace there is, and what is known of the rest.
type Completeness struct {
	Complete bool   `json:"complete" doc:"Every event that the devices wrote about this call is here."`
	Seen     int    `json:"seen" doc:"Events that are here."`
	Total    int    `json:"total" doc:"Events that the devices wrote, as far as they have said; 0 while one has not."`
	Missing  int    `json:"missing" doc:"Events known to be missing."`
	Views    []Seen `json:"views" nullable:"false"`
}

// Seen is Completeness of one device's part.
type Seen struct {
	Device  string      `json:"device"`
	Seen    int         `json:"seen"`
	Total   int         `json:"total" doc:"As call.ended says; 0 before it."`
	Missing int         `json:"missing"`
	Late    int         `json:"late" doc:"Events written after call.ended: late retransmissions and the like."`
	Cut     bool        `json:"cut" doc:"The device's agent stopped in the middle of the call."`
	Gaps    []trace.Gap `json:"gaps" nullable:"false" doc:"Losses of the device that may have hit this call."`
}

func (s *server) completeness(ctx context.Context, call store.Call) (Completeness, error) {
	out := Completeness{Complete: call.Summary.Complete, Missing: call.Summary.Missing, Views: []Seen{}}
	ended := true
	for i, v := range call.Views {
		f := call.Folds[i]
		part := Seen{Device: v.Device, Seen: f.Seen, Total: f.Total, Missing: f.Missing, Late: f.Late, Cut: f.Cut, Gaps: []trace.Gap{}}
		if !f.Complete {
			d, err := s.reader.Device(ctx, v.Device)
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return out, err
			}
			part.Gaps = notNil(around(v.Events, f.Total > 0, d.Gaps))
		}
		ended = ended && f.Total > 0
		out.Seen += f.Seen
		out.Total += f.Total
		out.Views = append(out.Views, part)
	}
	if !ended {
		out.Total = 0
	}
	return out, nil
}

// around picks the gaps that lie among the events of a call, or behind them while its end is not known. The first
// event may be in the gap itself: what is before them counts as well when the call does not begin with its first.
func around(events []trace.Event, ended bool, gaps []trace.Gap) []trace.Gap {
	type span struct{ first, last uint64 }
	spans := map[trace.Boot]span{}
	for _, e := range events {
		s, ok := spans[e.Boot]
		if !ok {
			s = span{e.Seq, e.Seq}
		}
		spans[e.Boot] = span{min(s.first, e.Seq), max(s.last, e.Seq)}
	}
	headless := len(events) > 0 && events[0].N > 1
	var out []trace.Gap
	for _, g := range gaps {
		s, ok := spans[g.Boot]
		switch {
		case !ok:
		case g.From <= s.last && g.To >= s.first, !ended && g.From > s.last, headless && g.To < s.first:
			out = append(out, g)
		}
	}
	return out
}
