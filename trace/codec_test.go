package trace_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sidetone/trace"
)

func sample() trace.Event {
	return trace.Event{
		Boot: 0x9f3c21aa00000001, Seq: 42, At: time.Date(2026, 11, 21, 3, 38, 47, 123456000, time.UTC), Mono: 81234567 * time.Microsecond,
		Clock: trace.ClockSynced, Call: "01JD7Q0000000000000000004F", Leg: 1, N: 7, Kind: trace.HoldConfirmed,
		Data: trace.Hold{By: trace.Local, Method: "re-INVITE", Direction: trace.SendOnly},
	}
}

func TestEventLineKeepsTheDocumentedFieldOrder(t *testing.T) {
	got, err := sample().Encode()
	if err != nil {
		t.Fatal(err)
	}
	want := `{"v":1,"boot":"9f3c21aa00000001","seq":42,"ts":"2026-11-21T03:38:47.123456Z","mono":81234567,"clk":"synced",` +
		`"call":"01JD7Q0000000000000000004F","leg":1,"n":7,"kind":"hold.confirmed","data":{"by":"local","method":"re-INVITE","direction":"sendonly"}}`
	if string(got) != want {
		t.Errorf("line\n got %s\nwant %s", got, want)
	}
	back, err := trace.Decode(got)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sample(), back); diff != "" {
		t.Error(diff)
	}
}

func TestDecodeIgnoresUnknownFieldsAndKeepsUnknownKindsRaw(t *testing.T) {
	const in = `{"v":1,"boot":"00000000000000ff","seq":1,"ts":"2026-11-21T03:38:47Z","mono":5,"clk":"unsynced","new":true,"kind":"moon.rose","data":{"a":[1,2]}}`
	e, err := trace.Decode([]byte(in))
	if err != nil {
		t.Fatal(err)
	}
	if got := string(e.Data.(trace.Unknown)); got != `{"a":[1,2]}` {
		t.Errorf("payload %s", got)
	}
	out, err := e.Encode()
	if err != nil {
		t.Fatal(err)
	}
	again, err := trace.Decode(out)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(e, again); diff != "" {
		t.Error(diff)
	}
}

func TestDecodeRefusesWhatIsNoEvent(t *testing.T) {
	for name, in := range map[string]string{
		"not JSON":    `hello`,
		"no seq":      `{"v":1,"boot":"00000000000000ff","ts":"2026-11-21T03:38:47Z","kind":"agent.started"}`,
		"no kind":     `{"v":1,"boot":"00000000000000ff","seq":1,"ts":"2026-11-21T03:38:47Z"}`,
		"short boot":  `{"v":1,"boot":"ff","seq":1,"ts":"2026-11-21T03:38:47Z","kind":"agent.started"}`,
		"bad time":    `{"v":1,"boot":"00000000000000ff","seq":1,"ts":"yesterday","kind":"agent.started"}`,
		"array":       `[]`,
		"huge number": `{"v":1,"boot":"00000000000000ff","seq":1e400,"ts":"2026-11-21T03:38:47Z","kind":"agent.started"}`,
	} {
		if _, err := trace.Decode([]byte(in)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	_, err := trace.Decode([]byte(`{"v":2,"boot":"00000000000000ff","seq":1,"ts":"2026-11-21T03:38:47Z","kind":"agent.started"}`))
	if !errors.Is(err, trace.ErrVersion) {
		t.Errorf("version 2: %v", err)
	}
}

func TestEveryKindRoundTripsWithItsPayload(t *testing.T) {
	for _, k := range trace.Kinds() {
		e := sample()
		e.Kind = k
		e.Data = trace.Unknown(`{}`)
		b, err := e.Encode()
		if err != nil {
			t.Fatalf("%s: %v", k, err)
		}
		got, err := trace.Decode(b)
		if err != nil {
			t.Fatalf("%s: %v", k, err)
		}
		if _, raw := got.Data.(trace.Unknown); raw {
			t.Errorf("%s has no payload type", k)
		}
	}
}

func FuzzDecode(f *testing.F) {
	b, _ := sample().Encode()
	f.Add(b)
	f.Add([]byte(`{"v":1,"boot":"00000000000000ff","seq":1,"ts":"2026-11-21T03:38:47Z","kind":"sip.sent","data":{"raw":"\u0000"}}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		e, err := trace.Decode(in)
		if err != nil {
			return
		}
		out, err := e.Encode()
		if err != nil {
			t.Fatalf("decoded but not encoded: %v", err)
		}
		again, err := trace.Decode(out)
		if err != nil {
			t.Fatalf("own line refused: %v\n%s", err, out)
		}
		if again.Seq != e.Seq || again.Kind != e.Kind || !again.At.Equal(e.At) || again.Mono != e.Mono {
			t.Fatalf("changed: %v -> %v", e, again)
		}
	})
}
