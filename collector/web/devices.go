package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"sidetone/collector/store"
	"sidetone/trace/markup"
	"sidetone/trace/page"
	"sidetone/trace/phrase"
)

// deviceRow is one device in the list.
type deviceRow struct {
	Name, ID, Address  string
	Class, Mark, State string
	Since, LastSeen    time.Time
	Model, Agent, IP   string
	Lines              []lineMark
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
	s.render(w, r, http.StatusOK, s.frame(r, v, words.Devices, "/devices"), func(m *markup.Writer) { deviceList(m, rows, v, words) })
}

// lineMark is one line of a device: its user, and how it stands with its registrar.
type lineMark struct{ User, Class, Mark, State, Detail string }

func newLineMark(l store.Registration, w *page.Words) lineMark {
	m := lineMark{User: phrase.Clean(userOf(l.AOR)), Detail: lineDetail(l)}
	switch l.Status {
	case store.LineUp:
		m.Class, m.Mark, m.State = "good", "●", w.LineUp
	case store.LineRegistering:
		m.Class, m.Mark, m.State = "missed", "◌", w.LineRegistering
	case store.LineError:
		m.Class, m.Mark, m.State = "bad", "✕", w.LineError
	default:
		m.Class, m.Mark, m.State = "missed", "○", w.LineDisabled
	}
	return m
}

// userOf is the part of an address of record that people know a line by.
func userOf(aor string) string {
	_, address, _ := strings.Cut(aor, ":")
	user, _, _ := strings.Cut(address, "@")
	return user
}

// lineDetail is what the registrar said, for a line that is not up.
func lineDetail(l store.Registration) string {
	if l.Status != store.LineError {
		return ""
	}
	if l.Code == 0 {
		return phrase.Clean(l.Reason)
	}
	return joined(strconv.Itoa(l.Code), l.Reason)
}

func newDeviceRow(d store.Device, v visit) deviceRow {
	w := page.WordsIn(v.lang)
	row := deviceRow{
		Name: deviceName(d), ID: phrase.Clean(d.ID), Address: v.links.History(url.Values{byDevice: {d.ID}}), Since: d.Since, LastSeen: d.LastSeen,
		Model: joined(d.Model, d.Firmware), Agent: joined(d.Agent, d.Arch), IP: phrase.Clean(d.IP), Losses: w.NoLosses,
	}
	for _, l := range d.Lines {
		row.Lines = append(row.Lines, newLineMark(l, w))
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
