package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
)

// Handler answers requests. It is called from one goroutine per connection; ctx ends with the connection or the server.
type Handler interface {
	Handle(ctx context.Context, r Request) Reply
}

// Calls is what the verbs that place calls and act on them need. call is an id, a unique prefix, or a line; "" means the
// one that the verb fits best.
type Calls interface {
	Dial(ctx context.Context, target string) (call string, err error)
	Answer(ctx context.Context, call string) error
	Reject(ctx context.Context, call string, status int) error // 0 leaves the status to the phone
	Deflect(ctx context.Context, call, target string) error
	Hold(ctx context.Context, call string) error
	Resume(ctx context.Context, call string) error
	Swap(ctx context.Context) error
	Transfer(ctx context.Context, call, target string) error
	Hangup(ctx context.Context, call string) error
}

// Handset is a phone whose parts can be moved from outside: a simulated one.
type Handset interface {
	SetHook(off bool) error
	Press(keys string) error
	Plug(in bool) error
}

// Verbs performs requests on what they act on.
type Verbs struct {
	Calls   Calls
	Handset Handset                                // nil where the handset is real: only a person can lift it
	Status  func(ctx context.Context) (any, error) // what status answers, as JSON
	// Bindings is what bindings answers, as JSON: where the account of a line, counted from 1, is reached.
	Bindings func(ctx context.Context, line int) (any, error)
}

var errRealHandset = errors.New("this phone has a real handset: only profile sim can be moved from outside")

// Handle performs one request.
func (v Verbs) Handle(ctx context.Context, r Request) Reply {
	if err := checkArgs(r); err != nil {
		return failed(err)
	}
	switch r.Verb {
	case OffHook, OnHook, Key, Plug, Unplug:
		return done(v.move(r))
	case Answer, Reject, Deflect, Hold, Resume, Swap, Transfer, Hangup:
		return done(v.act(ctx, r))
	case Dial:
		call, err := v.Calls.Dial(ctx, r.Args[0])
		if err != nil {
			return failed(err)
		}
		return answer(call, Dialled{Call: call})
	case Status:
		data, err := v.Status(ctx)
		if err != nil {
			return failed(err)
		}
		return answer("", data)
	case Bindings:
		data, err := v.bindings(ctx, r.Args)
		if err != nil {
			return failed(err)
		}
		return answer("", data)
	}
	return failed(fmt.Errorf("unknown verb %q", r.Verb))
}

// move moves a part of the handset.
func (v Verbs) move(r Request) error {
	if v.Handset == nil {
		return errRealHandset
	}
	switch r.Verb {
	case OffHook, OnHook:
		return v.Handset.SetHook(r.Verb == OffHook)
	case Plug, Unplug:
		return v.Handset.Plug(r.Verb == Plug)
	default:
		return v.Handset.Press(r.Args[0])
	}
}

// act acts on a call.
func (v Verbs) act(ctx context.Context, r Request) error {
	switch r.Verb {
	case Answer:
		return v.Calls.Answer(ctx, r.Call)
	case Reject:
		status := 0
		if len(r.Args) > 0 {
			var err error
			if status, err = ParseStatus(r.Args[0]); err != nil {
				return err
			}
		}
		return v.Calls.Reject(ctx, r.Call, status)
	case Deflect:
		return v.Calls.Deflect(ctx, r.Call, r.Args[0])
	case Hold:
		return v.Calls.Hold(ctx, r.Call)
	case Resume:
		return v.Calls.Resume(ctx, r.Call)
	case Swap:
		return v.Calls.Swap(ctx)
	case Transfer:
		return v.Calls.Transfer(ctx, r.Call, r.Args[0])
	default:
		return v.Calls.Hangup(ctx, r.Call)
	}
}

// bindings asks for those of a line, of the first one where none is named.
func (v Verbs) bindings(ctx context.Context, args []string) (any, error) {
	line := 1
	if len(args) > 0 {
		var err error
		if line, err = strconv.Atoi(args[0]); err != nil || line < 1 {
			return nil, fmt.Errorf("%q is not the number of a line; the first one is 1", args[0])
		}
	}
	return v.Bindings(ctx, line)
}

// ParseStatus reads a status to decline a call with: a final one that is neither a success nor, without saying where to, a
// redirection (RFC 3261 section 7.2).
func ParseStatus(s string) (int, error) {
	status, err := strconv.Atoi(s)
	if err != nil || status < 400 || status > 699 {
		return 0, fmt.Errorf("%q cannot decline a call; allowed: 400 to 699, such as 486 (busy) or 603 (declined)", s)
	}
	return status, nil
}

// arguments says how many arguments a verb takes.
var arguments = map[Verb]struct{ least, most int }{
	OffHook: {0, 0}, OnHook: {0, 0}, Key: {1, 1}, Dial: {1, 1}, Answer: {0, 0}, Reject: {0, 1}, Deflect: {1, 1}, Hold: {0, 0},
	Resume: {0, 0}, Swap: {0, 0}, Transfer: {1, 1}, Hangup: {0, 0}, Unplug: {0, 0}, Plug: {0, 0}, Status: {0, 0},
	Bindings: {0, 1},
}

func checkArgs(r Request) error {
	want, known := arguments[r.Verb]
	switch {
	case !known:
		return fmt.Errorf("unknown verb %q", r.Verb)
	case len(r.Args) < want.least:
		return fmt.Errorf("%s: an argument is missing", r.Verb)
	case len(r.Args) > want.most:
		return fmt.Errorf("%s: %d arguments are too many; allowed: %d", r.Verb, len(r.Args), want.most)
	}
	return nil
}

func done(err error) Reply {
	if err != nil {
		return failed(err)
	}
	return Reply{OK: true}
}

func failed(err error) Reply { return Reply{Error: err.Error()} }

func answer(text string, data any) Reply {
	encoded, err := json.Marshal(data)
	if err != nil {
		return failed(fmt.Errorf("encode the answer: %w", err))
	}
	return Reply{OK: true, Text: text, Data: encoded}
}
