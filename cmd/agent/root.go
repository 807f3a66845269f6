package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "sidetone-agent",
		Short: "A telephone that records its calls and tells them in plain words",
		Long: `sidetone-agent is a SIP telephone that writes down everything that happens to its calls, on the wire and on the device,
tells it in plain words, and publishes it to a collector.

Exit codes: 0 good, 1 failed, 2 wrong command line, 3 done, but something is missing.`,
		Example: `  sidetone-agent run -c agent.yaml         be the phone
  sidetone-agent ctl dial 102              call somebody from the running phone
  sidetone-agent trace show last           what happened to the last call`,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return fmt.Errorf("%w; see %s --help", err, cmd.CommandPath())
	})
	asGroup(root)
	root.AddCommand(newRunCommand(), newCheckCommand(), newCtlCommand(), newTraceCommand(), newCallCommand(), newVersionCommand())
	explainArguments(root)
	markFailures(root)
	return root
}

// asGroup makes a command that only holds others: alone it shows its help, and a word that is none of them is an error.
func asGroup(cmd *cobra.Command) {
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		hint := ""
		if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
			hint = ", did you mean " + strings.Join(near, " or ") + "?"
		}
		return fmt.Errorf("unknown command %q%s; see %s --help", args[0], hint, cmd.CommandPath())
	}
	cmd.SuggestionsMinimumDistance = 2
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
}
