package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"sidetone/internal/command"
	"sidetone/trace"
	"sidetone/trace/export"
	"sidetone/trace/ladder"
	"sidetone/trace/story"
)

func newTraceShowCommand() *command.Command {
	var (
		from                    archiveFlags
		asLadder, asStory, asIs bool
		lang                    string
	)
	cmd := &command.Command{
		Use:   "show CALL",
		Short: "what happened to a call",
		Long: `show tells a call: what became of it, the facts, and its steps with the time of each.

CALL is the id of a call, the beginning of one, or the word last. The exit code is 3 when events of the call are missing, or
when the call has no end and no agent is running.`,
		Example: `  sidetone-agent trace show last
  sidetone-agent trace show 01JD7Q3V9K --ladder
  sidetone-agent trace show last --lang fr-CA
  sidetone-agent trace show last --raw > call.ndjson
  sidetone-agent trace show last -f capture.pcapng --ladder`,
		Run: func(cmd *command.Command, args []string) error {
			lang, err := parseLang(lang)
			if err != nil {
				return err
			}
			a, err := from.open(cmd)
			if err != nil {
				return err
			}
			c, err := readCall(cmd.Context(), a, args[0])
			if err != nil {
				return err
			}
			out := cmd.Out()
			switch {
			case asIs:
				err = c.writeLines(out)
			case asLadder:
				_, err = io.WriteString(out, ladder.Build(c.views(), lang).Text(terminalWidth(out), textStyle(out)...))
			default:
				err = story.Text(out, story.Tell(c.views(), lang), terminalWidth(out), textStyle(out)...)
			}
			if c.fold.Result == "" && a.abandoned(cmd.Context()) {
				c.lost = append(c.lost, errors.New(wordsIn(lang).noAgent))
			}
			return errors.Join(err, c.incomplete(lang))
		},
	}
	from.add(cmd)
	from.addFile(cmd)
	cmd.Flags().BoolVar(&asStory, "story", false, "as a story (the default)")
	cmd.Flags().BoolVar(&asLadder, "ladder", false, "as a ladder of messages")
	cmd.Flags().BoolVar(&asIs, "raw", false, "as the event lines that were recorded, which -f reads back")
	cmd.Exclude("story", "ladder", "raw")
	addLangFlag(cmd, &lang)
	return cmd
}

// recorded is a call as it was read.
type recorded struct {
	view  trace.View
	more  []trace.View // of the same call, from its other end
	lines [][]byte     // of the call's events
	fold  trace.Fold
	lost  []error
}

// views are all that there is of the call.
func (c *recorded) views() []trace.View { return append([]trace.View{c.view}, c.more...) }

// readCall finds a call and reads its events.
func readCall(ctx context.Context, a archive, ref string) (*recorded, error) {
	index, _, err := indexCalls(ctx, a)
	if err != nil {
		return nil, err
	}
	found, err := index.find(ref)
	if err != nil {
		return nil, err
	}
	c := &recorded{}
	g := gathering{call: found.ID, view: trace.View{Device: a.device, Name: a.name}}
	wanted := everyLine // in a file the id may be written in another way
	if a.file == "" {
		wanted = linesOf(found.ID)
	}
	c.lost, err = a.each(ctx, wanted, func(line []byte, e trace.Event) error {
		if g.add(e) {
			if a.file != "" && len(c.lines) == 0 {
				g.view.Device, g.view.Name = export.Owner(line)
			}
			c.lines = append(c.lines, append([]byte(nil), line...))
			c.fold.Add(e)
		}
		return nil
	})
	c.view = g.gathered()
	if views := a.viewsOf(found.ID); views != nil {
		c.view, c.more = views[0], views[1:]
		c.lost = nil // it is of other calls, as far as anybody knows
	}
	return c, err
}

func (c *recorded) writeLines(w io.Writer) error {
	lines := c.lines
	for e, own := range c.view.All() {
		var line []byte
		if own {
			var err error
			if line, err = e.Encode(); err != nil {
				return err
			}
		} else {
			line, lines = lines[0], lines[1:]
		}
		if _, err := fmt.Fprintf(w, "%s\n", line); err != nil {
			return err
		}
	}
	return nil
}

// incomplete is an error when events of the call are missing, or could not be read.
func (c *recorded) incomplete(lang story.Lang) error {
	lost := slices.Clone(c.lost)
	if c.fold.Missing > 0 {
		lost = append(lost, errors.New(wordsIn(lang).missing(c.fold.Missing)))
	}
	return partial(lost)
}
