package main

import (
	"context"
	"fmt"
	"time"

	"sidetone/trace"
)

// want is what the collector must say of a call.
type want struct {
	result trace.Result
	side   trace.Side
	last   int
	holds  int
}

// played is one call of a round.
type played struct {
	title string
	id    string // on the phone that placed it
	want  want
}

// scenario places one call and plays both people's part.
type scenario struct {
	title string
	want  want
	run   func(ctx context.Context, h *house) (callID string, err error)
}

const (
	shortTalk = 1200 * time.Millisecond
	shortHold = 900 * time.Millisecond
)

// scenarios are the ways calls go. The phones are driven over their control sockets, as a person at each would.
var scenarios = []scenario{
	{"answered, held by each side in turn", want{trace.ResultAnswered, trace.Local, 200, 2}, func(ctx context.Context, h *house) (string, error) {
		id, err := h.answered(ctx)
		if err != nil {
			return "", err
		}
		return id, h.steps(ctx,
			h.reception.does(shortTalk, "hold"), h.reception.does(shortHold, "resume"),
			h.warehouse.does(shortTalk, "hold"), h.warehouse.does(shortHold, "resume"),
			h.reception.does(shortTalk, "hangup"))
	}},
	{"the called person hangs up", want{trace.ResultAnswered, trace.Remote, 200, 0}, func(ctx context.Context, h *house) (string, error) {
		id, err := h.answered(ctx)
		if err != nil {
			return "", err
		}
		return id, h.steps(ctx, h.warehouse.does(shortTalk, "hangup"))
	}},
	{"put on hold before the answer", want{trace.ResultAnswered, trace.Local, 200, 1}, func(ctx context.Context, h *house) (string, error) {
		id, err := h.ringing(ctx)
		if err != nil {
			return "", err
		}
		return id, h.steps(ctx,
			h.reception.does(shortHold, "hold"), h.warehouse.does(shortTalk, "answer"),
			h.reception.does(shortHold, "resume"), h.reception.does(shortTalk, "hangup"))
	}},
	{"a second call, and back to the first", want{trace.ResultAnswered, trace.Local, 200, 1}, func(ctx context.Context, h *house) (string, error) {
		id, err := h.answered(ctx)
		if err != nil {
			return "", err
		}
		if _, err := h.office.Dial(ctx, h.reception.URI("101")); err != nil {
			return "", err
		}
		if err := h.reception.Until(ctx, "ringing"); err != nil {
			return "", err
		}
		return id, h.steps(ctx,
			h.reception.does(shortTalk, "answer", "2"), h.reception.does(shortTalk, "swap"),
			h.reception.does(shortTalk, "hangup", "1"), h.reception.does(shortHold, "hangup", "2"))
	}},
	{"the telephone is unplugged for a moment", want{trace.ResultAnswered, trace.Local, 200, 1}, func(ctx context.Context, h *house) (string, error) {
		id, err := h.answered(ctx)
		if err != nil {
			return "", err
		}
		return id, h.steps(ctx, h.warehouse.does(shortTalk, "unplug"), h.warehouse.does(shortHold, "plug"), h.reception.does(shortTalk, "hangup"))
	}},
	{"the telephone is unplugged for too long", want{trace.ResultAnswered, trace.Remote, 200, 1}, func(ctx context.Context, h *house) (string, error) {
		id, err := h.answered(ctx)
		if err != nil {
			return "", err
		}
		if err := h.steps(ctx, h.warehouse.does(shortTalk, "unplug")); err != nil {
			return "", err
		}
		if err := quiet(ctx, h.warehouse); err != nil { // until ISUP T2 is over
			return "", err
		}
		return id, h.steps(ctx, h.warehouse.does(shortHold, "plug"))
	}},
	{"transferred", want{trace.ResultAnswered, trace.Remote, 200, 1}, func(ctx context.Context, h *house) (string, error) {
		id, err := h.office.Dial(ctx, h.reception.URI("101"))
		if err != nil {
			return "", err
		}
		if err := h.reception.Until(ctx, "ringing"); err != nil {
			return "", err
		}
		if err := h.steps(ctx, h.reception.does(shortHold, "answer"), h.reception.does(shortTalk, "transfer", h.warehouse.URI("102"))); err != nil {
			return "", err
		}
		if err := h.warehouse.Until(ctx, "ringing"); err != nil {
			return "", err
		}
		return id, h.steps(ctx, h.warehouse.does(shortHold, "answer"), h.office.does(shortTalk, "hangup"))
	}},
	{"sent on to another phone", want{trace.ResultAnswered, trace.Local, 200, 0}, func(ctx context.Context, h *house) (string, error) {
		id, err := h.office.Dial(ctx, h.reception.URI("101"))
		if err != nil {
			return "", err
		}
		if err := h.reception.Until(ctx, "ringing"); err != nil {
			return "", err
		}
		if err := h.steps(ctx, h.reception.does(shortHold, "deflect", h.warehouse.URI("102"))); err != nil {
			return "", err
		}
		if err := h.warehouse.Until(ctx, "ringing"); err != nil {
			return "", err
		}
		return id, h.steps(ctx, h.warehouse.does(shortHold, "answer"), h.office.does(shortTalk, "hangup"))
	}},
	{"busy", want{trace.ResultBusy, trace.Remote, 486, 0}, func(ctx context.Context, h *house) (string, error) {
		if _, err := h.answered(ctx); err != nil { // Warehouse takes one call at a time
			return "", err
		}
		id, err := h.office.Dial(ctx, h.warehouse.URI("102"))
		if err != nil {
			return "", err
		}
		return id, h.steps(ctx, h.reception.does(shortTalk, "hangup"))
	}},
	{"rejected", want{trace.ResultFailed, trace.Remote, 603, 0}, func(ctx context.Context, h *house) (string, error) {
		id, err := h.ringing(ctx)
		if err != nil {
			return "", err
		}
		return id, h.steps(ctx, h.warehouse.does(shortHold, "reject", "603"))
	}},
	{"nobody answers", want{trace.ResultNoAnswer, trace.Timer, 180, 0}, func(ctx context.Context, h *house) (string, error) {
		return h.ringing(ctx) // Reception's ring time is short
	}},
	{"cancelled by the caller", want{trace.ResultCancelled, trace.Local, 487, 0}, func(ctx context.Context, h *house) (string, error) {
		id, err := h.ringing(ctx)
		if err != nil {
			return "", err
		}
		return id, h.steps(ctx, h.reception.does(shortHold, "hangup"))
	}},
	{"the number is unknown", want{trace.ResultFailed, trace.Remote, 404, 0}, func(ctx context.Context, h *house) (string, error) {
		return h.reception.Dial(ctx, h.warehouse.URI("199"))
	}},
	{"nobody is at the address", want{trace.ResultFailed, trace.Network, 0, 0}, func(ctx context.Context, h *house) (string, error) {
		return h.office.Dial(ctx, h.deadEnd)
	}},
	{"blocked on the phone", want{trace.ResultBlocked, trace.Local, 900, 0}, func(ctx context.Context, h *house) (string, error) {
		return h.office.Dial(ctx, "19005550100")
	}},
}

