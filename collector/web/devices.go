package web

import (
	"encoding/json"
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

	Booted                    time.Time
	Started, Waited, InMemory string // "" for nothing to say
	Config, ConfigRefused     string // likewise
}

// refusalRow is one way in which somebody was turned away.
type refusalRow struct {
	Last                       time.Time
	Device, Address, Why, What string
	Count                      int
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
	var refused []refusalRow
	if s.options.Refusals != nil {
		refused = refusalRows(s.options.Refusals(), v)
	}
	words := page.WordsIn(v.lang)
	s.render(w, r, http.StatusOK, s.frame(r, v, words.Devices, "/devices"), func(m *markup.Writer) { deviceList(m, rows, v, words); refusalList(m, refused, v, words) })
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
	row.tellFacts(d, v)
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

// tellFacts puts into words what the device said when it connected.
func (row *deviceRow) tellFacts(d store.Device, v visit) {
	row.Booted = d.Facts.Booted
	row.tellConfig(d.Config, v)
	if why := v.words.Restarts[d.Facts.Restart]; why != "" {
		row.Started = fmt.Sprintf(v.words.Started, why)
	}
	if n := d.Facts.Depth; n > 0 && d.State == store.StateReady {
		row.Waited = v.words.Waited.Of(v.lang, int(min(n, 1<<31)))
	}
	if d.Facts.Journal == store.InMemory {
		row.InMemory = v.words.InMemory
		if d.Facts.JournalError != "" {
			row.InMemory += ": " + phrase.Clean(d.Facts.JournalError)
		}
	}
}

// tellConfig puts into words how it stands with the configuration that is wished for. One that cannot be read says nothing.
func (row *deviceRow) tellConfig(config json.RawMessage, v visit) {
	var c struct {
		Ver     int64  `json:"ver"`
		Trial   bool   `json:"trial"`
		Refused int64  `json:"refused"`
		Error   string `json:"error"`
	}
	if json.Unmarshal(config, &c) != nil {
		return
	}
	switch {
	case c.Trial:
		row.Config = fmt.Sprintf(v.words.OnTrial, c.Ver)
	case c.Ver > 0:
		row.Config = fmt.Sprintf(v.words.Configured, c.Ver)
	}
	if c.Refused > 0 {
		row.ConfigRefused = fmt.Sprintf(v.words.ConfigRefused, c.Refused, phrase.Clean(c.Error))
	}
}

// refusalRows puts refusals into words. Their reasons are English.
func refusalRows(refusals []store.Refusal, v visit) []refusalRow {
	rows := make([]refusalRow, 0, len(refusals))
	for _, r := range refusals {
		why := r.Reason
		if said := v.words.Refusals[r.Reason]; said != "" {
			why = said
		}
		rows = append(rows, refusalRow{
			Last: r.Last, Device: phrase.Clean(r.Device), Address: phrase.Clean(r.Address), Why: why, What: phrase.Clean(r.What), Count: r.Count,
		})
	}
	return rows
}

// joined puts two descriptions side by side, as far as they are known.
func joined(a, b string) string {
	return strings.TrimSpace(fmt.Sprintf("%s %s", phrase.Clean(a), phrase.Clean(b)))
}
