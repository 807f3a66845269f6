package command

import (
	"fmt"
	"strings"

	"sidetone/internal/spelling"
)

// arguments are the names of those that a command takes, and how many of them must be there.
func (c *Command) arguments() (names []string, least int) {
	for _, word := range strings.Fields(c.Use)[1:] {
		if word != strings.ToUpper(word) { // a flag and its value
			continue
		}
		names = append(names, word)
		if !strings.HasPrefix(word, "[") {
			least++
		}
	}
	return names, least
}

// checkCount refuses too few arguments and too many.
func (c *Command) checkCount(args []string) error {
	names, least := c.arguments()
	var wrong string
	switch {
	case len(args) < least:
		wrong = names[len(args)] + " is missing"
	case len(args) > len(names):
		wrong = fmt.Sprintf("%q is too much", args[len(args)-1])
	default:
		return nil
	}
	return c.fault("%s; write it as: %s", wrong, c.line())
}

// line is the command with its arguments.
func (c *Command) line() string {
	if c.parent == nil {
		return c.Use
	}
	return c.parent.Path() + " " + c.Use
}

// checkExclusions refuses flags that contradict each other.
func (c *Command) checkExclusions() error {
	for _, flags := range c.excluding {
		var given []string
		for _, name := range flags {
			if c.Given(name) {
				given = append(given, "--"+name)
			}
		}
		if len(given) > 1 {
			return c.fault("%s exclude each other", strings.Join(given, " and "))
		}
	}
	return nil
}

// didYouMean names the command that a mistyped word is near.
func (c *Command) didYouMean(word string) string {
	var names []string
	for _, sub := range c.commands {
		names = append(names, sub.Name())
	}
	if best := spelling.Nearest(word, names); best != "" {
		return ", did you mean " + best + "?"
	}
	return ""
}
