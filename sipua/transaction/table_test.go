package transaction

import (
	"errors"
	"testing"

	"github.com/emiago/sipgo/sip"
)

// cell is what a machine answers to one input in one state, and where it is then.
type cell struct {
	effects string
	next    State
}

// table is state by input. A cell that is not there is illegal.
type table struct {
	machine func(testing.TB) Machine
	reach   map[State][]string // the inputs that lead to a state
	cells   map[State]map[string]cell
}

var everyState = []State{Calling, Trying, Proceeding, Completed, Confirmed, Accepted, Terminated}

// inputs are all there are, by the name that the tables use: one of every kind of message, on every side.
func inputs(tb testing.TB, method sip.RequestMethod) map[string]Input {
	tb.Helper()
	all := map[string]Input{
		"transport error": TransportError{errors.New("connection reset")},
		"receive nothing": Received{},
		"respond nothing": Respond{},
		"receive INVITE":  Received{request(tb, sip.INVITE)},
		"receive ACK":     Received{request(tb, sip.ACK)},
		"receive OPTIONS": Received{request(tb, sip.OPTIONS)},
		"receive 100":     Received{response(tb, 100, method)},
		"receive 180":     Received{response(tb, 180, method)},
		"receive 200":     Received{response(tb, 200, method)},
		"receive 302":     Received{response(tb, 302, method)},
		"receive 486":     Received{response(tb, 486, method)},
		"receive 699":     Received{response(tb, 699, method)},
		"respond 100":     Respond{response(tb, 100, method)},
		"respond 180":     Respond{response(tb, 180, method)},
		"respond 200":     Respond{response(tb, 200, method)},
		"respond 302":     Respond{response(tb, 302, method)},
		"respond 486":     Respond{response(tb, 486, method)},
		"respond 699":     Respond{response(tb, 699, method)},
	}
	for t := TimerA; t <= TimerM; t++ {
		all[t.String()] = Fired{t}
	}
	return all
}

func (tt table) run(t *testing.T, method sip.RequestMethod) {
	t.Helper()
	for _, state := range everyState {
		path, reachable := tt.reach[state]
		if !reachable {
			if len(tt.cells[state]) > 0 {
				t.Errorf("%s has cells and no path", state)
			}
			continue
		}
		for input, in := range inputs(t, method) {
			t.Run(state.String()+"/"+input, func(t *testing.T) {
				m := tt.machine(t)
				m.Start()
				for _, step := range path {
					if _, err := m.Step(inputs(t, method)[step]); err != nil {
						t.Fatal(err)
					}
				}
				if m.State() != state {
					t.Fatalf("path leads to %s", m.State())
				}
				effects, err := m.Step(in)
				tt.check(t, m, state, input, effects, err)
			})
		}
	}
}

