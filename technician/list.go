package technician

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"sidetone/trace"
	"sidetone/trace/markup"
	"sidetone/trace/page"
)

// rowsOfPage is how many calls are on a page of the list.
const rowsOfPage = 50

// ages are the choices of how far to look back, as they stand in an address.
var ages = map[string]time.Duration{"1h": time.Hour, "24h": 24 * time.Hour, "168h": 7 * 24 * time.Hour}

// list is the page of the calls. Parameters: number, failed=true, since (a key of ages), and after, the last call of the page before.
func (s *site) list(ctx context.Context, v visit) (*reply, error) {
	asked := url.Values{}
	for _, key := range []string{"number", "failed", "since"} {
		asked.Set(key, v.query.Get(key))
	}
	f := Filter{Number: asked.Get("number"), Failed: asked.Get("failed") == "true", Since: ages[asked.Get("since")]}
	calls, lost, err := s.options.Calls.List(ctx, f)
	if err != nil {
		return nil, err
	}
	rest := calls
	if after := v.query.Get("after"); after != "" {
		rest = rest[slices.IndexFunc(rest, func(c trace.Summary) bool { return c.ID == after })+1:]
	}
	shown := rest[:min(rowsOfPage, len(rest))]
	older := ""
	if len(rest) > len(shown) {
		query := url.Values{"after": {shown[len(shown)-1].ID}}
		for key := range asked {
			query.Set(key, asked.Get(key))
		}
		older = v.links.History(query)
	}
	newest := ""
	if len(rest) < len(calls) {
		newest = v.links.History(asked)
	}
	table := page.NewHistory(shown, page.HistoryOptions{Lang: v.lang, Links: v.links, Now: s.options.Now()})
	return s.render(v, http.StatusOK, v.words.Calls, "/", func(w *markup.Writer) {
		w.HTML(`<header class="page-head"><h1>{}</h1><p class="zone">{} <span data-zone>UTC</span></p></header>`, s.options.Name, v.words.TimesIn)
		s.form(w, v, asked)
		w.If(lost > 0, `<p class="find">{}</p>`, v.words.Unread.Of(v.lang, lost))
		switch {
		case len(shown) > 0:
			page.HistoryTable(w, table)
		case f == Filter{}:
			w.HTML(`<p class="nothing">{}</p>`, v.words.NothingYet)
		default:
			w.HTML(`<p class="nothing">{} <a href="{}">{}</a></p>`, v.words.NothingMatches, v.links.History(nil), v.words.ShowAll)
		}
		page.OtherPages(w, v.words, newest, older)
	}), nil
}

// form asks for the conditions of the list.
func (s *site) form(w *markup.Writer, v visit, asked url.Values) {
	w.HTML(`<details class="refine"`)
	w.If(asked.Get("number") != "" || asked.Get("failed") != "" || asked.Get("since") != "", ` open`)
	w.HTML(`><summary>{}</summary><form id="filter" method="get" action="/">`, v.words.Filter)
	w.If(v.links.Asked != "", `<input type="hidden" name="lang" value="{}">`, string(v.links.Asked))
	w.HTML(`<label><span>{}</span> <input id="f-number" name="number" value="{}" size="12" autocomplete="off" spellcheck="false"></label> `,
		v.words.Number, page.Plain(asked.Get("number")))
	w.HTML(`<label><span>{}</span> <select id="f-since" name="since">`, v.words.Since)
	for _, age := range []struct{ value, text string }{{"", v.words.AnyTime}, {"1h", v.words.LastHour}, {"24h", v.words.LastDay}, {"168h", v.words.LastWeek}} {
		w.HTML(`<option value="{}"`, age.value)
		w.If(age.value == asked.Get("since"), ` selected`)
		w.HTML(`>{}</option>`, age.text)
	}
	w.HTML(`</select></label> <label><span>{}</span> <input id="f-failed" type="checkbox" name="failed" value="true"`, v.words.OnlyFailed)
	w.If(asked.Get("failed") == "true", ` checked`)
	w.HTML(`></label> <button type="submit">{}</button></form></details>`, v.words.Apply)
}

// device is the page about the device itself.
func (s *site) device(ctx context.Context, v visit) (*reply, error) {
	status, err := s.options.Status(ctx)
	if err != nil {
		return nil, err
	}
	return s.render(v, http.StatusOK, v.words.ThisDevice, "/device", func(w *markup.Writer) {
		w.HTML(`<header class="page-head"><h1>{}</h1></header><pre class="raw status" lang="en" tabindex="0">{}</pre>`, s.options.Name, status)
	}), nil
}

// redacted reads the parameter of an export.
func redacted(v visit) bool {
	yes, err := strconv.ParseBool(v.query.Get("redact"))
	return err == nil && yes
}
