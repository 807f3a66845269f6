package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// explainArguments makes commands answer wrong arguments with how they are written.
func explainArguments(cmd *cobra.Command) {
	for _, sub := range cmd.Commands() {
		explainArguments(sub)
	}
	check := cmd.Args
	if cmd.HasSubCommands() || check == nil {
		return
	}
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if check(cmd, args) == nil {
			return nil
		}
		path := cmd.CommandPath()
		_, rest, _ := strings.Cut(cmd.Use, " ")
		return fmt.Errorf("%s; write it as: %s; see %s --help",
			countFault(cmd.Use, args), strings.TrimSpace(path+" "+rest), path)
	}
}

// countFault says what is wrong with the number of arguments; use names those that a command takes.
func countFault(use string, args []string) string {
	wanted := 0
	for _, word := range strings.Fields(use)[1:] {
		if word != strings.ToUpper(word) || strings.HasPrefix(word, "[") {
			continue
		}
		if wanted++; wanted > len(args) {
			return word + " is missing"
		}
	}
	return fmt.Sprintf("%q is too much", args[len(args)-1])
}

// excludeEachOther refuses a command line with more than one of these flags.
func excludeEachOther(cmd *cobra.Command, names ...string) {
	next := cmd.PreRunE
	cmd.PreRunE = func(cmd *cobra.Command, args []string) error {
		var set []string
		for _, name := range names {
			if cmd.Flags().Changed(name) {
				set = append(set, "--"+name)
			}
		}
		switch {
		case len(set) > 1:
			return fmt.Errorf("%s exclude each other; see %s --help", strings.Join(set, " and "), cmd.CommandPath())
		case next != nil:
			return next(cmd, args)
		}
		return nil
	}
}
