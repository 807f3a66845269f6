package web

import (
	"strconv"
	"time"

	"sidetone/trace/markup"
	"sidetone/trace/page"
)

// deviceList writes the page of the devices.
func deviceList(w *markup.Writer, rows []deviceRow, v visit, words *page.Words) {
	w.HTML(`<header class="page-head"><h1>{}</h1><p class="zone">{} <span data-zone>UTC</span></p></header>`, words.Devices, words.TimesIn)
	w.HTML(`<div id="list" data-live="device.updated" data-address="{}">`, v.links.To("/devices", nil))
	if len(rows) == 0 {
		w.HTML(`<p class="nothing">{}</p></div>`, words.NoDevices)
		return
	}
	w.HTML(`<table class="devices"><thead><tr><th scope="col">{}</th><th scope="col">{}</th><th scope="col">{}</th><th scope="col">{}</th>`+
		`<th scope="col">{}</th><th scope="col">{}</th><th scope="col">{}</th><th scope="col">{}</th></tr></thead> <tbody>`,
		words.Device, words.State, words.LastSeen, words.Model, words.Agent, words.Address, words.Lines, words.Losses)
	for _, d := range rows {
		deviceEntry(w, d, v, words)
	}
	w.HTML(`</tbody></table></div>`)
}

func deviceEntry(w *markup.Writer, d deviceRow, v visit, words *page.Words) {
	w.HTML(`<tr class="is-{}"><th scope="row"><a href="{}"><bdi>{}</bdi></a> `, d.Class, d.Address, d.Name)
	w.If(d.Name != d.ID, `<small>{}</small>`, d.ID)
	w.HTML(`</th><td><span class="result"><span class="mark" aria-hidden="true">{}</span> {}</span>`, d.Mark, d.State)
	w.If(d.InMemory != "", `<small class="missing">{}</small>`, d.InMemory)
	w.HTML(`</td><td>`)
	moment(w, d.LastSeen, words)
	w.If(d.Waited != "", `<small>{}</small>`, d.Waited)
	w.HTML(`</td><td><bdi>{}</bdi>`, d.Model)
	if !d.Booted.IsZero() {
		w.HTML(`<small>{} `, v.words.UpSince)
		moment(w, d.Booted, words)
		w.HTML(`</small>`)
	}
	w.HTML(`</td><td><bdi>{}</bdi>`, d.Agent)
	w.If(d.Started != "", `<small>{}</small>`, d.Started)
	w.If(d.Config != "", `<small>{}</small>`, d.Config)
	w.If(d.ConfigRefused != "", `<small class="missing"><bdi>{}</bdi></small>`, d.ConfigRefused)
	w.HTML(`</td><td class="mono">{}</td><td class="lines">`, d.IP)
	for _, l := range d.Lines {
		w.HTML(`<span class="result is-{}" title="{}"><span class="mark" aria-hidden="true">{}</span> <bdi>{}</bdi> {} `, l.Class, l.Detail, l.Mark, l.User, l.State)
		w.If(l.Detail != "", `<small><bdi>{}</bdi></small>`, l.Detail)
		w.HTML(`</span>`)
	}
	w.HTML(`</td><td class="`)
	w.If(d.Lossy, `missing`)
	w.HTML(`">{}</td></tr>`, d.Losses)
}

// refusalList writes whom the broker turned away; nothing when that was nobody.
func refusalList(w *markup.Writer, rows []refusalRow, v visit, words *page.Words) {
	if len(rows) == 0 {
		return
	}
	w.HTML(`<header class="page-head"><h2>{}</h2><p class="zone">{}</p></header>`, v.words.TurnedAway, v.words.TurnedAwayText)
	w.HTML(`<table class="devices refusals"><thead><tr><th scope="col">{}</th><th scope="col">{}</th><th scope="col">{}</th><th scope="col">{}</th>`+
		`<th scope="col">{}</th><th scope="col">{}</th></tr></thead> <tbody>`, words.Device, v.words.Why, v.words.HowOften, words.LastSeen, words.Address, v.words.Asked)
	for _, r := range rows {
		w.HTML(`<tr><th scope="row"><bdi>{}</bdi></th><td>{}</td><td>{} ×</td><td>`, r.Device, r.Why, strconv.Itoa(r.Count))
		moment(w, r.Last, words)
		w.HTML(`</td><td class="mono">{}</td><td class="mono"><bdi>{}</bdi></td></tr>`, r.Address, r.What)
	}
	w.HTML(`</tbody></table>`)
}

func moment(w *markup.Writer, t time.Time, words *page.Words) {
	w.If(t.IsZero(), `{}`, words.Never)
	w.If(!t.IsZero(), `<time datetime="{}" data-show="moment">{}</time>`, page.Stamp(t), t.UTC().Format(time.DateTime))
}
