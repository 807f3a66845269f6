package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"sidetone/collector/store"
)

type refusalsOutput struct {
	Body struct {
		Refusals []store.Refusal `json:"refusals" nullable:"false"`
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
