package page

import (
	"fmt"
	"time"

	"sidetone/trace/markup"
)

// messageCard holds a panel for everything that can be selected; all but the selected one are hidden.
func messageCard(w *markup.Writer, f *Flow) {
	w.HTML(`<section class="card" id="message" aria-label="{}">`, f.Words.Message)
	for i := range f.Panels {
		p := &f.Panels[i]
		w.HTML(`<article class="panel" id="{}" data-at="{}" data-offset="{}"`, p.ID, Stamp(p.At), p.Offset)
		w.If(!p.Selected, ` hidden`)
		w.If(p.Stub != "", ` data-stub="{}"`, p.Stub)
		w.HTML(`>`)
		panel(w, p, f.Words)
		w.HTML(`</article>`)
	}
	w.If(len(f.Panels) == 0, `<header><h2>{}</h2></header><p class="raw-head">{}</p>`, f.Words.Message, f.Words.Nothing)
	w.HTML(`</section>`)
}

func panel(w *markup.Writer, p *Panel, words *Words) {
	w.HTML(`<header><h2>{}</h2><span class="tools">`, p.Title)
	w.If(len(p.Lines) > 0, `<button type="button" class="js" data-copy>{}</button>`, words.Copy)
	w.HTML(`</span></header><p class="raw-head"><bdi>{}</bdi> `, p.Route)
	w.If(p.Transport != "", `· {} `, p.Transport)
	crossing(w, " · "+words.Sent+" ", p.Sent)
	if p.Sent.IsZero() {
		crossing(w, " · "+words.Received+" ", p.Received)
	} else {
		crossing(w, ", "+words.Received+" ", p.Received)
	}
	w.HTML(`</p>`)
	if len(p.Lines) > 0 {
		rawText(w, p.Lines)
	}
	w.If(p.NoRaw, `<p class="raw-note">{}</p>`, words.NoRaw)
	w.If(p.Cut, `<p class="raw-note">{}</p>`, words.RawCut)
	w.If(p.Stub != "", `<p class="raw-note"><a href="{}">{}</a></p>`, p.Stub, words.ShowMessage)
	if len(p.Other) > 0 {
		w.HTML(`<details class="other"><summary>{}</summary>`, fmt.Sprintf(words.AsReceived, p.OtherBy))
		rawText(w, p.Other)
		w.HTML(`</details>`)
	}
	proof(w, p, words)
}

// crossing says when the message left or arrived, to the microsecond.
func crossing(w *markup.Writer, lead string, at time.Time) {
	w.If(!at.IsZero(), `{} <time datetime="{}" data-show="exact">{}</time>`, lead, Stamp(at), exactTime(at))
}

// proof lists what is known of the selection, where the story tells it, and the events that prove it.
func proof(w *markup.Writer, p *Panel, words *Words) {
	w.HTML(`<dl class="ev">`)
	for _, fact := range p.Facts {
		w.HTML(`<dt>{}</dt><dd>{}</dd>`, fact.Label, fact.Value)
	}
	w.If(p.StepSentence != "", `<dt>{}</dt><dd><a href="{}" data-show-evidence="{}">{}</a></dd>`, words.InTheStory, p.StepAddress, p.StepID, p.StepSentence)
	w.If(len(p.Evidence) > 0, `<dt>{}</dt>`, words.Evidence)
	for _, proof := range p.Evidence {
		w.HTML(`<dd><bdi>{}</bdi>, {} <small>{}</small></dd>`, proof.Device, proof.Text, proof.Kind)
	}
	w.HTML(`</dl>`)
}

// rawText writes the lines of a message, in which every space counts.
func rawText(w *markup.Writer, lines []Line) {
	w.HTML(`<pre class="raw" tabindex="0" translate="no">`)
	for _, l := range lines {
		for _, p := range l {
			switch p.Class {
			case "start":
				w.HTML(`<b class="r-start">{}</b>`, p.Text)
			case "mark":
				w.HTML(`<mark class="r-mark">{}</mark>`, p.Text)
			case "":
				w.HTML(`{}`, p.Text)
			default:
				w.HTML(`<span class="r-{}">{}</span>`, p.Class, p.Text)
			}
		}
		w.HTML("\n")
	}
	w.HTML(`</pre>`)
}
