package trace

import (
	"math"
	"time"
)

// Summary is one call in a list. Times are UTC; a time that never came is zero and left out of the JSON.
type Summary struct {
	ID           string    `json:"id"`
	SessionID    string    `json:"session_id"`
	SIPCallID    string    `json:"sip_call_id"`
	Direction    Direction `json:"direction"`
	From         Party     `json:"from"`
	To           Party     `json:"to"`
	Device       string    `json:"device"`  // whose view this is
	Devices      []string  `json:"devices"` // all that saw the call
	StartedAt    time.Time `json:"started_at,omitzero"`
	RingingAt    time.Time `json:"ringing_at,omitzero"`
	AnsweredAt   time.Time `json:"answered_at,omitzero"`
	EndedAt      time.Time `json:"ended_at,omitzero"`
	Result       Result    `json:"result"` // "" while the call is up
	Side         Side      `json:"side"`
	LastResponse int       `json:"last_response"`
	Q850         int       `json:"q850"`
	SetupUS      Micros    `json:"setup_us"`
	RingingUS    Micros    `json:"ringing_us"`
	TalkingUS    Micros    `json:"talking_us"`
	HeldUS       Micros    `json:"held_us"`
	TotalUS      Micros    `json:"total_us"`
	Holds        int       `json:"holds"`
	MOS          *float64  `json:"mos"`      // the lower of both ends; null when not known
	Complete     bool      `json:"complete"` // every event of the call is here
	Missing      int       `json:"missing"`  // events known to be missing so far
	Cut          bool      `json:"cut"`      // the agent stopped in the middle of the call
}

// Fold adds the events of one call on one device up to its summary. The zero value is ready; it may be stored between
// events as JSON. For completeness neither the order matters nor that an event is added twice; for the rest the order
// should be the device's.
type Fold struct {
	Summary
	Seen    int           `json:"seen"`  // numbered events so far, those after call.ended excluded
	MaxN    int           `json:"max_n"` // highest number so far, those after call.ended included
	Total   int           `json:"total"` // as call.ended says; 0 before it
	Late    int           `json:"late"`  // events numbered after call.ended
	Begin   time.Duration `json:"begin"` // monotonic time of call.initiated
	Numbers Numbers       `json:"numbers,omitempty"`
}

// Summarize folds the events of one call on one device.
func Summarize(events []Event) Fold {
	var f Fold
	for _, e := range events {
		f.Add(e)
	}
	return f
}

// Add takes one more event into account.
func (f *Fold) Add(e Event) {
	f.count(e)
	if f.ID == "" {
		f.ID, f.StartedAt, f.Begin = e.Call, e.At, e.Mono
	}
	switch d := e.Data.(type) {
	case Initiated:
		f.SessionID, f.SIPCallID, f.Direction, f.From, f.To = d.SessionID, d.SIPCallID, d.Direction, d.From, d.To
		f.StartedAt, f.Begin = e.At, e.Mono
		if f.Result != "" {
			f.EndedAt = f.StartedAt.Add(f.TotalUS.Duration())
		}
	case Alerting:
		f.responded(d.Status)
		if f.RingingAt.IsZero() {
			f.RingingAt, f.SetupUS = e.At, MicrosOf(e.Mono-f.Begin)
		}
	case Answered:
		f.AnsweredAt = e.At
		f.responded(200)
	case Hold:
		if e.Kind == HoldConfirmed {
			f.Holds++
		}
	case Quality:
		f.quality(d)
	case Stopped:
		f.Cut = true
	case Ended:
		f.end(d)
	}
}

// count keeps the numbers that prove completeness.
func (f *Fold) count(e Event) {
	if d, ok := e.Data.(Ended); ok {
		f.Total = d.Events
	}
	f.Numbers.Add(e.N)
	all := f.Numbers.Count(math.MaxInt)
	f.MaxN, f.Seen, f.Late = f.Numbers.Max(), all, 0
	expected := f.MaxN
	if f.Total > 0 {
		expected = f.Total
		f.Seen = f.Numbers.Count(f.Total)
		f.Late = all - f.Seen
	}
	f.Missing = max(expected-f.Seen, 0)
	f.Complete = f.Total > 0 && f.Missing == 0
}

// responded notes a status that was seen on the way; call.ended has the last word.
func (f *Fold) responded(status int) {
	if f.Result == "" {
		f.LastResponse = status
	}
}

func (f *Fold) end(d Ended) {
	f.Result, f.Side, f.LastResponse, f.Q850 = d.Result, d.Side, d.LastResponse, d.Q850
	f.SetupUS, f.RingingUS, f.TalkingUS, f.HeldUS, f.TotalUS = d.SetupUS, d.RingingUS, d.TalkingUS, d.HeldUS, d.TotalUS
	f.EndedAt = f.StartedAt.Add(d.TotalUS.Duration())
}

func (f *Fold) quality(d Quality) {
	worst := func(m *float64) {
		if m != nil && (f.MOS == nil || *m < *f.MOS) {
			v := *m
			f.MOS = &v
		}
	}
	f.MOS = nil // the latest report speaks for the call
	worst(d.Local.MOS)
	if d.Remote != nil {
		worst(d.Remote.MOS)
	}
}
