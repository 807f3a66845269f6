package api

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"sidetone/collector/store"
	"sidetone/trace"
	"sidetone/trace/story"
)

type callsInput struct {
	From         instant        `query:"from" doc:"Calls that began at this time or later: RFC 3339, or a date (midnight UTC)." example:"2026-11-21T00:00:00Z"`
	To           instant        `query:"to" doc:"Calls that began before this time."`
	Device       string         `query:"device" doc:"Calls that this device saw."`
	Number       string         `query:"number" doc:"Calls from or to this URI, or this user part of one."`
	Side         string         `query:"side" enum:"local,remote,network,timer" doc:"Who ended the call, as the primary device sees it."`
	LastResponse optional[int]  `query:"last_response" minimum:"0" maximum:"999" doc:"Last SIP response; 0 when nothing came back, 9xx when blocked on the device."`
	Result       string         `query:"result" enum:"answered,busy,no-answer,cancelled,forwarded,failed,blocked"`
	Held         optional[bool] `query:"held" doc:"Whether the call was ever on hold."`
	Limit        int            `query:"limit" minimum:"1" default:"50" doc:"How many at most; more than 500 is cut to it."`
	Cursor       string         `query:"cursor" doc:"next of the page before."`
}

// Resolve implements huma.Resolver.
func (in *callsInput) Resolve(huma.Context) []error {
	if !in.From.IsZero() && !in.To.IsZero() && !in.From.Before(in.To.Time) {
		return []error{&huma.ErrorDetail{Location: "query.to", Message: "expected a time after from", Value: in.To.Format(time.RFC3339Nano)}}
	}
	return nil
}

func (in *callsInput) filter() store.Filter {
	return store.Filter{
		From: in.From.Time, To: in.To.Time, Device: in.Device, Number: in.Number, Side: trace.Side(in.Side),
		LastResponse: in.LastResponse.pointer(), Result: trace.Result(in.Result), Held: in.Held.pointer(),
		Limit: in.Limit, Cursor: in.Cursor,
	}
}

type callsOutput struct {
	Body struct {
		Calls []trace.Summary `json:"calls" nullable:"false"`
		Next  string          `json:"next,omitempty" doc:"Cursor of the next page; absent on the last."`
	}
}

type callInput struct {
	ID string `path:"id" doc:"Id of the call, or the id that any of its devices gave it."`
}

type toldInput struct {
	ID   string `path:"id" doc:"Id of the call, or the id that any of its devices gave it."`
	Lang string `query:"lang" doc:"Language of the sentences: en (default) or fr-CA." example:"fr-CA"`
}

type callOutput struct {
	Body struct {
		Summary      trace.Summary   `json:"summary"`
		Verdict      story.Verdict   `json:"verdict"`
		Findings     []story.Finding `json:"findings" nullable:"false"`
		Completeness Completeness    `json:"completeness"`
		Devices      []Part          `json:"devices" nullable:"false"`
	}
}

// Part is what one device has to do with a call.
type Part struct {
	Device    string          `json:"device"`
	Name      string          `json:"name"`
	Call      string          `json:"call" doc:"The device's own id of the call."`
	Direction trace.Direction `json:"direction"`
}

type storyOutput struct{ Body story.Story }

type eventsOutput struct {
	Body struct {
		Events []Placed `json:"events" nullable:"false"`
	}
}

// Placed is an event in its causal place.
type Placed struct {
	Device string          `json:"device"`
	At     time.Time       `json:"at" doc:"On the clock of the primary device: estimated for events of the others."`
	Event  json.RawMessage `json:"event" doc:"The event line as documented for the topic up/ev."`
}

func (s *server) registerCalls(api huma.API) {
	huma.Register(api, operation("list-calls", "/calls", "Calls, newest first", 422), s.listCalls)
	huma.Register(api, operation("get-call", "/calls/{id}", "One call: summary, verdict, findings, completeness, devices", 404, 422), s.getCall)
	huma.Register(api, operation("get-call-flow", "/calls/{id}/flow", "The story of a call, step by step", 404, 422), s.getFlow)
	huma.Register(api, operation("get-call-events", "/calls/{id}/events", "Every event of a call, in causal order", 404), s.getEvents)
}

func (s *server) listCalls(ctx context.Context, in *callsInput) (*callsOutput, error) {
	page, err := s.reader.Calls(ctx, in.filter())
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	out := new(callsOutput)
	out.Body.Calls, out.Body.Next = notNil(page.Calls), page.Next
	return out, nil
}

func (s *server) getCall(ctx context.Context, in *toldInput) (*callOutput, error) {
	lang, err := parseLang(in.Lang)
	if err != nil {
		return nil, err
	}
	call, err := s.reader.Call(ctx, in.ID)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	told := story.Tell(call.Views, lang)
	out := new(callOutput)
	out.Body.Summary, out.Body.Verdict, out.Body.Findings = call.Summary, told.Verdict, notNil(told.Findings)
	if out.Body.Completeness, err = s.completeness(ctx, call); err != nil {
		return nil, s.fail(ctx, err)
	}
	out.Body.Devices = []Part{}
	for i, v := range call.Views {
		f := call.Folds[i]
		out.Body.Devices = append(out.Body.Devices, Part{Device: v.Device, Name: v.Name, Call: f.ID, Direction: f.Direction})
	}
	return out, nil
}

func (s *server) getFlow(ctx context.Context, in *toldInput) (*storyOutput, error) {
	lang, err := parseLang(in.Lang)
	if err != nil {
		return nil, err
	}
	call, err := s.reader.Call(ctx, in.ID)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	return &storyOutput{Body: story.Tell(call.Views, lang)}, nil
}

func (s *server) getEvents(ctx context.Context, in *callInput) (*eventsOutput, error) {
	call, err := s.reader.Call(ctx, in.ID)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	out := new(eventsOutput)
	out.Body.Events = []Placed{}
	for _, l := range trace.Merge(call.Views) {
		if l.Own { // of the device, and not of the call
			continue
		}
		line, err := l.Event.Encode()
		if err != nil {
			return nil, s.fail(ctx, fmt.Errorf("event %s: %w", l.Ref.ID(), err))
		}
		out.Body.Events = append(out.Body.Events, Placed{Device: l.Ref.Device, At: l.At, Event: line})
	}
	return out, nil
}

// notNil makes an empty list be written as one.
func notNil[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}
