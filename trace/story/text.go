package story

import (
	"io"
	"time"
)

// TextOption changes how a story or a ladder is written to a terminal.
type TextOption func(*TextStyle)

// TextStyle is what the options add up to.
type TextStyle struct {
	Colour   bool           // ANSI colours, on top of words and shapes that say the same
	Location *time.Location // of clock times; UTC when nil
}

// InColour adds ANSI colours.
func InColour() TextOption { return func(s *TextStyle) { s.Colour = true } }

// In writes clock times in the given time zone.
func In(l *time.Location) TextOption { return func(s *TextStyle) { s.Location = l } }

// Text writes the story for a terminal of the given width in columns.
func Text(w io.Writer, s Story, width int, options ...TextOption) error {
	_, err := io.WriteString(w, s.Verdict.Sentence()+"\n")
	return err
}
