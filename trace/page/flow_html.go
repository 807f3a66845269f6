package page

import (
	"slices"

	"sidetone/trace/ladder"
	"sidetone/trace/markup"
	"sidetone/trace/story"
)

// CallFlow writes the page of one call: the sentence, the facts, the phases, then story, ladder and message side by side.
func CallFlow(w *markup.Writer, f *Flow) {
	w.HTML(`<article id="flow" class="flow is-{}"`, string(f.Story.Verdict.Class))
	w.If(f.Changing, ` data-live="call.updated" data-id="{}"`, f.ID)
	w.If(f.ByClock, ` data-times="clock"`)
	w.HTML(`><p class="crumb"><a href="{}">{}</a> / <span title="{}">{}</span></p>`, f.Links.History(nil), f.Words.Calls, f.ID, f.Short)
	w.HTML(`<h1><bdi>{}</bdi> <span class="arrow" role="img" aria-label="{}">→</span> <bdi>{}</bdi></h1>`, f.Story.Caller.Name, f.Words.To, f.Story.Callee.Name)
	when(w, f)
	w.HTML(`<p class="verdict"><span class="mark" aria-hidden="true">{}</span> <b>{}</b> {}</p>`, f.Story.Verdict.Mark, f.Story.Verdict.Head, f.Story.Verdict.Text)
	facts(w, f.Story.Facts.List())
	if len(f.Bar.Slices) > 0 {
		phases(w, f.Bar)
	}
	w.HTML(`<nav class="tabs" aria-label="{}"><a href="#story" id="tab-story">{}</a> <a href="#ladder" id="tab-ladder">{}</a> <a href="#message" id="tab-message">{}</a></nav>`,
		f.Words.Parts, f.Words.WhatHappened, f.Words.Messages, f.Words.Message)
	w.HTML(`<div class="cols">`)
	storyCard(w, f)
	ladderCard(w, f)
	messageCard(w, f)
	w.HTML(`</div>`)
	for _, row := range f.Downloads {
		w.HTML(`<p class="downloads">{} `, row.Label)
		for _, file := range row.Files {
			w.HTML(`<a href="{}" download>{}</a>`, file.Address, file.Name)
		}
		w.HTML(`</p>`)
	}
	w.HTML(`</article>`)
}

func when(w *markup.Writer, f *Flow) {
	s := &f.Story
	w.HTML(`<p class="when">`)
	w.If(!s.StartAt.IsZero(), `<time datetime="{}" data-show="when">{}, {}</time> <span data-zone>UTC</span> `, Stamp(s.StartAt), Date(s.StartAt, f.Lang), ClockTime(s.StartAt))
	w.If(numbered(&s.Caller, &s.Callee), `<span class="numbers">· <bdi>{}</bdi> → <bdi>{}</bdi></span> `, numberOf(&s.Caller), numberOf(&s.Callee))
	w.If(s.Clock != "", `<span class="clock-warning">{}</span>`, s.Clock)
	w.HTML(`</p>`)
}

func facts(w *markup.Writer, list []story.Fact) {
	w.HTML(`<dl class="facts">`)
	for _, fact := range list {
		w.HTML(`<div><dt>{}</dt><dd>{} `, fact.Label, fact.Value)
		w.If(fact.Note != "", `<small>{}</small>`, fact.Note)
		w.HTML(`</dd></div>`)
	}
	w.HTML(`</dl>`)
}

func storyCard(w *markup.Writer, f *Flow) {
	w.HTML(`<section class="card" id="story" aria-labelledby="h-story"><header><h2 id="h-story">{}</h2><span class="tools">`, f.Words.WhatHappened)
	timesTool(w, f)
	w.HTML(`<button type="button" class="js tool" data-toggle="details" aria-pressed="true">{}</button></span></header>`, f.Words.Details)
	w.HTML(`<p class="unseen js" id="keys">{}</p><ol class="story" aria-describedby="keys">`, f.Words.Keys)
	for i := range f.Steps {
		step(w, &f.Steps[i], f.ByClock)
	}
	w.HTML(`</ol>`)
	for i := range f.Findings {
		finding(w, &f.Findings[i])
	}
	w.HTML(`</section>`)
}

func step(w *markup.Writer, s *Step, byClock bool) {
	class := "s-" + string(s.Class)
	if s.Selected {
		class += " on"
	}
	w.HTML(`<li class="{}" id="{}" data-evidence="{}" data-panel="{}"><a href="{}"`, class, stepPrefix+s.ID, ids(s.Evidence), s.Panel, s.Address)
	w.If(s.Selected, ` aria-current="true"`)
	shown := s.Offset
	if byClock {
		shown = ClockTime(s.At)
	}
	w.HTML(`><time datetime="{}" data-offset="{}">{}</time><span class="g" aria-hidden="true">{}</span> <span class="what">{}</span> <span class="dur"`,
		Stamp(s.At), s.Offset, shown, s.Glyph, s.Sentence)
	w.If(s.Open, ` data-since="{}"`, Stamp(s.At))
	w.HTML(`>{}</span> `, s.Duration)
	w.If(s.Detail != "", `<span class="sub">{}</span>`, s.Detail)
	w.HTML(`</a></li>`)
}

// timesTool switches between times since the start and times of day, in story and ladder together.
func timesTool(w *markup.Writer, f *Flow) {
	w.HTML(`<a class="tool" role="switch" data-times `)
	w.If(f.ByClock, `href="{}" aria-checked="true"`, f.OffsetLink)
	w.If(!f.ByClock, `href="{}" aria-checked="false"`, f.ClockLink)
	w.HTML(`>{}</a>`, f.Words.TimeOfDay)
}

func finding(w *markup.Writer, found *Finding) {
	w.HTML(`<div class="find f-{}"><b>{}</b> {} `, string(found.Severity), found.Lead, found.Sentence)
	w.If(found.Advice != "", `{} `, found.Advice)
	w.If(found.Address != "" && found.Show != "", `<a href="{}" data-show-evidence="{}">{}</a>`, found.Address, ids(found.Evidence), found.Show)
	w.HTML(`</div>`)
}

func ladderCard(w *markup.Writer, f *Flow) {
	w.HTML(`<section class="card" id="ladder" aria-labelledby="h-ladder"><header><h2 id="h-ladder">{}</h2><span class="tools">`, f.Words.Messages)
	timesTool(w, f)
	w.HTML(`</span></header><div class="scroll" tabindex="0" role="group" aria-label="{}"><div class="names" aria-hidden="true">`, f.Ladder.Title)
	// The head of the same drawing stays in view while the rows scroll.
	ladder.Ladder{Lang: f.Ladder.Lang, Lanes: f.Ladder.Lanes}.Draw(w, ladder.SVGOptions{Prefix: "n-"})
	w.HTML(`</div>`)
	drawing(w, f)
	w.HTML(`</div></section>`)
}

// drawing is the ladder with the times that the page shows.
func drawing(w *markup.Writer, f *Flow) {
	l := f.Ladder
	if f.ByClock {
		l.Rows = slices.Clone(l.Rows)
		for i := range l.Rows {
			if l.Rows[i].Offset != "" {
				l.Rows[i].Offset = ClockTime(l.Rows[i].At)
			}
		}
	}
	selected := ""
	if f.Selected.Row >= 0 {
		selected = l.Rows[f.Selected.Row].ID
	}
	l.Draw(w, ladder.SVGOptions{Selected: selected, Prefix: rowPrefix})
}
