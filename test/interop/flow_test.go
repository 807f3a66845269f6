//go:build interop

package interop

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sidetone/test/fleet"
	"sidetone/trace"
)

// flow is one call that SIPp plays the other elements of: phones, proxies, redirect servers. The phone under test is
// called by the scenarios named uac_*, and calls those named uas_*.
type flow struct {
	name      string
	scenario  string                                // sipp/NAME.xml
	transport string                                // "" is udp
	configure []func(c fleet.Config, server string) // server is SIPp as a proxy or a registrar
	dial      string                                // target; "" is SIPp's own address
	with      []string                              // more arguments of SIPp
	steps     []step
	want      outcome  // without one there is no call
	events    []string // of the call, as told, in this order among others
	holds     []string // every hold.* and suspend.* event of the call, as told; such a call has its name as a recording
	recorded  string   // name of the recorded call that this one is compared with
	story     []string // what stands in the story of the call, among others
	secrets   []string // what stands nowhere in the trace
	rejected  string   // why a request was refused that became no call
}

// step is what the person at the phone does once a call is in a state, or once an event of it begins as told; "the second" and
// "the third" are for the event after such a one.
type step struct {
	until string
	verb  []string
}

// outcome is what the phone's own trace says of its last call.
type outcome struct {
	result trace.Result
	side   trace.Side
	last   int // response
	holds  int
}

// answered is a call in which two people talked.
func answered(by trace.Side, holds int) outcome {
	return outcome{result: trace.ResultAnswered, side: by, last: 200, holds: holds}
}

func hangUp() []step { return []step{{"talking", []string{"hangup"}}} }

func holdAndHangUp() []step {
	return []step{{"talking", []string{"hold"}}, {"held", []string{"hangup"}}}
}

func holdResumeAndHangUp() []step {
	return []step{{"talking", []string{"hold"}}, {"held", []string{"resume"}}, {"talking", []string{"hangup"}}}
}

// runFlows plays each flow, and compares SIPp's exit code and the phone's trace.
func runFlows(t *testing.T, flows []flow) {
	for _, f := range flows {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			f.run(t)
		})
	}
}

func (f flow) run(t *testing.T) {
	t.Helper()
	ctx := testContext(t)
	if f.transport == "" {
		f.transport = "udp"
	}
	if f.holds != nil {
		f.with = append(f.with, "-rtp_echo") // whoever is on hold hears nothing, but in a conversation there is sound
	}
	c := agentConfig(noBroker)
	var peer *sipp
	var a *fleet.Agent
	var packets *wiretap
	watch := func() {
		if *captureAll && f.want != (outcome{}) && !unseen[f.name] {
			packets = tap(t, ctx)
		}
	}
	if strings.HasPrefix(f.scenario, "uas_") {
		peer = startSIPp(t, ctx, f.transport, f.scenario, 0, f.with...)
		a = startAgent(t, ctx, f.configured(c, peer.server()))
		watch()
		if _, err := a.Dial(ctx, cmp.Or(f.dial, peer.uri())); err != nil {
			t.Fatal(err)
		}
	} else {
		a = startAgent(t, ctx, f.configured(c, ""))
		watch()
		peer = startSIPp(t, ctx, f.transport, f.scenario, a.SIPPort, append([]string{"-s", "101"}, f.with...)...)
	}
	for _, s := range f.steps {
		perform(t, ctx, a, s)
	}
	peer.wait(t)
	if err := a.UntilQuiet(ctx); err != nil {
		t.Fatal(err)
	}
	f.traced(t, ctx, a)
	if packets != nil {
		packets.wantSame(t, eventsOf(t, ctx, a, lastCall(t, ctx, a).ID))
	}
}

// traced compares what the phone wrote down with what it should have.
func (f flow) traced(t *testing.T, ctx context.Context, a *fleet.Agent) {
	t.Helper()
	if f.rejected != "" {
		awaitRejection(t, ctx, a, f.rejected)
	}
	if f.want == (outcome{}) {
		wantCalls(t, ctx, a)
		return
	}
	call := lastCall(t, ctx, a)
	if got := outcomeOf(call); got != f.want {
		t.Errorf("the trace says %+v, want %+v", got, f.want)
	}
	wantEvents(t, ctx, a, call.ID, f.events...)
	if f.holds != nil {
		wantHolds(t, ctx, a, call.ID, f.holds)
		f.recorded = f.name
	}
	if f.recorded != "" {
		wantAsRecorded(t, f.recorded, seen(t, ctx, a, "desk-1", call.ID))
	}
	if len(f.story) > 0 {
		wantStory(t, ctx, a, call.ID, f.story...)
	}
	if len(f.secrets) > 0 {
		raw, err := a.Run(ctx, "trace", "show", call.ID, "--raw", "-c", a.Config)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range f.secrets {
			if strings.Contains(raw, secret) {
				t.Errorf("the trace has %q", secret)
			}
		}
	}
}

// awaitRejection waits until the phone has written down that it refused something for a reason.
func awaitRejection(t *testing.T, ctx context.Context, a *fleet.Agent, reason string) {
	t.Helper()
	if got := awaitEvent(t, ctx, a, trace.SIPRejected, 1).Data.(trace.Rejected); got.Reasons[reason] == 0 {
		t.Errorf("the trace says that requests were refused for %v, not for %q", got.Reasons, reason)
	}
}

