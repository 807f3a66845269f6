package web

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"sidetone/collector/store"
	"sidetone/trace"
	"sidetone/trace/page"
	"sidetone/trace/phrase"
)

// The parameters of the list, as they stand in its address. The sentence follows their order.
const (
	byResult   = "result"
	byDevice   = "device"
	byNumber   = "number"
	bySide     = "side"
	byResponse = "last_response"
	byHeld     = "held"
	bySince    = "since"
	byUntil    = "until"
	inZone     = "zone" // IANA name of the zone that since and until are meant in
	cursor     = "cursor"
)

var filterKeys = []string{byResult, byDevice, byNumber, bySide, byResponse, byHeld, bySince, byUntil}

// filter is what the address asks for, understood as far as it can be.
type filter struct {
	query    url.Values // only what was understood
	store    store.Filter
	problems []string // what was not, in the words of the page
}

// parseFilter reads the parameters of a list. What makes no sense is left out and told about.
func parseFilter(q url.Values, w words) filter {
	f := filter{query: url.Values{}}
	zone, err := time.LoadLocation(q.Get(inZone))
	if err != nil {
		f.problems = append(f.problems, fmt.Sprintf(w.BadValue, page.Plain(q.Get(inZone))))
		zone = time.UTC
	}
	for _, key := range append([]string{cursor}, filterKeys...) {
		value := strings.TrimSpace(q.Get(key))
		if value == "" {
			continue
		}
		if page.Plain(value) != value || !f.take(key, value, zone) {
			f.problems = append(f.problems, fmt.Sprintf(w.BadValue, page.Plain(value)))
			continue
		}
		f.query.Set(key, value)
	}
	if zone != time.UTC && (f.query.Has(bySince) || f.query.Has(byUntil)) {
		f.query.Set(inZone, zone.String())
	}
	return f
}

// take understands one parameter, or says that it cannot.
func (f *filter) take(key, value string, zone *time.Location) bool {
	switch key {
	case cursor:
		f.store.Cursor = value
	case byDevice:
		f.store.Device = value
	case byNumber:
		f.store.Number = value
	case byResult:
		f.store.Result = trace.Result(value)
		if !slices.Contains(results, f.store.Result) {
			f.store.Result = ""
			return false
		}
	case bySide:
		f.store.Side = trace.Side(value)
		if !slices.Contains(sides, f.store.Side) {
			f.store.Side = ""
			return false
		}
	case byResponse:
		status, err := strconv.Atoi(value)
		if err != nil || status < 0 || status > 999 {
			return false
		}
		f.store.LastResponse = &status
	case byHeld:
		held, err := strconv.ParseBool(value)
		if err != nil {
			return false
		}
		f.store.Held = &held
	case bySince, byUntil:
		day, err := time.ParseInLocation(time.DateOnly, value, zone)
		if err != nil {
			return false
		}
		if key == bySince {
			f.store.From = day
		} else {
			f.store.To = day.AddDate(0, 0, 1) // until the end of that day
		}
	}
	return true
}

var (
	results = []trace.Result{trace.ResultAnswered, trace.ResultBusy, trace.ResultNoAnswer, trace.ResultCancelled, trace.ResultForwarded, trace.ResultFailed, trace.ResultBlocked}
	sides   = []trace.Side{trace.Local, trace.Remote, trace.Network, trace.Timer}
)

// active tells whether anything is filtered at all.
func (f filter) active() bool {
	return slices.ContainsFunc(filterKeys, f.query.Has)
}

// canonical is the shortest query that asks for the same, the language kept.
func (f filter) canonical(asked url.Values) url.Values {
	q := url.Values{}
	for key, values := range f.query {
		q[key] = values
	}
	if lang := asked.Get("lang"); lang != "" {
		q.Set("lang", lang)
	}
	return q
}

// without is the query with one condition taken back; the page begins anew.
func (f filter) without(key string) url.Values {
	q := url.Values{}
	for k, values := range f.query {
		if k != key && k != cursor {
			q[k] = values
		}
	}
	if !q.Has(bySince) && !q.Has(byUntil) {
		q.Del(inZone)
	}
	return q
}

// older is the query of the next page.
func (f filter) older(next string) url.Values {
	q := f.without(cursor)
	q.Set(cursor, next)
	return q
}

// chip is one condition in the sentence; its address takes it back.
type chip struct{ Text, Address string }

// sentence says what is filtered: the chips that stand before the word "calls", and those after it.
func (f filter) sentence(v visit, names map[string]string) (before, after []chip) {
	for _, key := range filterKeys {
		if !f.query.Has(key) {
			continue
		}
		c := chip{Text: f.condition(key, v, names), Address: v.links.History(f.without(key))}
		if key == byResult && v.words.ResultFirst {
			before = append(before, c)
		} else {
			after = append(after, c)
		}
	}
	return before, after
}

func (f filter) condition(key string, v visit, names map[string]string) string {
	value := page.Plain(f.query.Get(key))
	switch key {
	case byResult:
		return v.words.Results[f.store.Result]
	case byDevice:
		if name := phrase.Clean(names[value]); name != "" {
			value = name
		}
		return fmt.Sprintf(v.words.OfDevice, value)
	case byNumber:
		return fmt.Sprintf(v.words.WithNumber, value)
	case bySide:
		return fmt.Sprintf(v.words.EndedBy, v.words.Sides[f.store.Side])
	case byResponse:
		return fmt.Sprintf(v.words.WithResponse, value)
	case byHeld:
		if *f.store.Held {
			return v.words.WithHold
		}
		return v.words.WithoutHold
	case bySince:
		return fmt.Sprintf(v.words.Since, day(f.store.From, v.lang))
	default:
		return fmt.Sprintf(v.words.Until, day(f.store.To.AddDate(0, 0, -1), v.lang))
	}
}

// day writes a date without changing its zone.
func day(t time.Time, lang phrase.Lang) string {
	y, m, d := t.Date()
	return page.Date(time.Date(y, m, d, 0, 0, 0, 0, time.UTC), lang)
}
