package markup

import (
	"errors"
	"fmt"
	"strings"
)

// Writer collects a document. Its zero value is an empty one.
type Writer struct {
	out []byte
	err error
}

// literal is markup as it stands in the program. Outside of this package only an untyped constant becomes one.
type literal string

// blank is where a text is filled in.
const blank = "{}"

// HTML writes markup with each {} replaced by the next text, escaped for where it stands: between tags, or in a quoted
// attribute. In href="{}" and src="{}" an address that leaves this site becomes "#" (see Local).
func (w *Writer) HTML(markup literal, texts ...string) {
	rest := string(markup)
	for _, text := range texts {
		before, after, found := strings.Cut(rest, blank)
		if !found {
			w.fail(fmt.Errorf("%d texts for %q", len(texts), string(markup)))
			break
		}
		if (strings.HasSuffix(before, `href="`) || strings.HasSuffix(before, `src="`)) && !Local(text) {
			text = "#"
		}
		w.out = escape(append(w.out, before...), text)
		rest = after
	}
	if strings.Contains(rest, blank) {
		w.fail(fmt.Errorf("only %d texts for %q", len(texts), string(markup)))
	}
	w.out = append(w.out, rest...)
}

// If writes markup on a condition: an attribute, most often.
func (w *Writer) If(so bool, markup literal, texts ...string) {
	if so {
		w.HTML(markup, texts...)
	}
}

var errStyle = errors.New("a style sheet holds markup")

// Style writes a style element. Style sheets are files, not constants; one that could end the element is left out.
func (w *Writer) Style(sheets ...string) {
	w.HTML("<style>\n")
	for _, sheet := range sheets {
		if strings.ContainsAny(sheet, "<&") {
			w.fail(errStyle)
			continue
		}
		w.out = append(w.out, sheet...)
	}
	w.HTML("</style>\n")
}

// Bytes is the document so far. It is valid until more is written.
func (w *Writer) Bytes() []byte { return w.out }

// Err is the first mistake of the program that wrote the document: texts that have no place, or places without a text.
func (w *Writer) Err() error { return w.err }

func (w *Writer) fail(err error) {
	if w.err == nil {
		w.err = fmt.Errorf("markup: %w", err)
	}
}