// round plays every scenario and tells each call as soon as it has arrived. The call to nowhere takes 32 s (RFC 3261 timer
// B), so it begins first, goes on beside the others, and is told last.
func (h *house) round(ctx context.Context, lang, record string) error {
	var slow []played
	bad := 0
	tell := func(p played) error {
		good, err := h.tell(ctx, p, lang)
		if !good {
			bad++
		}
		if err != nil || record == "" {
			return err
		}
		return h.record(ctx, record, p)
	}
	for _, i := range h.order() {
		sc := scenarios[i]
		id, err := sc.run(ctx, h)
		if err != nil {
			return fmt.Errorf("%s: %w", sc.title, err)
		}
		p := played{title: sc.title, id: id, want: sc.want}
		if sc.want.last == 0 {
			slow = append(slow, p)
			continue
		}
		if err := quiet(ctx, h.reception, h.warehouse); err != nil {
			return fmt.Errorf("%s: %w", sc.title, err)
		}
		if err := tell(p); err != nil {
			return err
		}
	}
	for _, p := range slow {
		if err := tell(p); err != nil {
			return err
		}
	}
	if bad > 0 {
		return fmt.Errorf("%d of %d calls are not as expected", bad, len(scenarios))
	}
	fmt.Printf("%d calls, and every event of each has arrived.\n", len(scenarios))
	return nil
}

// order puts the slowest scenario first.
func (h *house) order() []int {
	var first, rest []int
	for i, sc := range scenarios {
		if sc.want.last == 0 {
			first = append(first, i)
		} else {
			rest = append(rest, i)
		}
	}
	return append(first, rest...)
}

// ringing has Reception call Warehouse and waits until Warehouse rings.
func (h *house) ringing(ctx context.Context) (string, error) {
	id, err := h.reception.Dial(ctx, h.warehouse.URI("102"))
	if err != nil {
		return "", err
	}
	return id, h.warehouse.Until(ctx, "ringing")
}

// answered has Reception call Warehouse, who picks up.
func (h *house) answered(ctx context.Context) (string, error) {
	id, err := h.ringing(ctx)
	if err != nil {
		return "", err
	}
	if err := h.steps(ctx, h.warehouse.does(shortHold, "answer")); err != nil {
		return "", err
	}
	return id, h.reception.Until(ctx, "talking")
}

// steps performs one action after the other.
func (h *house) steps(ctx context.Context, actions ...func(context.Context) error) error {
	for _, act := range actions {
		if err := act(ctx); err != nil {
			return err
		}
	}
	return nil
}
