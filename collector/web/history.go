package web

import (
	"errors"
	"net/http"

	"sidetone/collector/store"
	"sidetone/trace/markup"
	"sidetone/trace/page"
)

// historyPage is what the list of calls shows.
type historyPage struct {
	visit
	filter        filter
	list          *page.History
	devices       []store.Device
	before, after []chip
	address       string // of this very page
	older, newest string
	broker        string
}

func (s *site) history(w http.ResponseWriter, r *http.Request) {
	v := s.visit(r)
	f := parseFilter(r.URL.Query(), v.words)
	if len(f.problems) == 0 && f.canonical(r.URL.Query()).Encode() != r.URL.Query().Encode() {
		http.Redirect(w, r, page.Links{}.History(f.canonical(r.URL.Query())), http.StatusSeeOther) // a form sends its empty fields too
		return
	}
	calls, err := s.reader.Calls(r.Context(), f.store)
	if err != nil {
		status := http.StatusInternalServerError
		if errors.Is(err, store.ErrCursor) {
			status = http.StatusBadRequest
		}
		s.fail(w, r, v, status, err)
		return
	}
	devices, err := s.reader.Devices(r.Context())
	if err != nil {
		s.fail(w, r, v, http.StatusInternalServerError, err)
		return
	}
	names := namesOf(devices)
	p := historyPage{visit: v, filter: f, devices: devices, broker: s.options.Broker, address: v.links.History(f.query)}
	p.list = page.NewHistory(calls.Calls, page.HistoryOptions{Lang: v.lang, Links: v.links, Names: names, Now: s.options.Now()})
	p.before, p.after = f.sentence(v, names)
	if calls.Next != "" {
		p.older = v.links.History(f.older(calls.Next))
	}
	if f.store.Cursor != "" {
		p.newest = v.links.History(f.without(cursor))
	}
	s.render(w, r, http.StatusOK, s.frame(r, v, page.WordsIn(v.lang).Calls, "/"), func(m *markup.Writer) { callHistory(m, p) })
}

// namesOf gives what people call each device.
func namesOf(devices []store.Device) map[string]string {
	names := make(map[string]string, len(devices))
	for _, d := range devices {
		names[d.ID] = d.Name
	}
	return names
}
