package command

import (
	"fmt"
	"io"
	"strings"
)

// Help writes what the command is for, how it is written, and its flags.
func (c *Command) Help() error {
	var b strings.Builder
	about := c.Long
	if about == "" {
		about = c.Short
	}
	b.WriteString(about + "\n\nUsage:\n  " + c.line())
	if len(c.commands) > 0 && !strings.Contains(c.Use, " ") {
		b.WriteString(" COMMAND")
	}
	if c.all().HasFlags() && !strings.Contains(c.Use, " -") {
		b.WriteString(" [flags]")
	}
	b.WriteString("\n")
	if c.Example != "" {
		b.WriteString("\nExamples:\n" + c.Example + "\n")
	}
	if len(c.commands) > 0 {
		b.WriteString("\nCommands:\n" + c.list())
	}
	if flags := c.all(); flags.HasFlags() {
		b.WriteString("\nFlags:\n" + flags.FlagUsages())
	}
	if len(c.commands) > 0 {
		fmt.Fprintf(&b, "\n%s COMMAND --help says more about each.\n", c.Path())
	}
	_, err := io.WriteString(c.Out(), b.String())
	return err
}

// list is a line for each command below.
func (c *Command) list() string {
	width := 0
	for _, sub := range c.commands {
		width = max(width, len(sub.Use))
	}
	var b strings.Builder
	for _, sub := range c.commands {
		fmt.Fprintf(&b, "  %-*s  %s\n", width, sub.Use, sub.Short)
	}
	return b.String()
}