// wantStory looks for sentences in the story of a call.
func wantStory(t *testing.T, ctx context.Context, a *fleet.Agent, call string, sentences ...string) {
	t.Helper()
	story, err := a.Run(ctx, "trace", "show", call, "-c", a.Config)
	if err != nil {
		t.Fatal(err)
	}
	for _, sentence := range sentences {
		if !strings.Contains(story, sentence) {
			t.Errorf("the story does not say %q:\n%s", sentence, story)
		}
	}
}

// eventsOf is what the phone has written down of a call.
func eventsOf(t *testing.T, ctx context.Context, a *fleet.Agent, call string) []trace.Event {
	t.Helper()
	events, err := a.Events(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(events, func(e trace.Event) bool { return e.Call != call })
}

// wantEvents looks for events of a call, each given by the beginning of what told says of it, in their order.
func wantEvents(t *testing.T, ctx context.Context, a *fleet.Agent, call string, want ...string) {
	t.Helper()
	var all []string
	found := 0
	for _, e := range eventsOf(t, ctx, a, call) {
		all = append(all, told(e))
		if found < len(want) && strings.HasPrefix(told(e), want[found]) {
			found++
		}
	}
	if found < len(want) {
		t.Errorf("the trace does not have %q, in this order:\n%s", want[found], strings.Join(all, "\n"))
	}
}

// wantHolds compares all that the phone has written down of who held, and of the terminal.
func wantHolds(t *testing.T, ctx context.Context, a *fleet.Agent, call string, want []string) {
	t.Helper()
	got := []string{}
	for _, e := range eventsOf(t, ctx, a, call) {
		if group, _, _ := strings.Cut(string(e.Kind), "."); group == "hold" || group == "suspend" {
			got = append(got, told(e))
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("the trace says of holds\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// told is an event in a few words.
func told(e trace.Event) string {
	said := string(e.Kind)
	switch d := e.Data.(type) {
	case trace.SIP:
		if d.Status != 0 {
			said += fmt.Sprintf(" %d", d.Status)
		}
		if said += " " + d.Method; d.Retransmission > 0 {
			said += ", again"
		}
	case trace.Alerting:
		if said += fmt.Sprintf(" %d", d.Status); d.EarlyMedia {
			said += ", early media"
		} else {
			said += ", silent"
		}
	case trace.Hold:
		said += fmt.Sprintf(" by %s, %s, %s", d.By, d.Method, d.Direction)
		if d.Status != 0 {
			said += fmt.Sprintf(", %d", d.Status)
		}
		if d.GivenUp() {
			said += ": " + d.Reason
		}
	case trace.Suspend:
		said += fmt.Sprintf(" by %s, %s", d.Initiator, d.Timer)
	case trace.DTMF:
		said += fmt.Sprintf(" %s for %s", d.Digits, d.DurationUS.Duration())
	}
	return said
}

func (f flow) configured(c fleet.Config, peer string) fleet.Config {
	for _, configure := range f.configure {
		configure(c, peer)
	}
	return c
}

func perform(t *testing.T, ctx context.Context, a *fleet.Agent, s step) {
	t.Helper()
	if strings.Contains(s.until, ".") {
		awaitTold(t, ctx, a, s.until)
	} else if err := a.Until(ctx, s.until); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Do(ctx, s.verb...); err != nil {
		t.Fatal(err)
	}
}

// awaitTold waits until the phone has written down an event that begins as told.
func awaitTold(t *testing.T, ctx context.Context, a *fleet.Agent, until string) {
	t.Helper()
	begins, which, _ := strings.Cut(until, ", the ")
	n := map[string]int{"": 1, "second": 2, "third": 3}[which]
	awaitNth(t, ctx, a, until, n, func(e trace.Event) bool {
		return strings.HasPrefix(told(e), begins) && !strings.HasSuffix(told(e), ", again")
	})
}

func outcomeOf(f trace.Fold) outcome {
	return outcome{result: f.Result, side: f.Side, last: f.LastResponse, holds: f.Holds}
}

func neverAnswers(c fleet.Config, _ string) { c.Set("device.sim.answer_after", "never") }

func hangsUpSoon(c fleet.Config, _ string) { c.Set("device.sim.hangup_after", "1500ms") }

// refuses has the person at the phone decline with a status.
func refuses(status int) func(fleet.Config, string) {
	return func(c fleet.Config, _ string) { c.Set("device.sim.reject_with", status) }
}

func by(configure ...func(fleet.Config, string)) []func(fleet.Config, string) { return configure }

func giveUp() []step { return []step{{"ringing", []string{"hangup"}}} }

// accountAt gives the phone the account of user 101, whose password is "secret" and whose calls go to a proxy.
func accountAt(proxy string) map[string]any {
	password, _ := filepath.Abs("testdata/password")
	return map[string]any{"aor": "sip:101@" + domain, "outbound_proxy": proxy + ";lr", "password_file": password}
}

// throughProxy has the phone call through SIPp, with credentials.
func throughProxy(c fleet.Config, peer string) {
	c.Set("sip.accounts", []map[string]any{accountAt(peer)})
}

// domain is that of the accounts. No name server knows it.
const domain = "sidetone.test"
