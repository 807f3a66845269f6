package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/pflag"
)

// Fault is what is wrong with a command line.
type Fault struct{ err error }

func (f *Fault) Error() string { return f.err.Error() }

// Unwrap gives what was found.
func (f *Fault) Unwrap() error { return f.err }

func (c *Command) fault(format string, args ...any) error {
	return &Fault{fmt.Errorf(format+"; see %s --help", append(args, c.Path())...)}
}

// Execute finds the command that a command line means, and runs it. What is wrong with the line itself is a Fault.
func (c *Command) Execute(ctx context.Context, line []string) error {
	c.ctx = ctx
	sub, rest, err := c.find(line)
	if err != nil {
		return err
	}
	args, err := sub.parse(rest)
	switch {
	case errors.Is(err, pflag.ErrHelp):
		return sub.Help()
	case err != nil:
		return sub.fault("%w", err)
	}
	if len(sub.commands) > 0 {
		if len(args) > 0 {
			return sub.fault("unknown command %q%s", args[0], sub.didYouMean(args[0]))
		}
		return sub.Help()
	}
	if err := sub.checkCount(args); err != nil {
		return err
	}
	if err := sub.checkExclusions(); err != nil {
		return err
	}
	return sub.Run(sub, args)
}

// find goes down the words of a line. Flags may stand between them.
func (c *Command) find(line []string) (*Command, []string, error) {
	var rest []string
	for len(line) > 0 && len(c.commands) > 0 {
		word := line[0]
		switch {
		case word == "help" && c.parent == nil:
			line = append(append([]string(nil), line[1:]...), "--help")
			continue
		case word == "--":
			return c, append(rest, line...), nil
		case strings.HasPrefix(word, "-") && word != "-":
			n := c.flagWords(line)
			rest, line = append(rest, line[:n]...), line[n:]
			continue
		}
		next := c.child(word)
		if next == nil {
			break
		}
		c, line = next, line[1:]
	}
	return c, append(rest, line...), nil
}

func (c *Command) child(word string) *Command {
	for _, sub := range c.commands {
		if sub.Name() == word {
			return sub
		}
	}
	return nil
}

// flagWords is how many words of a line its first flag takes: two when its value stands apart.
func (c *Command) flagWords(line []string) int {
	word := line[0]
	set := c.all()
	var flag *pflag.Flag
	switch name := strings.TrimPrefix(word, "--"); {
	case strings.Contains(word, "="):
	case name != word:
		flag = set.Lookup(name)
	case len(word) == 2:
		flag = set.ShorthandLookup(word[1:])
	}
	if flag == nil || flag.NoOptDefVal != "" || len(line) < 2 {
		return 1
	}
	return 2
}

// all is every flag that applies to the command.
func (c *Command) all() *pflag.FlagSet {
	set := pflag.NewFlagSet(c.Path(), pflag.ContinueOnError)
	set.SetOutput(io.Discard)
	set.Usage = func() {}
	set.AddFlagSet(c.flags)
	for up := c; up != nil; up = up.parent {
		set.AddFlagSet(up.persistent)
	}
	return set
}

func (c *Command) parse(words []string) (args []string, err error) {
	c.given = c.all()
	if err := c.given.Parse(words); err != nil {
		return nil, err
	}
	return c.given.Args(), nil
}
