package page

import "sidetone/trace/markup"

// Layout writes a whole document around its content.
func Layout(w *markup.Writer, f *Frame, content func(*markup.Writer)) {
	head(w, f)
	w.HTML(`<body data-copied="{}" data-updated="{}" data-today="{}" data-yesterday="{}"`, f.Words.Copied, f.Words.CallsUpdated, f.Words.Today, f.Words.Yesterday)
	w.If(f.Live != "", ` data-live="{}"`, f.Live)
	w.HTML(`><a class="skip" href="#content">{}</a><header class="top"><a class="brand" href="{}">side<i>tone</i></a>`, f.Words.Skip, f.Links.History(nil))
	navigation(w, f)
	languages(w, f)
	w.HTML(`</header><main id="content" tabindex="-1">`)
	content(w)
	w.HTML(`</main><p id="announce" class="unseen" role="status" aria-live="polite"></p>`)
	hatching(w)
	w.HTML(`</body></html>`)
}

func head(w *markup.Writer, f *Frame) {
	w.HTML(`<!doctype html><html lang="{}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">`+
		`<meta name="color-scheme" content="light dark">`, string(f.Lang))
	w.If(len(f.Libraries) > 0, `<meta name="htmx-config" content='{"allowEval":false,"allowScriptTags":false,"includeIndicatorStyles":false,`+
		`"historyCacheSize":0,"refreshOnHistoryMiss":true}'>`)
	w.HTML(`<title>{} · Sidetone</title><link rel="icon" type="image/svg+xml" href="{}"><link rel="stylesheet" href="{}">`,
		f.Title, f.Links.Asset("icon.svg"), f.Links.Asset("page.css"))
	for _, name := range f.Styles {
		w.HTML(`<link rel="stylesheet" href="{}">`, f.Links.Asset(name))
	}
	for _, name := range f.Libraries {
		w.HTML(`<script defer src="{}"></script>`, f.Links.Asset(name))
	}
	for _, name := range f.Modules {
		w.HTML(`<script type="module" src="{}"></script>`, f.Links.Asset(name))
	}
	w.HTML(`</head>`)
}

func navigation(w *markup.Writer, f *Frame) {
	w.HTML(`<nav aria-label="{}">`, f.Words.MainNav)
	for _, item := range f.Nav {
		w.HTML(`<a href="{}"`, item.Address)
		w.If(item.Here, ` aria-current="page"`)
		w.HTML(`>{}</a>`, item.Label)
	}
	w.HTML(`</nav>`)
}

// languages is the switch; each language is named in its own.
func languages(w *markup.Writer, f *Frame) {
	w.HTML(`<nav class="lang" aria-label="{}">`, f.Words.LanguageNav)
	for i, item := range f.Languages {
		lang := string(item.Lang)
		w.If(i > 0, `<span aria-hidden="true">·</span>`)
		w.If(item.Here, ` <b lang="{}">{}</b>`, lang, item.Label)
		w.If(!item.Here, ` <a href="{}" lang="{}" hreflang="{}">{}</a>`, item.Address, lang, lang, item.Label)
	}
	w.HTML(`</nav>`)
}

// Trouble is the content of a page for what cannot be shown.
func Trouble(w *markup.Writer, words *Words, text string, links Links) {
	w.HTML(`<h1>{}</h1><p><a href="{}">{}</a></p>`, text, links.History(nil), words.BackToCalls)
}

// hatching holds the patterns that mark held time, beside its colour, in bars and in miniatures.
func hatching(w *markup.Writer) {
	w.HTML(`<svg class="unseen" width="0" height="0" aria-hidden="true" focusable="false"><defs>` +
		`<pattern id="hatch" width="9" height="9" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">` +
		`<rect class="hatch-ground" width="9" height="9"></rect> <rect class="hatch-line" width="2" height="9"></rect></pattern> ` +
		`<pattern id="hatch-small" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">` +
		`<rect class="hatch-ink" width="3" height="5"></rect></pattern></defs></svg>`)
}
