// Package command is the agent's command line: a tree of commands, each with its flags and arguments, and the help that
// belongs to it. Flags are pflag's, and may stand anywhere behind their command.
//
// The agent does without cobra because of its size: see docs/adr/0018.
package command
