package command

import (
	"context"
	"io"
	"os"
	"strings"

	"github.com/spf13/pflag"
)

// Command is one word of a command line. One that holds others does nothing itself but show its help.
type Command struct {
	// Use is the word and the arguments behind it: "transfer TARGET [CALL]". What is in capital letters is an argument, and may be
	// left out when it stands in brackets.
	Use     string
	Short   string // one line, for the list of commands
	Long    string // for the help; Short when it is ""
	Example string
	// Run does the work. Its error is its own, never a Fault.
	Run func(c *Command, args []string) error

	parent     *Command
	commands   []*Command
	flags      *pflag.FlagSet // of this command alone
	persistent *pflag.FlagSet // of this command and those below it
	given      *pflag.FlagSet // all that apply, once a command line was read
	excluding  [][]string
	streams    streams
	ctx        context.Context
}

// streams are what a root command reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// Add puts commands below this one.
func (c *Command) Add(commands ...*Command) {
	for _, sub := range commands {
		sub.parent = c
	}
	c.commands = append(c.commands, commands...)
}

// Commands lists the commands below this one, in the order in which they were added.
func (c *Command) Commands() []*Command { return c.commands }

// Name is the word of the command.
func (c *Command) Name() string {
	name, _, _ := strings.Cut(c.Use, " ")
	return name
}

// Path is the command with the words before it: "sidetone-agent trace show".
func (c *Command) Path() string {
	if c.parent == nil {
		return c.Name()
	}
	return c.parent.Path() + " " + c.Name()
}

// Flags are those of this command.
func (c *Command) Flags() *pflag.FlagSet { return lazily(&c.flags) }

// PersistentFlags are those of this command and of the ones below it.
func (c *Command) PersistentFlags() *pflag.FlagSet { return lazily(&c.persistent) }

func lazily(set **pflag.FlagSet) *pflag.FlagSet {
	if *set == nil {
		*set = pflag.NewFlagSet("", pflag.ContinueOnError)
	}
	return *set
}

// Given tells whether a flag stands on the command line.
func (c *Command) Given(flag string) bool { return c.given != nil && c.given.Changed(flag) }

// Exclude refuses a command line with more than one of these flags.
func (c *Command) Exclude(flags ...string) { c.excluding = append(c.excluding, flags) }

// Connect says where the command and those below it read and write; else that is where the process does.
func (c *Command) Connect(in io.Reader, out, err io.Writer) { c.streams = streams{in, out, err} }

// Context is that of Execute.
func (c *Command) Context() context.Context { return c.root().ctx }

// In is where the command reads what is typed.
func (c *Command) In() io.Reader {
	if in := c.root().streams.in; in != nil {
		return in
	}
	return os.Stdin
}

// Out is where results go.
func (c *Command) Out() io.Writer {
	if out := c.root().streams.out; out != nil {
		return out
	}
	return os.Stdout
}

// Err is where notes go that are no result.
func (c *Command) Err() io.Writer {
	if err := c.root().streams.err; err != nil {
		return err
	}
	return os.Stderr
}

func (c *Command) root() *Command {
	for c.parent != nil {
		c = c.parent
	}
	return c
}
