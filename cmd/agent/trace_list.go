package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"sidetone/internal/command"
	"sidetone/trace"
	"sidetone/trace/phrase"
	"sidetone/trace/story"
)

// callFilter says which calls are listed.
type callFilter struct {
	since  time.Duration // 0 = all
	number string
	failed bool
}

func newTraceListCommand() *command.Command {
	var (
		from   archiveFlags
		filter callFilter
		asJSON bool
		lang   string
	)
	cmd := &command.Command{
		Use:   "list",
		Short: "the calls, newest first",
		Long: `list shows the calls, newest first: when each began, with whom (→ called, ← called by), what became of it, how long it took,
and its id.`,
		Example: `  sidetone-agent trace list --since 2h
  sidetone-agent trace list --failed --number 102
  sidetone-agent trace list --json -f calls.ndjson
  sidetone-agent trace list -f capture.pcap`,
		Run: func(cmd *command.Command, _ []string) error {
			lang, err := parseLang(lang)
			if err != nil {
				return err
			}
			a, err := from.open(cmd)
			if err != nil {
				return err
			}
			index, lost, err := indexCalls(cmd.Context(), a)
			if err != nil {
				return err
			}
			calls := filter.choose(index.calls, time.Now())
			if asJSON {
				err = writeSummaries(cmd.Out(), calls)
			} else {
				err = writeList(cmd.Out(), calls, lang)
			}
			return errors.Join(err, partial(lost))
		},
	}
	from.add(cmd)
	from.addFile(cmd)
	cmd.Flags().Var((*since)(&filter.since), "since", "only calls that began within this time, such as 2h or 7d")
	cmd.Flags().StringVar(&filter.number, "number", "", "only calls with this in the number or the name of either side")
	cmd.Flags().BoolVar(&filter.failed, "failed", false, "only calls that failed, were blocked or were cut off")
	cmd.Flags().BoolVar(&asJSON, "json", false, "for programs: an array of summaries")
	addLangFlag(cmd, &lang)
	return cmd
}

// choose gives the calls that pass, newest first.
func (f callFilter) choose(calls []*indexed, now time.Time) []*indexed {
	var chosen []*indexed
	for _, c := range slices.Backward(calls) {
		if f.passes(c, now) {
			chosen = append(chosen, c)
		}
	}
	return chosen
}

func (f callFilter) passes(c *indexed, now time.Time) bool {
	switch {
	case f.since > 0 && c.StartedAt.Before(now.Add(-f.since)):
		return false
	case f.failed && story.Brief(c.Summary, story.En).Class != story.Bad:
		return false
	case f.number == "":
		return true
	}
	wanted := strings.ToLower(f.number)
	for _, p := range []trace.Party{c.From, c.To} {
		if strings.Contains(strings.ToLower(phrase.User(p.URI)), wanted) || strings.Contains(strings.ToLower(p.Name), wanted) {
			return true
		}
	}
	return false
}

func writeSummaries(w io.Writer, calls []*indexed) error {
	all := make([]trace.Summary, len(calls)) // an empty array rather than null
	for i, c := range calls {
		all[i] = c.Summary
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(all)
}

func writeList(w io.Writer, calls []*indexed, lang story.Lang) error {
	say := wordsIn(lang)
	if len(calls) == 0 {
		_, err := fmt.Fprintln(w, say.noCalls)
		return err
	}
	rows := make([][]string, len(calls))
	for i, c := range calls {
		v := story.Brief(c.Summary, lang)
		took, missing := "", ""
		if c.TotalUS > 0 {
			took = lang.Duration(c.TotalUS.Duration())
		}
		if c.Missing > 0 {
			missing = say.missing(c.Missing)
		}
		rows[i] = []string{startText(c.Summary), whoText(c.Summary), v.Mark + " " + v.Word, took, phrase.Clean(c.ID), missing}
	}
	_, err := io.WriteString(w, columns(rows))
	return err
}