func (tt table) check(t *testing.T, m Machine, state State, input string, effects []Effect, err error) {
	t.Helper()
	want, legal := tt.cells[state][input]
	if !legal {
		var illegal *IllegalInputError
		if !errors.As(err, &illegal) || illegal.State != state || effects != nil || m.State() != state {
			t.Errorf("got %q, %v, state %s; want an IllegalInputError and nothing changed", show(effects), err, m.State())
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if got := show(effects); got != want.effects || m.State() != want.next {
		t.Errorf("got  %q, %s\nwant %q, %s", got, m.State(), want.effects, want.next)
	}
}

func TestInviteClientAnswersEveryInputInEveryStateOverUDP(t *testing.T) {
	provisional := func(stop string) map[string]cell {
		return map[string]cell{
			"receive 100": {stop + "^ 100", Proceeding},
			"receive 180": {stop + "^ 180", Proceeding},
			"receive 200": {stop + "^ 200, start M 32s", Accepted},
			"receive 302": {stop + "-> ACK, ^ 302, start D 32s", Completed},
			"receive 486": {stop + "-> ACK, ^ 486, start D 32s", Completed},
			"receive 699": {stop + "-> ACK, ^ 699, start D 32s", Completed},
		}
	}
	calling := provisional("stop A, stop B, ")
	calling["A"] = cell{"-> INVITE (1), start A 1s", Calling}
	calling["B"] = cell{"stop A, failed: timeout, ended", Terminated}
	calling["transport error"] = cell{"stop A, stop B, failed: transport error, ended", Terminated}
	proceeding := provisional("")
	proceeding["transport error"] = cell{"", Proceeding}
	table{
		machine: func(tb testing.TB) Machine { return NewInviteClient(request(tb, sip.INVITE), false, Timers{}) },
		reach: map[State][]string{
			Calling: {}, Proceeding: {"receive 180"}, Completed: {"receive 486"}, Accepted: {"receive 200"}, Terminated: {"B"},
		},
		cells: map[State]map[string]cell{
			Calling: calling, Proceeding: proceeding,
			Completed: {
				"receive 100": {"", Completed}, "receive 180": {"", Completed}, "receive 200": {"", Completed},
				"receive 302": {"-> ACK (1)", Completed}, "receive 486": {"-> ACK (1)", Completed},
				"receive 699": {"-> ACK (1)", Completed}, "D": {"ended", Terminated},
				"transport error": {"stop D, failed: transport error, ended", Terminated},
			},
			Accepted: {
				"receive 100": {"", Accepted}, "receive 180": {"", Accepted}, "receive 200": {"^ 200", Accepted},
				"receive 302": {"", Accepted}, "receive 486": {"", Accepted}, "receive 699": {"", Accepted},
				"M": {"ended", Terminated}, "transport error": {"", Accepted},
			},
		},
	}.run(t, sip.INVITE)
}

func TestInviteClientAnswersEveryInputInEveryStateOverTCP(t *testing.T) {
	answered := func(stop string) map[string]cell {
		return map[string]cell{
			"receive 100": {stop + "^ 100", Proceeding},
			"receive 180": {stop + "^ 180", Proceeding},
			"receive 200": {stop + "^ 200, start M 32s", Accepted},
			"receive 302": {stop + "-> ACK, ^ 302, ended", Terminated},
			"receive 486": {stop + "-> ACK, ^ 486, ended", Terminated},
			"receive 699": {stop + "-> ACK, ^ 699, ended", Terminated},
		}
	}
	calling := answered("stop B, ")
	calling["B"] = cell{"failed: timeout, ended", Terminated}
	calling["transport error"] = cell{"stop B, failed: transport error, ended", Terminated}
	proceeding := answered("")
	proceeding["transport error"] = cell{"", Proceeding}
	table{
		machine: func(tb testing.TB) Machine { return NewInviteClient(request(tb, sip.INVITE), true, Timers{}) },
		reach: map[State][]string{
			Calling: {}, Proceeding: {"receive 180"}, Accepted: {"receive 200"}, Terminated: {"receive 486"},
		},
		cells: map[State]map[string]cell{
			Calling: calling, Proceeding: proceeding,
			Accepted: {
				"receive 100": {"", Accepted}, "receive 180": {"", Accepted}, "receive 200": {"^ 200", Accepted},
				"receive 302": {"", Accepted}, "receive 486": {"", Accepted}, "receive 699": {"", Accepted},
				"M": {"ended", Terminated}, "transport error": {"", Accepted},
			},
		},
	}.run(t, sip.INVITE)
}

func TestClientAnswersEveryInputInEveryStateOverUDP(t *testing.T) {
	requesting := func(interval string) map[string]cell {
		return map[string]cell{
			"receive 100": {"^ 100", Proceeding}, "receive 180": {"^ 180", Proceeding},
			"receive 200":     {"stop E, stop F, ^ 200, start K 5s", Completed},
			"receive 302":     {"stop E, stop F, ^ 302, start K 5s", Completed},
			"receive 486":     {"stop E, stop F, ^ 486, start K 5s", Completed},
			"receive 699":     {"stop E, stop F, ^ 699, start K 5s", Completed},
			"F":               {"stop E, failed: timeout, ended", Terminated},
			"transport error": {"stop E, stop F, failed: transport error, ended", Terminated},
		}
	}
	trying, proceeding := requesting("1s"), requesting("4s")
	trying["E"] = cell{"-> OPTIONS (1), start E 1s", Trying}
	proceeding["E"] = cell{"-> OPTIONS (1), start E 4s", Proceeding}
	table{
		machine: func(tb testing.TB) Machine { return NewClient(request(tb, sip.OPTIONS), false, Timers{}) },
		reach: map[State][]string{
			Trying: {}, Proceeding: {"receive 180"}, Completed: {"receive 200"}, Terminated: {"F"},
		},
		cells: map[State]map[string]cell{
			Trying: trying, Proceeding: proceeding,
			Completed: {
				"receive 100": {"", Completed}, "receive 180": {"", Completed}, "receive 200": {"", Completed},
				"receive 302": {"", Completed}, "receive 486": {"", Completed}, "receive 699": {"", Completed},
				"K": {"ended", Terminated}, "transport error": {"", Completed},
			},
		},
	}.run(t, sip.OPTIONS)
}

func TestClientAnswersEveryInputInEveryStateOverTCP(t *testing.T) {
	requesting := map[string]cell{
		"receive 100": {"^ 100", Proceeding}, "receive 180": {"^ 180", Proceeding},
		"receive 200": {"stop F, ^ 200, ended", Terminated}, "receive 302": {"stop F, ^ 302, ended", Terminated},
		"receive 486": {"stop F, ^ 486, ended", Terminated}, "receive 699": {"stop F, ^ 699, ended", Terminated},
		"F":               {"failed: timeout, ended", Terminated},
		"transport error": {"stop F, failed: transport error, ended", Terminated},
	}
	table{
		machine: func(tb testing.TB) Machine { return NewClient(request(tb, sip.OPTIONS), true, Timers{}) },
		reach:   map[State][]string{Trying: {}, Proceeding: {"receive 180"}, Terminated: {"receive 200"}},
		cells:   map[State]map[string]cell{Trying: requesting, Proceeding: requesting},
	}.run(t, sip.OPTIONS)
}

func TestInviteServerAnswersEveryInputInEveryStateOverUDP(t *testing.T) {
	table{
		machine: func(tb testing.TB) Machine { return NewInviteServer(request(tb, sip.INVITE), false, Timers{}) },
		reach: map[State][]string{
			Proceeding: {"respond 180"}, Completed: {"respond 486"}, Confirmed: {"respond 486", "receive ACK"},
			Accepted: {"respond 200"}, Terminated: {"respond 486", "H"},
		},
		cells: map[State]map[string]cell{
			Proceeding: {
				"receive INVITE": {"-> 180 (1)", Proceeding}, "receive ACK": {"", Proceeding},
				"respond 100": {"-> 100", Proceeding}, "respond 180": {"-> 180", Proceeding},
				"respond 200":     {"-> 200, start L 32s", Accepted},
				"respond 302":     {"-> 302, start G 500ms, start H 32s", Completed},
				"respond 486":     {"-> 486, start G 500ms, start H 32s", Completed},
				"respond 699":     {"-> 699, start G 500ms, start H 32s", Completed},
				"transport error": {"failed: transport error", Proceeding},
			},
			Completed: {
				"receive INVITE": {"-> 486 (1)", Completed}, "receive ACK": {"stop G, stop H, ^ ACK, start I 5s", Confirmed},
				"G": {"-> 486 (1), start G 1s", Completed}, "H": {"stop G, failed: timeout, ended", Terminated},
				"transport error": {"failed: transport error", Completed},
			},
			Confirmed: {
				"receive INVITE": {"", Confirmed}, "receive ACK": {"", Confirmed}, "I": {"ended", Terminated},
				"transport error": {"failed: transport error", Confirmed},
			},
			Accepted: {
				"receive INVITE": {"", Accepted}, "receive ACK": {"^ ACK", Accepted}, "respond 200": {"-> 200 (1)", Accepted},
				"L": {"ended", Terminated}, "transport error": {"failed: transport error", Accepted},
			},
		},
	}.run(t, sip.INVITE)
}

func TestInviteServerAnswersEveryInputInEveryStateOverTCP(t *testing.T) {
	table{
		machine: func(tb testing.TB) Machine { return NewInviteServer(request(tb, sip.INVITE), true, Timers{}) },
		reach: map[State][]string{
			Proceeding: {}, Completed: {"respond 486"}, Accepted: {"respond 200"}, Terminated: {"respond 486", "receive ACK"},
		},
		cells: map[State]map[string]cell{
			Proceeding: {
				"receive INVITE": {"", Proceeding}, "receive ACK": {"", Proceeding},
				"respond 100": {"-> 100", Proceeding}, "respond 180": {"-> 180", Proceeding},
				"respond 200": {"-> 200, start L 32s", Accepted},
				"respond 302": {"-> 302, start H 32s", Completed}, "respond 486": {"-> 486, start H 32s", Completed},
				"respond 699":     {"-> 699, start H 32s", Completed},
				"transport error": {"failed: transport error", Proceeding},
			},
			Completed: {
				"receive INVITE": {"-> 486 (1)", Completed}, "receive ACK": {"stop H, ^ ACK, ended", Terminated},
				"H": {"failed: timeout, ended", Terminated}, "transport error": {"failed: transport error", Completed},
			},
			Accepted: {
				"receive INVITE": {"", Accepted}, "receive ACK": {"^ ACK", Accepted}, "respond 200": {"-> 200 (1)", Accepted},
				"L": {"ended", Terminated}, "transport error": {"failed: transport error", Accepted},
			},
		},
	}.run(t, sip.INVITE)
}

func TestServerAnswersEveryInputInEveryStateOverUDP(t *testing.T) {
	answering := func(repeated string, state State) map[string]cell {
		return map[string]cell{
			"receive OPTIONS": {repeated, state},
			"respond 100":     {"-> 100", Proceeding}, "respond 180": {"-> 180", Proceeding},
			"respond 200": {"-> 200, start J 32s", Completed}, "respond 302": {"-> 302, start J 32s", Completed},
			"respond 486": {"-> 486, start J 32s", Completed}, "respond 699": {"-> 699, start J 32s", Completed},
			"transport error": {"failed: transport error", state},
		}
	}
	table{
		machine: func(tb testing.TB) Machine { return NewServer(request(tb, sip.OPTIONS), false, Timers{}) },
		reach: map[State][]string{
			Trying: {}, Proceeding: {"respond 100"}, Completed: {"respond 200"}, Terminated: {"respond 200", "J"},
		},
		cells: map[State]map[string]cell{
			Trying: answering("", Trying), Proceeding: answering("-> 100 (1)", Proceeding),
			Completed: {
				"receive OPTIONS": {"-> 200 (1)", Completed}, "J": {"ended", Terminated},
				"transport error": {"failed: transport error", Completed},
			},
		},
	}.run(t, sip.OPTIONS)
}

func TestServerAnswersEveryInputInEveryStateOverTCP(t *testing.T) {
	answering := func(repeated string, state State) map[string]cell {
		return map[string]cell{
			"receive OPTIONS": {repeated, state},
			"respond 100":     {"-> 100", Proceeding}, "respond 180": {"-> 180", Proceeding},
			"respond 200": {"-> 200, ended", Terminated}, "respond 302": {"-> 302, ended", Terminated},
			"respond 486": {"-> 486, ended", Terminated}, "respond 699": {"-> 699, ended", Terminated},
			"transport error": {"failed: transport error", state},
		}
	}
	table{
		machine: func(tb testing.TB) Machine { return NewServer(request(tb, sip.OPTIONS), true, Timers{}) },
		reach:   map[State][]string{Trying: {}, Proceeding: {"respond 100"}, Terminated: {"respond 200"}},
		cells: map[State]map[string]cell{
			Trying: answering("", Trying), Proceeding: answering("-> 100 (1)", Proceeding),
		},
	}.run(t, sip.OPTIONS)
}
