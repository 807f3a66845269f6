package web_test

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"sync"
	"time"

	"sidetone/collector/store"
	"sidetone/trace"
)

// shelf is a store.Reader over calls in memory.
type shelf struct {
	mu       sync.Mutex
	calls    []store.Call // newest first
	devices  []store.Device
	asked    []store.Filter
	watchers []chan store.Change
	err      error
}

// put adds a call, or replaces the one of that id.
func (s *shelf) put(id string, views []trace.View) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := store.Call{Views: views}
	for _, v := range c.Views {
		fold := trace.Summarize(v.Events)
		fold.Device = v.Device
		c.Folds = append(c.Folds, fold)
	}
	c.Summary = c.Folds[0].Summary
	c.Summary.ID = id
	for _, v := range c.Views {
		c.Summary.Devices = append(c.Summary.Devices, v.Device)
	}
	s.calls = slices.DeleteFunc(s.calls, func(old store.Call) bool { return old.Summary.ID == id })
	s.calls = append(s.calls, c)
	slices.SortFunc(s.calls, func(a, b store.Call) int { return b.Summary.StartedAt.Compare(a.Summary.StartedAt) })
}

// tell reports a change to whoever watches.
func (s *shelf) tell(c store.Change) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range s.watchers {
		w <- c
	}
}

func (s *shelf) Calls(_ context.Context, f store.Filter) (store.Page, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, f)
	if s.err != nil {
		return store.Page{}, s.err
	}
	skip := 0
	if f.Cursor != "" {
		var err error
		if skip, err = strconv.Atoi(f.Cursor); err != nil {
			return store.Page{}, store.ErrCursor
		}
	}
	var found []trace.Summary
	for _, c := range s.calls {
		if (f.Result == "" || c.Summary.Result == f.Result) && (f.Device == "" || slices.Contains(c.Summary.Devices, f.Device)) {
			found = append(found, c.Summary)
		}
	}
	limit := 50
	if f.Limit > 0 {
		limit = f.Limit
	}
	found = found[min(skip, len(found)):]
	if len(found) <= limit {
		return store.Page{Calls: found}, nil
	}
	return store.Page{Calls: found[:limit], Next: strconv.Itoa(skip + limit)}, nil
}

func (s *shelf) Call(_ context.Context, id string) (store.Call, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return store.Call{}, s.err
	}
	for _, c := range s.calls {
		if c.Summary.ID == id {
			return c, nil
		}
	}
	return store.Call{}, store.ErrNotFound
}

func (s *shelf) Devices(context.Context) ([]store.Device, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.devices), s.err
}

func (s *shelf) Device(_ context.Context, id string) (store.Device, error) {
	for _, d := range s.devices {
		if d.ID == id {
			return d, nil
		}
	}
	return store.Device{}, store.ErrNotFound
}

func (s *shelf) Watch(ctx context.Context) <-chan store.Change {
	ch := make(chan store.Change, 64)
	s.mu.Lock()
	s.watchers = append(s.watchers, ch)
	s.mu.Unlock()
	context.AfterFunc(ctx, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.watchers = slices.DeleteFunc(s.watchers, func(w chan store.Change) bool { return w == ch })
		close(ch)
	})
	return ch
}

// strangers are who was turned away.
func strangers() []store.Refusal {
	return []store.Refusal{
		{Reason: "wrong password", Device: "reception-1", Address: "10.1.0.77", Count: 12, Last: noon},
		{Reason: "publish outside the own branch", Device: "warehouse-1", Address: "10.1.0.9", What: "st/v1/default/reception-1/up/ev", Count: 1, Last: noon.Add(-time.Minute)},
		{Reason: "client identifier", Address: "192.0.2.80", Count: 340, Last: noon.Add(-time.Hour)},
	}
}

// house is a shelf with a call of every kind, as the pages' readers will meet them.
func house() *shelf {
	s := &shelf{devices: []store.Device{
		{ID: "reception-1", Tenant: "default", Name: "Reception", Model: "sim", Firmware: "1.0", Agent: "0.1.0", Arch: "linux/arm", IP: "10.1.0.5", State: store.StateReady, LastSeen: noon, Facts: store.Facts{
			Kernel: "6.1.0", Restart: trace.RestartPower, Booted: noon.Add(-50 * time.Hour), Lines: 2, Depth: 1204,
		}, Config: json.RawMessage(`{"ver":1764000000,"refused":1764000060,"error":"sip.listen: must not be changed remotely"}`), Lines: []store.Registration{
			{Line: 1, Status: store.LineUp, AOR: "sip:101@example.com", Code: 200}, {Line: 2, Status: store.LineRegistering, AOR: "sip:102@example.com"},
		}},
		{ID: "warehouse-1", Tenant: "default", Name: "Warehouse", Model: "sim", Agent: "0.1.0", Arch: "linux/mipsle", IP: "10.1.0.9", State: store.StateLost, LastSeen: noon.Add(-time.Hour), Lines: []store.Registration{{Line: 1, Status: store.LineError, AOR: "sip:103@example.com", Code: 403, Reason: "Forbidden"}}, Gaps: []trace.Gap{{From: 9, To: 40, Count: 32, Reason: trace.GapJournalFull}}},
		{ID: "workshop-1", Tenant: "default", Name: "Workshop", State: store.StateDisconnected, LastSeen: noon.Add(-26 * time.Hour), Facts: store.Facts{
			Restart: trace.RestartUpdate, Journal: store.InMemory, JournalError: "read-only file system",
		}, Health: json.RawMessage(`{}`)},
	}}
	for name, ago := range map[string]time.Duration{
		"answered": 0, "busy": 7 * time.Minute, "rejected": 31 * time.Minute, "cancelled": time.Hour, "unknown-number": 20 * time.Hour,
		"no-answer": 21 * time.Hour, "unreachable": 22 * time.Hour, "blocked": 23 * time.Hour, "cut": 24 * time.Hour, "lossy": 25 * time.Hour,
		"live": -3 * time.Minute,
	} {
		s.put(name, scripted(name, ago))
	}
	return s
}
