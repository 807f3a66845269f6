package main

import "sidetone/internal/command"

func newTraceCommand() *command.Command {
	cmd := &command.Command{
		Use:   "trace",
		Short: "read what was recorded of the calls",
		Long: `trace reads the journal of this device. It works while the agent runs and when it does not, and needs no network.

CALL is the id of a call, the beginning of one, or the word last.`,
		Example: `  sidetone-agent trace list --since 2h --failed
  sidetone-agent trace show last
  sidetone-agent trace show last --ladder
  sidetone-agent trace export last -o call.pcapng
  sidetone-agent trace follow
  sidetone-agent trace explain 486`,
	}
	addTraceBrowseCommand(cmd)
	cmd.Add(newTraceListCommand(), newTraceShowCommand(), newTraceExportCommand(), newTraceFollowCommand(), newTraceExplainCommand())
	return cmd
}
