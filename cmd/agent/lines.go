package main

import (
	"maps"
	"slices"
	"sort"
	"sync"

	"sidetone/sipua"
	"sidetone/telemetry"
	"sidetone/trace"
)

// lines is how each account stands with its registrar, by its number from 1.
type lines struct {
	mu    sync.Mutex
	state map[int]lineStatus
}

// lineStatus is one account as a command shows it.
type lineStatus struct {
	_      [0]func()            // not to be compared, so no code is made for it
	Line   int                  `json:"line"`
	AOR    string               `json:"aor"`
	Status telemetry.LineStatus `json:"status"`
	Code   int                  `json:"code,omitempty"`
	Reason string               `json:"reason,omitempty"`
	Server string               `json:"server,omitempty"`
}

func newLines() *lines { return &lines{state: map[int]lineStatus{}} }

func (l *lines) set(s lineStatus) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.state[s.Line] = s
}

// list is every line, in the order of the accounts.
func (l *lines) list() []lineStatus {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := slices.Collect(maps.Values(l.state))
	sort.SliceStable(all, func(i, j int) bool { return all[i].Line < all[j].Line })
	return all
}

// fixedLines tells of the accounts that do not register.
func (a *agent) fixedLines() {
	for i, account := range a.cfg.SIP.Accounts {
		if account.Registrar == "" {
			a.showLine(lineStatus{Line: i + 1, AOR: account.AOR, Status: telemetry.LineDisabled}, telemetry.Line{})
		}
	}
}

// lineKinds are what an attempt to register, or its outcome, is in the trace and in the words of TR-104.
var lineKinds = map[sipua.LineState]struct {
	kind   trace.Kind
	status telemetry.LineStatus
}{
	sipua.Registering:  {trace.LineRegistering, telemetry.LineRegistering},
	sipua.Registered:   {trace.LineRegistered, telemetry.LineUp},
	sipua.Failed:       {trace.LineFailed, telemetry.LineError},
	sipua.Unregistered: {trace.LineUnregistered, telemetry.LineDisabled},
}

// lineChanged writes down an attempt to register an account, or its outcome. It is sipua.Options.Line.
func (a *agent) lineChanged(s sipua.LineStatus) {
	is := lineKinds[s.State]
	a.recorder.Record(trace.Event{At: s.At, Kind: is.kind, Data: trace.Line{
		Line: s.Account + 1, AOR: s.AOR, Registrar: s.Server, Status: s.Status, Reason: s.Reason, ExpiresUS: trace.MicrosOf(s.Expires),
	}})
	out, status := telemetry.Line{}, is.status
	if s.Expires > 0 { // also after a refresh that has failed: calls still come in
		out.Expires, status = s.At.Add(s.Expires).UTC(), telemetry.LineUp
	}
	a.showLine(lineStatus{
		Line: s.Account + 1, AOR: s.AOR, Status: status, Code: s.Status, Reason: s.Reason, Server: s.Server,
	}, out)
}

// showLine has a line shown here and at the broker; published brings what only the broker is told.
func (a *agent) showLine(s lineStatus, published telemetry.Line) {
	a.lines.set(s)
	if a.uplink == nil {
		return
	}
	published.Status, published.AOR, published.Code, published.Reason, published.Server = s.Status, s.AOR, s.Code, s.Reason, s.Server
	a.uplink.Line(s.Line, published)
}
