package main

import (
	"io"
	"os"
	"time"

	"sidetone/trace/story"
)

// plainWidth is the width of what is no terminal, or does not say how wide it is, in columns.
const plainWidth = 80

// terminalWidth is how wide to write to w.
func terminalWidth(w io.Writer) int {
	if f, ok := w.(*os.File); ok {
		if columns, isTerminal := terminalColumns(f); isTerminal && columns > 0 {
			return columns
		}
	}
	return plainWidth
}

// textStyle is how stories are written to w: in local time, and in colour on a terminal that has it, unless NO_COLOR is
// set (no-color.org), and in ASCII on one that is dumb.
func textStyle(w io.Writer) []story.TextOption {
	style := []story.TextOption{story.In(time.Local)}
	f, ok := w.(*os.File)
	if !ok {
		return style
	}
	switch _, isTerminal := terminalColumns(f); {
	case !isTerminal:
	case os.Getenv("TERM") == "dumb":
		style = append(style, story.InASCII())
	case os.Getenv("NO_COLOR") == "":
		style = append(style, story.InColour())
	}
	return style
}
