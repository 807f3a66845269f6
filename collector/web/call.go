package web

import (
	"errors"
	"net/http"
	"time"

	"sidetone/collector/store"
	"sidetone/trace/page"
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
	})
	frame := s.frame(r, v, f.Title(), "/")
	if !f.Changing {
		frame.Live = ""
	}
	s.render(w, r, http.StatusOK, framed(frame, page.CallFlow(f)))
}

// changing tells whether there may be more to come of a call.
func (s *site) changing(c store.Call) bool {
	ended := c.Summary.EndedAt
	return ended.IsZero() || !c.Summary.Complete || s.options.Now().Sub(ended) < settling
}
