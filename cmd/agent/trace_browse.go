//go:build linux && !small

package main

import (
	"context"
	"errors"
	"io"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"sidetone/internal/command"
	"sidetone/trace"
	"sidetone/trace/browse"
)

// addTraceBrowseCommand adds the terminal view, which a small agent leaves out.
func addTraceBrowseCommand(parent *command.Command) {
	var (
		from  archiveFlags
		lang  string
		plain bool
	)
	cmd := &command.Command{
		Use:   "browse [CALL]",
		Short: "look through the calls in this terminal",
		Long: `browse shows the calls, the story of each, its messages, and two messages compared. It goes on while the agent runs: calls that
come in appear, and an open call grows. The keys stand at the bottom; ? lists them all.

--plain is for a serial console: ASCII only, and little is sent for each key. With TERM=dumb lines are written one below the other.`,
		Example: `  sidetone-agent trace browse
  sidetone-agent trace browse last --lang fr-CA
  sidetone-agent trace browse -f calls.ndjson
  sidetone-agent trace browse --plain`,
		Run: func(cmd *command.Command, args []string) error {
			lang, err := parseLang(lang)
			if err != nil {
				return err
			}
			a, err := from.open(cmd)
			if err != nil {
				return err
			}
			t, err := openConsole(cmd.In(), cmd.Out())
			if err != nil {
				return err
			}
			typed := os.Getenv("TERM") == "dumb"
			plain = plain || typed
			switch {
			case typed:
			case plain:
				t.take, t.give = takePlain, givePlain
			default:
				t.take, t.give = takeScreen, giveScreen
			}
			b := &browser{
				console: t,
				screen:  browse.Screen{Plain: plain, Typed: typed, Colour: os.Getenv("NO_COLOR") == ""},
				model:   browse.New(browse.Options{Lang: lang, Location: time.Local, Plain: plain}),
			}
			return b.browse(cmd.Context(), a, args)
		},
	}
	from.add(cmd)
	from.addFile(cmd)
	cmd.Flags().BoolVar(&plain, "plain", false, "ASCII without colours, for a serial console")
	addLangFlag(cmd, &lang)
	parent.Add(cmd)
}

// browser runs the terminal view: a model, the terminal that shows it, and the archive that it is about. All of it belongs to
// the one goroutine of browse.
type browser struct {
	console *console
	screen  browse.Screen
	decoder browse.Decoder
	model   *browse.Model
	feed    *feed
}

// browse shows the calls until somebody has seen enough.
func (b *browser) browse(ctx context.Context, a archive, args []string) (err error) {
	if b.feed, err = openFeed(ctx, a); err != nil {
		return err
	}
	defer b.feed.close()
	b.list()
	if len(args) > 0 {
		found, err := b.feed.index.find(args[0])
		if err != nil {
			return err
		}
		if err := b.open(ctx, found.ID); err != nil {
			return err
		}
	}
	return b.console.hold(func() error { return b.run(ctx) })
}

// keyPatience is how long what follows an escape character may take: a key's bytes come at once, even at 9600 baud.
const keyPatience = 60 * time.Millisecond

// run shows, waits for a key, a signal or the time to look at the journal, and shows again.
func (b *browser) run(ctx context.Context) error {
	b.model.Resize(b.console.size())
	for ctx.Err() == nil {
		if err := b.console.write(b.screen.Draw(b.model.Frame())); err != nil {
			return err
		}
		if over, err := b.turn(ctx); over || err != nil {
			return err
		}
	}
	return nil
}

// turn takes what has happened. Keys that wait already are taken together, so that a slow line shows only where they lead.
func (b *browser) turn(ctx context.Context) (over bool, err error) {
	patience := followPoll
	if b.decoder.Waiting() {
		patience = keyPatience
	}
	for {
		typed, err := b.console.read(patience)
		if errors.Is(err, io.EOF) { // nobody is there any more
			return true, nil
		}
		if err != nil {
			return true, err
		}
		keys := b.decoder.Feed(typed)
		if len(typed) == 0 && patience == keyPatience {
			keys = b.decoder.Flush()
		}
		for _, k := range keys {
			if over, err := b.press(ctx, k); over || err != nil {
				return over, err
			}
		}
		if len(typed) == 0 {
			break
		}
		patience = 0
	}
	for {
		select {
		case s := <-b.console.signals:
			if over, err := b.signal(s); over || err != nil {
				return over, err
			}
		default:
			return false, b.look(ctx)
		}
	}
}

func (b *browser) press(ctx context.Context, k browse.Key) (over bool, err error) {
	if k == browse.Redraw {
		b.screen.Forget()
	}
	wish := b.model.Key(k)
	if wish.Open != "" {
		err = b.open(ctx, wish.Open)
	}
	return wish.Quit, err
}

// signal obeys a signal: all but these two end the view.
func (b *browser) signal(s os.Signal) (over bool, err error) {
	switch s {
	case unix.SIGTSTP:
		err = b.console.suspend()
	case unix.SIGCONT: // somebody else may have had the terminal
		err = b.console.enter()
	case unix.SIGWINCH:
	default:
		return true, nil
	}
	b.screen.Forget()
	b.model.Resize(b.console.size())
	return false, err
}

// look takes what was recorded since the last time.
func (b *browser) look(ctx context.Context) error {
	news, err := b.feed.poll(ctx, b.model.Add)
	if news {
		b.list()
	}
	return err
}

func (b *browser) list() {
	b.model.SetCalls(b.feed.summaries())
	b.model.SetMissing(b.feed.missing)
}

// open reads a call for the model.
func (b *browser) open(ctx context.Context, id string) error {
	v, err := b.feed.call(ctx, id)
	if err == nil {
		up := trace.Summarize(v.Events).Result == ""
		b.model.Show(id, v, up && b.feed.archive.abandoned(ctx))
	}
	return err
}
