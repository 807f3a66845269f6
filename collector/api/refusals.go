package api

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// Refusal is something that was turned away at the embedded broker.
type Refusal struct {
	Reason  string    `json:"reason"`
	Device  string    `json:"device" doc:"As it called itself; empty where that is no device's name."`
	Address string    `json:"address" doc:"Of the host."`
	What    string    `json:"what" doc:"The last topic or filter that was asked for."`
	Count   int       `json:"count" doc:"How often it happened in the same way."`
	Last    time.Time `json:"last,omitzero"`
}

type refusalsOutput struct {
	Body struct {
		Refusals []Refusal `json:"refusals" nullable:"false"`
	}
}

func registerRefusals(api huma.API, o Options) {
	huma.Register(api, operation("list-refusals", "/refusals", "Whom the embedded broker turned away since the start, and why; the last hundred ways, newest first"),
		func(context.Context, *struct{}) (*refusalsOutput, error) {
			out := new(refusalsOutput)
			if o.Refusals != nil {
				out.Body.Refusals = o.Refusals()
			}
			out.Body.Refusals = notNil(out.Body.Refusals)
			return out, nil
		})
}
