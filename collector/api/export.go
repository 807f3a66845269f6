package api

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"sidetone/trace"
	"sidetone/trace/export"
)

type exportInput struct {
	ID     string `path:"id" doc:"Id of the call, or the id that any of its devices gave it."`
	Lang   string `query:"lang" doc:"Language of what is said: en (default) or fr-CA." example:"fr-CA"`
	Format string `query:"format" required:"true" doc:"One of json, ndjson, text, svg, mermaid, csv, pcapng, clf, sipp." example:"pcapng"`
	Redact bool   `query:"redact" doc:"Replace names, numbers, addresses and identifiers, each by the same other one throughout."`
	Device string `query:"device" doc:"Only what this device saw. A sipp scenario then plays its side."`
}

type exportOutput struct {
	ContentType        string `header:"Content-Type"`
	ContentDisposition string `header:"Content-Disposition"`
	NoSniff            string `header:"X-Content-Type-Options"`
	Body               []byte
}

func (s *server) registerExport(api huma.API) {
	op := operation("export-call", "/calls/{id}/export", "One call as a file for other programs", 404, 422)
	huma.Register(api, op, s.exportCall)
}

func (s *server) exportCall(ctx context.Context, in *exportInput) (*exportOutput, error) {
	lang, err := parseLang(in.Lang)
	if err != nil {
		return nil, err
	}
	format, err := export.Find(in.Format)
	if err != nil {
		return nil, huma.Error422UnprocessableEntity("query.format: " + err.Error())
	}
	call, err := s.reader.Call(ctx, in.ID)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	views := call.Views
	if in.Device != "" {
		views = slices.DeleteFunc(slices.Clone(views), func(v trace.View) bool { return v.Device != in.Device })
		if len(views) == 0 {
			return nil, huma.Error422UnprocessableEntity("query.device: no device of that name saw this call")
		}
	}
	var b bytes.Buffer
	switch err := export.Write(&b, format, views, export.Options{Lang: lang, Redact: in.Redact}); {
	case errors.Is(err, export.ErrNoInvite):
		return nil, huma.Error422UnprocessableEntity(err.Error())
	case err != nil:
		return nil, s.fail(ctx, err)
	}
	name := export.FileName(call.Summary.ID, format)
	return &exportOutput{
		ContentType: format.MediaType, ContentDisposition: `attachment; filename="` + name + `"`, NoSniff: "nosniff", Body: b.Bytes(),
	}, nil
}
