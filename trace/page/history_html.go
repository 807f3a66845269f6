package page

import (
	"sidetone/trace/markup"
	"sidetone/trace/story"
)

// HistoryTable writes the list of calls: one row a call, under its day.
func HistoryTable(w *markup.Writer, h *History) {
	w.HTML(`<table class="calls"><thead><tr><th scope="col">{}</th><th scope="col">{}</th><th scope="col">{}</th><th scope="col">{}</th>`+
		`<th scope="col">{}</th><th scope="col">{}</th><th scope="col">{}</th></tr></thead> `,
		h.Words.Time, h.Words.Call, h.Words.Result, h.Words.Duration, h.Words.LastResponse, h.Words.EndedBy, h.Words.Audio)
	for _, day := range h.Days {
		w.HTML(`<tbody data-day="{}"><tr class="day"><th scope="rowgroup" colspan="7"><time datetime="{}" data-show="day">{}</time></th></tr>`,
			day.At.Format("2006-01-02"), Stamp(day.At), day.Date)
		for i := range day.Rows {
			historyRow(w, &day.Rows[i], h.Words)
		}
		w.HTML(`</tbody>`)
	}
	w.HTML(`</table>`)
}

func historyRow(w *markup.Writer, r *Row, words *Words) {
	w.HTML(`<tr class="call is-{}" id="call-{}"><td class="c-time"><time datetime="{}" data-show="time">{}</time></td>`,
		string(r.Class), r.ID, Stamp(r.At), ClockTime(r.At))
	w.HTML(`<td class="c-call"><a href="{}"><b><bdi>{}</bdi></b> <span class="arrow" aria-hidden="true">→</span> <span class="unseen">{}</span> <b><bdi>{}</bdi></b></a> `,
		r.Address, r.Caller.Name, words.To, r.Callee.Name)
	w.If(numbered(&r.Caller, &r.Callee), `<small><bdi>{}</bdi> <span aria-hidden="true">→</span> <bdi>{}</bdi></small>`, numberOf(&r.Caller), numberOf(&r.Callee))
	w.HTML(`</td><td class="c-result"><span class="result"><span class="mark" aria-hidden="true">{}</span> {}</span> `, r.Mark, r.Word)
	w.If(r.Missing != "", `<small class="missing">{}</small>`, r.Missing)
	w.HTML(`</td><td class="c-length">`)
	if len(r.Bar.Slices) > 0 {
		miniature(w, r.Bar, r.Length)
	}
	w.HTML(`<span class="length"`)
	w.If(r.Ticking, ` data-since="{}"`, Stamp(r.TickFrom))
	w.HTML(`>{}</span> `, r.Duration)
	w.If(r.Held != "", `<small class="held">{}</small>`, r.Held)
	w.HTML(`</td><td class="c-response">`)
	w.If(r.Response != "", `<b>{}</b> <small>{}</small>`, r.Response, r.Meaning)
	w.HTML(`</td><td class="c-side"><bdi>{}</bdi></td><td class="c-audio`, r.EndedBy)
	w.If(r.AudioPoor, ` poor`)
	w.HTML(`">`)
	w.If(r.Audio != "", `<small>MOS</small> {}`, r.Audio)
	w.HTML(`</td></tr>`)
}

// numbered tells whether either side is known by more than one name.
func numbered(a, b *story.Person) bool { return a.Number != "" || b.Number != "" }

// numberOf is a person's number, the name where there is none.
func numberOf(p *story.Person) string {
	if p.Number != "" {
		return p.Number
	}
	return p.Name
}

// OtherPages leads to the newest calls and to older ones, each where there is an address for them.
func OtherPages(w *markup.Writer, words *Words, newest, older string) {
	if older == "" && newest == "" {
		return
	}
	w.HTML(`<nav class="pages" hx-boost="true" aria-label="{}">`, words.Calls)
	w.If(newest != "", `<a href="{}">← {}</a> `, newest, words.NewestCalls)
	w.If(older != "", `<a class="older" rel="next" href="{}">{} →</a>`, older, words.OlderCalls)
	w.HTML(`</nav>`)
}
