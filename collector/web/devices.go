package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"sidetone/collector/store"
	"sidetone/trace/page"
	"sidetone/trace/phrase"
)

// deviceRow is one device in the list.
type deviceRow struct {
	Name, ID, Address  string
	Class, Mark, State string
	Since, LastSeen    time.Time
	Model, Agent, IP   string
	Losses             string
	Lossy              bool
}

func (s *site) devices(w http.ResponseWriter, r *http.Request) {
	v := s.visit(r)
	devices, err := s.reader.Devices(r.Context())
	if err != nil {
		s.fail(w, r, v, http.StatusInternalServerError, err)
		return
	}
	rows := make([]deviceRow, 0, len(devices))
	for _, d := range devices {
		rows = append(rows, newDeviceRow(d, v))
	}
	words := page.WordsIn(v.lang)
	s.render(w, r, http.StatusOK, framed(s.frame(r, v, words.Devices, "/devices"), deviceList(rows, v, words)))
}

func newDeviceRow(d store.Device, v visit) deviceRow {
	w := page.WordsIn(v.lang)
	row := deviceRow{
		Name: deviceName(d), ID: phrase.Clean(d.ID), Address: v.links.History(url.Values{byDevice: {d.ID}}), Since: d.Since, LastSeen: d.LastSeen,
		Model: joined(d.Model, d.Firmware), Agent: joined(d.Agent, d.Arch), IP: phrase.Clean(d.IP), Losses: w.NoLosses,
	}
	switch d.State {
	case store.StateReady:
		row.Class, row.Mark, row.State = "good", "●", w.Ready
	case store.StateDisconnected:
		row.Class, row.Mark, row.State = "missed", "○", w.Disconnected
	case store.StateLost:
		row.Class, row.Mark, row.State = "bad", "✕", w.Lost
	default:
		row.Class, row.Mark, row.State = "missed", "·", w.Unknown
	}
	var lost uint64
	for _, g := range d.Gaps {
		lost += g.Count
	}
	if lost > 0 {
		row.Lossy = true
		row.Losses = w.EventsLost.Of(v.lang, int(min(lost, 1<<31)))
	}
	return row
}

// joined puts two descriptions side by side, as far as they are known.
func joined(a, b string) string {
	return strings.TrimSpace(fmt.Sprintf("%s %s", phrase.Clean(a), phrase.Clean(b)))
}
