package storetest

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"sidetone/collector/store"
)

func commandOf(t *testing.T, s store.Store, cid string) store.Command {
	t.Helper()
	c, err := s.Command(t.Context(), "a", cid)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// asked makes a command of a minute.
func asked(cid string, at time.Time) store.Command {
	return store.Command{
		Origin: store.Origin{Tenant: "default", Device: "a", At: at}, CID: cid, Op: "echo", By: "anna", Args: json.RawMessage(`{"a":1}`),
		Expiry: at.Add(time.Minute), State: store.CommandSent,
	}
}

func commandSteps(t *testing.T, s store.Store) {
	c := asked("C1", Epoch)
	write(t, s, c)
	c.Steps = []store.Reply{}
	same(t, "sent", commandOf(t, s, "C1"), c)
	same(t, "in time", c.Told(Epoch.Add(time.Minute)), store.CommandSent)
	same(t, "never answered", c.Told(Epoch.Add(time.Minute+time.Second)), store.CommandExpired)
	says := func(device, state, code, data string) {
		a := store.Answer{Origin: c.Origin, CID: "C1", State: state, Code: code}
		a.Device = device
		a.At = Epoch.Add(time.Second)
		if data != "" {
			a.Data = json.RawMessage(data)
		}
		write(t, s, a)
	}
	says("b", store.CommandDone, "", "1") // it was not asked
	says("a", store.CommandAccepted, "", "")
	says("a", store.CommandProgress, "", `{"step":1}`)
	says("a", store.CommandAccepted, "", "") // late, and again
	says("a", store.CommandFailed, "busy", `{"error":"no"}`)
	says("a", store.CommandDone, "", "2") // it is over
	at := Epoch.Add(time.Second)
	c.State, c.Code, c.Data = store.CommandFailed, "busy", json.RawMessage(`{"error":"no"}`)
	c.Steps = []store.Reply{{State: store.CommandAccepted, At: at}, {State: store.CommandProgress, At: at}, {State: store.CommandFailed, At: at}}
	got := commandOf(t, s, "C1")
	same(t, "answered", got, c)
	same(t, "late, but answered", got.Told(Epoch.Add(time.Hour)), store.CommandFailed)
	write(t, s, store.Answer{Origin: c.Origin, CID: "UNKNOWN", State: store.CommandDone})
	if _, err := s.Command(t.Context(), "a", "UNKNOWN"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("an answer made a command: %v", err)
	}
	if _, err := s.Command(t.Context(), "b", "C1"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("found with another device: %v", err)
	}
}

func commandList(t *testing.T, s store.Store) {
	write(t, s, asked("C1", Epoch), asked("C2", Epoch.Add(time.Minute)), asked("C1", Epoch.Add(time.Hour)))
	all, err := s.Commands(t.Context(), "a")
	if err != nil || len(all) != 2 || all[0].CID != "C2" || !all[1].At.Equal(Epoch) {
		t.Errorf("%v, %v", all, err)
	}
	if all, err := s.Commands(t.Context(), "b"); err != nil || all != nil {
		t.Errorf("of another device: %v, %v", all, err)
	}
	if _, err := s.Expire(t.Context(), Epoch.Add(24*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if all, err := s.Commands(t.Context(), "a"); err != nil || all != nil {
		t.Errorf("after their day: %v, %v", all, err)
	}
}

func wantedConfig(t *testing.T, s store.Store) {
	if _, err := s.Wanted(t.Context(), "a"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("before: %v", err)
	}
	o := store.Origin{Tenant: "default", Device: "a", At: Epoch}
	second := store.Wanted{Origin: o, Ver: 2, Payload: json.RawMessage(`{"ver":2,"set":{}}`)}
	other := second
	other.Device = "b"
	write(t, s, second, store.Wanted{Origin: o, Ver: 1, Payload: json.RawMessage(`{"ver":1,"set":{}}`)}, other)
	got, err := s.Wanted(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	same(t, "the newest", got, second)
	all, err := s.AllWanted(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	same(t, "all", all, []store.Wanted{second, other})
	if _, err := s.Expire(t.Context(), Epoch.Add(48*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Wanted(t.Context(), "a"); err != nil {
		t.Errorf("it is wished for whatever its day: %v", err)
	}
}

func configStanding(t *testing.T, s store.Store) {
	o := NewPhone("a", 1).Origin()
	ready := store.Presence{Origin: o, State: store.StateReady, Boot: 5, Conn: 1, Config: json.RawMessage(`{"ver":3}`)}
	write(t, s, ready)
	same(t, "as it says", string(device(t, s, "a").Config), `{"ver":3}`)
	write(t, s, store.Presence{Origin: o, State: store.StateReady}, store.Presence{Origin: o, State: store.StateLost, Boot: 5, Conn: 1})
	same(t, "others say nothing of it", string(device(t, s, "a").Config), `{"ver":3}`)
	ready.Conn, ready.Config = 2, nil
	write(t, s, ready)
	same(t, "taken back", string(device(t, s, "a").Config), "")
}
