package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"sidetone/internal/command"
)

// version and commit are set by the linker.
var (
	version = "dev"
	commit  = ""
)

func newVersionCommand() *command.Command {
	return &command.Command{
		Use:     "version",
		Short:   "print the version",
		Example: "  sidetone-agent version",
		Run: func(cmd *command.Command, _ []string) error {
			source := ""
			if c := sourceCommit(); c != "" {
				source = " commit " + c
			}
			_, err := fmt.Fprintf(cmd.Out(), "sidetone-agent %s%s %s %s/%s\n", version, source, runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}

// sourceCommit is the commit that was built, "" when nobody knows.
func sourceCommit() string {
	if commit != "" {
		return commit
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value[:min(len(s.Value), 12)]
		}
	}
	return ""
}
