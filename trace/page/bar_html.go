package page

import "sidetone/trace/markup"

// phases draws a bar to scale with the times below it. Positions are attributes, since inline style is not allowed.
func phases(w *markup.Writer, b Bar) {
	w.HTML(`<figure class="phases" role="img" aria-label="{}"><svg width="100%" height="52" aria-hidden="true" focusable="false">`+
		`<svg class="track" width="100%" height="30">`, b.Label)
	for _, s := range b.Slices {
		w.HTML(`<svg class="phase p-{}" x="{}" width="{}" height="30"><title>{}</title><rect width="100%" height="30"></rect> `+
			`<text class="{}" x="8" y="19.5">{}</text> <text class="{}" x="8" y="19.5">{}</text> `+
			`<line class="seam" x1="100%" x2="100%" y1="0" y2="30"></line></svg>`,
			string(s.Kind), percent(s.X), percent(s.Width), s.Label, s.LabelAt, s.Label, s.WordAt, s.Word)
	}
	w.HTML(`</svg> `)
	for _, t := range b.Ticks {
		w.HTML(`<text class="tick {}" x="{}" y="47" text-anchor="{}"><tspan data-stamp="{}" data-show="time">{}</tspan> `,
			t.ShowAt, percent(t.X), t.Anchor, Stamp(t.At), ClockTime(t.At))
		w.If(t.Word != "", `<tspan> {}</tspan>`, t.Word)
		w.HTML(`</text>`)
	}
	w.HTML(`</svg></figure>`)
}

// miniature is a bar for a row of a list: no words, its length says how long the call was.
func miniature(w *markup.Writer, b Bar, length float64) {
	w.HTML(`<svg class="mini" width="100%" height="10" role="img" aria-label="{}"><svg width="{}" height="10">`, b.Label, percent(length))
	for _, s := range b.Slices {
		w.HTML(`<svg class="phase p-{}" x="{}" width="{}" height="10"><rect width="100%" height="10"></rect> `+
			`<line class="seam" x1="100%" x2="100%" y1="0" y2="10"></line></svg>`, string(s.Kind), percent(s.X), percent(s.Width))
	}
	w.HTML(`</svg></svg>`)
}
