package ladder

import (
	"sidetone/trace"
	"sidetone/trace/phrase"
)

// Build lays out the call that the views saw.
func Build(views []trace.View, lang phrase.Lang) Ladder {
	return Ladder{Lang: lang}
}
