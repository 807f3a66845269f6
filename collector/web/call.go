package web

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"sidetone/collector/store"
	"sidetone/trace/export"
	"sidetone/trace/markup"
	"sidetone/trace/page"
	"sidetone/trace/phrase"
)

// settling is how long after its end a call may still change: the other device's events are on their way.
const settling = time.Minute

func (s *site) call(w http.ResponseWriter, r *http.Request) {
	v := s.visit(r)
	c, err := s.reader.Call(r.Context(), r.PathValue("id"))
	switch {
	case errors.Is(err, store.ErrNotFound):
		s.fail(w, r, v, http.StatusNotFound, err)
		return
	case err != nil:
		s.fail(w, r, v, http.StatusInternalServerError, err)
		return
	}
	q := r.URL.Query()
	f := page.NewFlow(c.Views, page.FlowOptions{
		ID: c.Summary.ID, Lang: v.lang, Links: v.links, Selected: q.Get("sel"), ByClock: q.Get("times") == "clock", Changing: s.changing(c), Now: s.options.Now(),
		Download: func(f export.Format, redact bool) string { return exportAddress(c.Summary.ID, v.lang, f, redact) },
	})
	frame := s.frame(r, v, f.Title(), "/")
	if !f.Changing {
		frame.Live = ""
	}
	s.render(w, r, http.StatusOK, frame, func(m *markup.Writer) { page.CallFlow(m, f) })
}

// exportAddress is where the JSON interface gives the call as a file (package api).
func exportAddress(id string, lang phrase.Lang, f export.Format, redact bool) string {
	q := url.Values{"format": {f.Name}, "lang": {string(lang)}}
	if redact {
		q.Set("redact", "true")
	}
	return "/api/v1/calls/" + url.PathEscape(id) + "/export?" + q.Encode()
}

// changing tells whether there may be more to come of a call.
func (s *site) changing(c store.Call) bool {
	ended := c.Summary.EndedAt
	return ended.IsZero() || !c.Summary.Complete || s.options.Now().Sub(ended) < settling
}
