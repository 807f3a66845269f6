package web

import (
	"strconv"

	"sidetone/trace/markup"
	"sidetone/trace/page"
)

// callHistory writes the page of the calls.
func callHistory(w *markup.Writer, p historyPage) {
	w.HTML(`<div id="history" hx-target="#history" hx-select="#history" hx-swap="outerHTML show:none"><header class="page-head">`)
	sentence(w, p)
	w.HTML(`<p class="zone">{} <span data-zone>UTC</span></p></header>`, page.WordsIn(p.lang).TimesIn)
	refined := p.filter.active() || p.filter.store.Cursor != ""
	if len(p.list.Days) > 0 || refined {
		filterForm(w, p)
	}
	for _, problem := range p.filter.problems {
		w.HTML(`<p class="find" role="alert">{}</p>`, problem)
	}
	w.HTML(`<div id="list" data-live="call.updated" data-address="{}">`, p.address)
	switch {
	case len(p.list.Days) > 0:
		page.HistoryTable(w, p.list)
	case refined:
		w.HTML(`<p class="nothing" hx-boost="true">{} <a href="{}">{}</a></p>`, page.WordsIn(p.lang).NothingMatches, p.links.History(nil), page.WordsIn(p.lang).ShowAll)
	default:
		firstCall(w, p)
	}
	w.HTML(`</div>`)
	page.OtherPages(w, page.WordsIn(p.lang), p.newest, p.older)
	w.HTML(`</div>`)
}

// sentence says what is shown; each condition is a chip that takes itself back.
func sentence(w *markup.Writer, p historyPage) {
	w.HTML(`<h1 class="sentence" hx-boost="true">`)
	if !p.filter.active() {
		w.HTML(`{}</h1>`, page.WordsIn(p.lang).AllCalls)
		return
	}
	chips(w, p.before, p.words)
	w.If(len(p.before) > 0, ` {} `, p.words.CallsWord)
	w.If(len(p.before) == 0, `{} `, page.WordsIn(p.lang).Calls)
	chips(w, p.after, p.words)
	w.HTML(`</h1>`)
}

func chips(w *markup.Writer, list []chip, words words) {
	for _, c := range list {
		w.HTML(`<a class="chip" href="{}" aria-label="{}"><bdi>{}</bdi><span aria-hidden="true">×</span></a>`, c.Address, fill(words.Remove, c.Text), c.Text)
	}
}

// filterForm asks for the conditions in the order of the sentence. It is an ordinary form where there is no script.
func filterForm(w *markup.Writer, p historyPage) {
	query, words, common := p.filter.query, p.words, page.WordsIn(p.lang)
	w.HTML(`<details class="refine"><summary>{}</summary><form id="filter" method="get" action="/" hx-get="/" hx-trigger="change, submit" hx-push-url="true">`, common.Filter)
	w.If(p.links.Asked != "", `<input type="hidden" name="lang" value="{}"> `, string(p.links.Asked))
	w.HTML(`<input type="hidden" name="zone" value="{}"> `, query.Get(inZone))

	choice(w, words.LabelResult, byResult, query.Get(byResult), func(option func(value, text string)) {
		option("", words.AnyResult)
		for _, r := range results {
			option(string(r), words.Results[r])
		}
	})
	choice(w, words.LabelDevice, byDevice, query.Get(byDevice), func(option func(value, text string)) {
		option("", words.AnyDevice)
		for _, d := range p.devices {
			option(d.ID, deviceName(d))
		}
	})
	w.HTML(`<label><span>{}</span> <input id="f-number" name="number" value="{}" placeholder="{}" size="12" autocomplete="off" spellcheck="false"></label> `,
		common.Number, query.Get(byNumber), words.AnyNumber)
	choice(w, words.LabelSide, bySide, query.Get(bySide), func(option func(value, text string)) {
		option("", words.AnySide)
		for _, side := range sides {
			option(string(side), words.Sides[side])
		}
	})
	w.HTML(`<label><span>{}</span> <input id="f-response" name="last_response" value="{}" placeholder="{}" size="5" inputmode="numeric" pattern="[0-9]{1,3}" autocomplete="off"></label> `,
		words.LabelResponse, query.Get(byResponse), words.AnyResponse)
	choice(w, words.LabelHeld, byHeld, query.Get(byHeld), func(option func(value, text string)) {
		option("", words.AnyHold)
		for _, held := range []bool{true, false} {
			option(strconv.FormatBool(held), holdWord(words, held))
		}
	})
	w.HTML(`<label><span>{}</span> <input id="f-since" type="date" name="since" value="{}"></label> `, common.Since, query.Get(bySince))
	w.HTML(`<label><span>{}</span> <input id="f-until" type="date" name="until" value="{}"></label> `, words.LabelUntil, query.Get(byUntil))
	w.HTML(`<button type="submit">{}</button></form></details>`, common.Apply)
}

// choice writes a list to choose from, with the options that list gives.
func choice(w *markup.Writer, label, name, chosen string, list func(option func(value, text string))) {
	w.HTML(`<label><span>{}</span> <select id="f-{}" name="{}">`, label, name, name)
	list(func(value, text string) {
		w.HTML(`<option value="{}"`, value)
		w.If(value == chosen, ` selected`)
		w.HTML(`>{}</option>`, text)
	})
	w.HTML(`</select></label> `)
}

// firstCall tells how the first call gets here.
func firstCall(w *markup.Writer, p historyPage) {
	w.HTML(`<section class="empty"><h2>{}</h2><ol>`, page.WordsIn(p.lang).NothingYet)
	w.HTML(`<li>{}<pre>telemetry: {broker: "{}"}</pre></li>`, p.words.FirstStep, brokerAddress(p.broker))
	w.HTML(`<li>{}<pre>sidetone-agent run -c agent.yaml</pre></li>`, p.words.SecondStep)
	w.HTML(`<li>{}<pre>sidetone-agent call -c agent.yaml 102</pre></li></ol></section>`, p.words.ThirdStep)
}
