package technician

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/url"

	"sidetone/trace/export"
	"sidetone/trace/markup"
	"sidetone/trace/page"
)

// call is the call flow of one call. Parameters: sel, what is selected, and times=clock.
func (s *site) call(ctx context.Context, v visit) (*reply, error) {
	id := v.path[1]
	views, err := s.options.Calls.Views(ctx, id)
	if err != nil {
		return nil, err
	}
	f := page.NewFlow(views, page.FlowOptions{
		ID: id, Lang: v.lang, Links: v.links, Selected: v.query.Get("sel"), ByClock: v.query.Get("times") == "clock", Now: s.options.Now(),
		Download: func(f export.Format, redact bool) string { return exportAddress(v, id, f, redact) },
	})
	return s.render(v, http.StatusOK, f.Title(), "/", func(w *markup.Writer) { page.CallFlow(w, f) }), nil
}

func exportAddress(v visit, id string, f export.Format, redact bool) string {
	q := url.Values{"format": {f.Name}, "lang": {string(v.lang)}}
	if redact {
		q.Set("redact", "true")
	}
	return v.links.To("/calls/"+url.PathEscape(id)+"/export", q)
}

// export gives a call as a file. Parameters: format, redact.
func (s *site) export(ctx context.Context, v visit) (*reply, error) {
	format, err := export.Find(v.query.Get("format"))
	if err != nil {
		return refusal(http.StatusBadRequest, err.Error()), nil
	}
	views, err := s.options.Calls.Views(ctx, v.path[1])
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := export.Write(&b, format, views, export.Options{Lang: v.lang, Redact: redacted(v)}); errors.Is(err, export.ErrNoInvite) {
		return refusal(http.StatusUnprocessableEntity, err.Error()), nil
	} else if err != nil {
		return nil, err
	}
	made := &reply{status: http.StatusOK, body: b.Bytes()}
	made.set("Content-Type", format.MediaType)
	made.set("Content-Disposition", `attachment; filename="`+export.FileName(v.path[1], format)+`"`)
	made.set("Cache-Control", "no-store")
	return made, nil
}
