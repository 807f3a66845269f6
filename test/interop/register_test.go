//go:build interop

package interop

import (
	"slices"
	"strings"
	"testing"

	"sidetone/test/fleet"
	"sidetone/trace"
)

// registering is a registration that SIPp plays the registrar of. The phone ends when it is done.
type registering struct {
	name      string
	scenario  string       // sipp/NAME.xml
	firstDead bool         // it is the second server of the domain, and the first one is dead
	want      []trace.Kind // what the phone's trace says, the end included
	status    int          // the last one but that of the end
	shown     string       // by ctl status before the end
	bindings  []string     // what stands in what ctl bindings says, one a line
}

// The flows of RFC 3665 section 2.
func TestRFC3665Registration(t *testing.T) {
	runRegistrations(t, []registering{
		{
			name: "2.1 successful new registration", scenario: "registrar_new",
			want: []trace.Kind{trace.LineRegistering, trace.LineRegistered, trace.LineUnregistered}, status: 200, shown: "101 registered",
		},
		{
			name: "2.2 update of contact list", scenario: "registrar_update",
			want: []trace.Kind{
				trace.LineRegistering, trace.LineRegistered, trace.LineRegistering, trace.LineRegistered, trace.LineUnregistered,
			}, status: 200, shown: "101 registered",
		},
		{
			name: "2.3 request for current contact list", scenario: "registrar_list",
			want: []trace.Kind{trace.LineRegistering, trace.LineRegistered, trace.LineUnregistered}, status: 200, shown: "101 registered",
			bindings: []string{"this phone", "sip:101@192.0.2.77:5060"},
		},
		{
			name: "2.4 cancellation of registration", scenario: "registrar_cancel",
			want: []trace.Kind{trace.LineRegistering, trace.LineRegistered, trace.LineUnregistered}, status: 200, shown: "101 registered",
		},
		{
			name: "2.5 unsuccessful registration", scenario: "registrar_unsuccessful",
			want: []trace.Kind{trace.LineRegistering, trace.LineFailed, trace.LineUnregistered}, status: 401,
			shown: "101 not registered (401 Unauthorized)",
		},
	})
}

func TestRegistrarThatCannot(t *testing.T) {
	runRegistrations(t, []registering{
		{
			name: "423 is answered with a longer expiry", scenario: "registrar_too_brief",
			want: []trace.Kind{trace.LineRegistering, trace.LineRegistered, trace.LineUnregistered}, status: 200, shown: "101 registered",
		},
		{
			name: "503 is told", scenario: "registrar_unavailable",
			want: []trace.Kind{trace.LineRegistering, trace.LineFailed, trace.LineUnregistered}, status: 503,
			shown: "101 not registered (503 Service Unavailable)",
		},
		{
			name: "the second server is asked where the first one is dead", scenario: "registrar_new", firstDead: true,
			want: []trace.Kind{trace.LineRegistering, trace.LineRegistered, trace.LineUnregistered}, status: 200, shown: "101 registered",
		},
	})
}

// runRegistrations plays each registration, and compares SIPp's exit code, the phone's trace and its status.
func runRegistrations(t *testing.T, all []registering) {
	for _, r := range all {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			r.run(t)
		})
	}
}

func (r registering) run(t *testing.T) {
	t.Helper()
	ctx := testContext(t)
	registrar := startSIPp(t, ctx, "udp", r.scenario, 0)
	a := startAgent(t, ctx, r.config(t, registrar.server()))
	before := r.want[:len(r.want)-1]
	kind := before[len(before)-1]
	if last := awaitEvent(t, ctx, a, kind, count(before, kind)).Data.(trace.Line); last.Status != r.status {
		t.Errorf("the trace says %+v", last)
	}
	if status, err := a.Do(ctx, "status"); err != nil || !strings.Contains(status, r.shown) {
		t.Errorf("the status says %q, %v", status, err)
	}
	if r.bindings != nil {
		list, err := a.Do(ctx, "bindings")
		lines := strings.Split(list, "\n")
		if err != nil || len(lines) != len(r.bindings) {
			t.Errorf("the bindings are %q, %v", list, err)
		}
		for i, want := range r.bindings[:min(len(r.bindings), len(lines))] {
			if !strings.Contains(lines[i], want) {
				t.Errorf("binding %d is %q, want %q", i+1, lines[i], want)
			}
		}
	}
	if err := a.Stop(); err != nil {
		t.Error(err)
	}
	registrar.wait(t)
	events, err := a.Events(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var got []trace.Kind
	for _, e := range events {
		if _, ok := e.Data.(trace.Line); ok {
			got = append(got, e.Kind)
		}
	}
	if !slices.Equal(got, r.want) {
		t.Errorf("the trace says %v, want %v", got, r.want)
	}
}

func (r registering) config(t *testing.T, registrar string) fleet.Config {
	t.Helper()
	c := agentConfig(noBroker)
	if r.firstDead {
		firstServerIsDead(t, c, registrar)
		registrar = "sip:" + domain
	}
	return c.Set("sip.accounts", []map[string]any{
		{"aor": "sip:101@" + domain, "registrar": registrar, "password_file": absolute(t, "testdata/password")},
	})
}

func count(kinds []trace.Kind, kind trace.Kind) int {
	n := 0
	for _, k := range kinds {
		if k == kind {
			n++
		}
	}
	return n
}
