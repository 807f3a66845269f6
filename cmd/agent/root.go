package main

import "sidetone/internal/command"

func newRoot() *command.Command {
	root := &command.Command{
		Use:   "sidetone-agent",
		Short: "A telephone that records its calls and tells them in plain words",
		Long: `sidetone-agent is a SIP telephone that writes down everything that happens to its calls, on the wire and on the device,
tells it in plain words, and publishes it to a collector.

Exit codes: 0 good, 1 failed, 2 wrong command line, 3 done, but something is missing.`,
		Example: `  sidetone-agent run -c agent.yaml         be the phone
  sidetone-agent ctl dial 102              call somebody from the running phone
  sidetone-agent trace show last           what happened to the last call`,
	}
	root.Add(newRunCommand(), newCheckCommand(), newCtlCommand(), newTraceCommand(), newCallCommand(), newVersionCommand())
	return root
}
