package storetest

import (
	"encoding/json"
	"testing"
	"time"

	"sidetone/collector/store"
	"sidetone/trace"
)

func device(t *testing.T, s store.Store, id string) store.Device {
	t.Helper()
	d, err := s.Device(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func deviceFacts(t *testing.T, s store.Store) {
	p := NewPhone("reception-1", 7)
	write(t, s, p.Batch(p.Event("", trace.AgentStarted, trace.Started{Version: "0.1", Name: "Reception", Model: "sim", Arch: "arm"})))
	at := p.Origin().At
	same(t, "from its events", device(t, s, "reception-1"), store.Device{
		ID: "reception-1", Tenant: "default", Name: "Reception", Model: "sim", Agent: "0.1", Arch: "arm",
		State: store.StateUnknown, Boot: 7, LastSeen: at,
	})

	birth := p.Origin()
	birth.At = at.Add(time.Minute)
	facts := store.Facts{Kernel: "6.1.0", Restart: trace.RestartPower, Booted: at.Add(-time.Hour).Truncate(time.Second), Lines: 2, Depth: 9}
	health := birth
	health.At = at.Add(2 * time.Minute)
	write(t, s,
		store.Presence{Origin: birth, State: store.StateReady, Boot: 7, Conn: 1, Firmware: "22.03", IP: "192.0.2.7", Facts: facts},
		store.Health{Origin: health, Report: json.RawMessage(`{"cpu":3}`)})
	want := store.Device{
		ID: "reception-1", Tenant: "default", Name: "Reception", Model: "sim", Firmware: "22.03", Agent: "0.1", Arch: "arm", IP: "192.0.2.7",
		State: store.StateReady, Boot: 7, Facts: facts, Since: birth.At, LastSeen: health.At, Health: json.RawMessage(`{"cpu":3}`),
	}
	same(t, "from its birth", device(t, s, "reception-1"), want)

	write(t, s, store.Presence{Origin: health, State: store.StateLost, Boot: 7, Conn: 1})
	same(t, "the facts outlive the connection", device(t, s, "reception-1").Facts, facts)
	facts.Journal, facts.JournalError = store.InMemory, "read-only file system"
	write(t, s, store.Presence{Origin: birth, State: store.StateReady, Boot: 7, Conn: 2, Facts: facts})
	want.Facts = facts
	same(t, "the journal's trouble", device(t, s, "reception-1").Facts, facts)

	other := NewPhone("attic", 9)
	write(t, s, other.Batch(other.Event("", trace.DeviceHook, trace.Hook{State: trace.OnHook})))
	all, err := s.Devices(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	same(t, "all", []string{all[0].ID, all[1].ID}, []string{"attic", "reception-1"})
	same(t, "in the list", all[1], want)
}

func deviceLines(t *testing.T, s store.Store) {
	o := NewPhone("a", 1).Origin()
	says := func(r store.Registration) { write(t, s, store.LineReport{Origin: o, Registration: r}) }
	lines := func(what string, want ...store.Registration) {
		t.Helper()
		same(t, what, device(t, s, "a").Lines, want)
	}
	write(t, s, store.Presence{Origin: o, State: store.StateReady, Boot: 5, Conn: 1})
	second := store.Registration{Line: 2, Status: store.LineError, AOR: "sip:102@example.com", Code: 403, Reason: "Forbidden"}
	first := store.Registration{
		Line: 1, Status: store.LineUp, AOR: "sip:101@example.com", Code: 200, Server: "sip:pbx.example.com",
		Expires: o.At.Add(10 * time.Minute), Since: o.At,
	}
	says(second)
	says(first)
	lines("in the order of their numbers", first, second)
	first.Status = store.LineRegistering
	says(first)
	lines("as last told", first, second)
	write(t, s, store.Presence{Origin: o, State: store.StateReady, Boot: 5, Conn: 2})
	lines("after another connection", first, second)
	says(store.Registration{Line: 2})
	lines("taken back", first)
	write(t, s, store.Presence{Origin: o, State: store.StateReady, Boot: 6, Conn: 1})
	lines("a new run has told of none yet")
}

func lateWill(t *testing.T, s store.Store) {
	o := NewPhone("a", 1).Origin()
	says := func(state string, boot trace.Boot, conn uint64) {
		o.At = o.At.Add(time.Second)
		write(t, s, store.Presence{Origin: o, State: state, Boot: boot, Conn: conn})
	}
	state := func(what, want string) {
		t.Helper()
		same(t, what, device(t, s, "a").State, want)
	}
	says(store.StateReady, 5, 1)
	says(store.StateReady, 5, 2)
	says(store.StateLost, 5, 1)
	state("the will of an older connection", store.StateReady)
	says(store.StateLost, 5, 2)
	says(store.StateReady, 5, 1)
	state("the birth of an older connection", store.StateLost)
	says(store.StateReady, 5, 3)
	says(store.StateReady, 6, 1)
	says(store.StateLost, 5, 3)
	state("the will of an older boot", store.StateReady)
	says(store.StateLost, 6, 1)
	state("its own will", store.StateLost)
	says(store.StateReady, 6, 2)
	says("", 0, 0)
	state("no word about the state", store.StateReady)
	says(store.StateLost, 0, 0)
	state("the front end's word", store.StateLost)
}

func holes(t *testing.T, s store.Store) {
	p := NewPhone("a", 1)
	lines := p.Play(script)
	write(t, s, p.Batch(lines[0]), p.Batch(lines[2:4]...), p.Batch(lines[5]))
	same(t, "gaps", device(t, s, "a").Gaps, []trace.Gap{
		{From: 2, To: 2, Boot: 1, Reason: store.NotReceived, Count: 1},
		{From: 5, To: 5, Boot: 1, Reason: store.NotReceived, Count: 1},
	})
	if sum := call(t, s, "01CALL").Summary; sum.Complete || sum.Missing != 2 {
		t.Errorf("complete %v, missing %d", sum.Complete, sum.Missing)
	}
	write(t, s, p.Batch(lines...))
	same(t, "filled", device(t, s, "a").Gaps, nil)
	if sum := call(t, s, "01CALL").Summary; !sum.Complete {
		t.Errorf("missing %d", sum.Missing)
	}
}

func reportedGaps(t *testing.T, s store.Store) {
	p := NewPhone("a", 2)
	var lines []store.Line
	for range 10 {
		lines = append(lines, p.Event("", trace.DeviceHook, trace.Hook{State: trace.OnHook}))
	}
	here := trace.Gap{From: 3, To: 5, Boot: 2, Reason: trace.GapJournalFull, Count: 3}
	gone := trace.Gap{From: 1, To: 4, Boot: 1, Reason: trace.GapJournalCorrupt, Count: 4}
	lines = append(lines, p.Event("", trace.AgentGap, here), p.Event("", trace.AgentGap, gone))
	write(t, s, p.Batch(lines[:2]...), p.Batch(lines[5:7]...), p.Batch(lines[8:]...))
	unexplained := trace.Gap{From: 8, To: 8, Boot: 2, Reason: store.NotReceived, Count: 1}
	same(t, "gaps", device(t, s, "a").Gaps, []trace.Gap{gone, here, unexplained})
	write(t, s, p.Batch(lines...))
	same(t, "what came in after all is no loss", device(t, s, "a").Gaps, []trace.Gap{gone})
}

func given(t *testing.T, s store.Store) {
	p := NewPhone("a", 1)
	lines := p.Play(script)
	last := uint64(len(lines))
	unexplained := func(boot trace.Boot, from, to uint64) trace.Gap {
		return trace.Gap{From: from, To: to, Boot: boot, Reason: store.NotReceived, Count: to - from + 1}
	}
	birth := store.Presence{
		Origin: p.Origin(), State: store.StateReady, Boot: 2, Conn: 1, Given: []store.Given{{Boot: 9, Seq: 4}, {Boot: 1, Seq: last}, {Boot: 2, Seq: 2}},
	}
	write(t, s, birth)
	same(t, "a device that is new", device(t, s, "a").Gaps, nil)
	write(t, s, p.Batch(lines[:2]...), p.Batch(lines[3:5]...), birth)
	same(t, "a broker that lost some, and a run", device(t, s, "a").Gaps, []trace.Gap{unexplained(1, 3, 3), unexplained(1, 6, last), unexplained(2, 1, 2)})
	write(t, s, p.Batch(lines...))
	p.Reboot(2)
	told := trace.Gap{From: 1, To: 1, Boot: 2, Reason: trace.GapJournalFull, Count: 1}
	p.Event("", trace.DeviceHook, trace.Hook{State: trace.OnHook})
	write(t, s, p.Batch(p.Event("", trace.AgentGap, told)))
	same(t, "what came later, and what the device has lost itself", device(t, s, "a").Gaps, []trace.Gap{told})
	write(t, s, store.Health{Origin: p.Origin(), Report: []byte("{}"), Given: []store.Given{{Boot: 2, Seq: 3}}})
	same(t, "the word of a health report", device(t, s, "a").Gaps, []trace.Gap{told, unexplained(2, 3, 3)})
	write(t, s, store.Health{Origin: p.Origin(), Report: []byte("{}"), Given: []store.Given{{Boot: 2, Seq: 1}}})
	same(t, "an older one", device(t, s, "a").Gaps, []trace.Gap{told, unexplained(2, 3, 3)})
	write(t, s, p.Batch(p.Event("", trace.DeviceHook, trace.Hook{State: trace.OnHook})))
	same(t, "all there", device(t, s, "a").Gaps, []trace.Gap{told})
}

func givenByUnknown(t *testing.T, s store.Store) {
	p := NewPhone("a", 1)
	said := func(conn uint64, runs ...store.Given) {
		t.Helper()
		present := runs[len(runs)-1].Boot
		write(t, s, store.Presence{Origin: p.Origin(), State: store.StateReady, Boot: present, Conn: conn, Given: runs})
	}
	lost := func(boot trace.Boot, to uint64) trace.Gap {
		return trace.Gap{From: 1, To: to, Boot: boot, Reason: store.NotReceived, Count: to}
	}
	gaps := func(what string, want ...trace.Gap) {
		t.Helper()
		same(t, what, device(t, s, "a").Gaps, want)
	}
	said(1, store.Given{Boot: 9, Seq: 4, Over: true}, store.Given{Boot: 1})
	gaps("nothing is missing of a new device")
	said(1, store.Given{Boot: 9, Seq: 4, Over: true}, store.Given{Boot: 1, Seq: 3, Over: true}, store.Given{Boot: 2})
	gaps("a run of which nothing but its birth came in", lost(1, 3))
	said(1, store.Given{Boot: 5}, store.Given{Boot: 6}, store.Given{Boot: 7})
	p.Reboot(7)
	first := p.Event("", trace.DeviceHook, trace.Hook{State: trace.OnHook})
	write(t, s, p.Batch(first))
	said(2, store.Given{Boot: 5, Seq: 2, Over: true}, store.Given{Boot: 6, Seq: 5, Over: true}, store.Given{Boot: 7, Seq: 1})
	gaps("runs behind many of which nothing was heard", lost(1, 3), lost(5, 2), lost(6, 5))
	said(3, store.Given{Boot: 11, Seq: 4, Over: true}, store.Given{Boot: 6, Seq: 5, Over: true})
	gaps("a birth that is older than what is known", lost(1, 3), lost(5, 2), lost(6, 5))
}

func watch(t *testing.T, s store.Store) {
	changes := s.Watch(t.Context())
	p := NewPhone("a", 1)
	write(t, s, p.Batch(p.Play(script)...))
	tells(t.Context(), t, changes, store.Change{Kind: store.CallUpdated, ID: "01CALL"})
	tells(t.Context(), t, changes, store.Change{Kind: store.DeviceUpdated, ID: "a"})
	write(t, s, store.Presence{Origin: p.Origin(), State: store.StateLost})
	tells(t.Context(), t, changes, store.Change{Kind: store.DeviceUpdated, ID: "a"})
}

func expiredRuns(t *testing.T, s store.Store) {
	const aDay = 24 * time.Hour
	p := NewPhone("a", 1)
	lines := p.Play(script)
	last := uint64(len(lines))
	write(t, s, p.Batch(lines[:2]...))
	p.Reboot(2)
	second := p.Play(Script{Call: "SECOND", From: "sip:101@a", SIPCallID: "second"})
	write(t, s, p.Batch(second...))
	p.Reboot(3)
	p.Event("", trace.DeviceHook, trace.Hook{State: trace.OnHook}) // lost
	told := trace.Gap{From: 1, To: 1, Boot: 3, Reason: trace.GapJournalFull, Count: 1}
	birth := store.Presence{
		Origin: p.Origin(), State: store.StateReady, Boot: 3, Conn: 1,
		Given: []store.Given{{Boot: 1, Seq: last, Over: true}, {Boot: 2, Seq: uint64(len(second)), Over: true}, {Boot: 3, Seq: 2}},
	}
	write(t, s, p.Batch(p.Event("", trace.AgentGap, told)), birth)
	p.Now = Epoch.Add(aDay)
	rest := p.Batch(lines[2:]...)
	write(t, s, rest, p.Batch(p.Event("", trace.DeviceHook, trace.Hook{State: trace.OnHook})))
	same(t, "gaps", device(t, s, "a").Gaps, []trace.Gap{told})
	if _, err := s.Expire(t.Context(), Epoch.Add(aDay)); err != nil {
		t.Fatal(err)
	}
	write(t, s, birth)
	same(t, "after the day of the second run, and of the report", device(t, s, "a").Gaps, []trace.Gap{told})
	if _, err := s.Expire(t.Context(), Epoch.Add(3*aDay)); err != nil {
		t.Fatal(err)
	}
	write(t, s, birth)
	same(t, "after all of them", device(t, s, "a").Gaps, []trace.Gap{told})
}
