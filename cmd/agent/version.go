package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// version and commit are set by the linker.
var (
	version = "dev"
	commit  = ""
)

func newVersionCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "print the version",
		Example: "  sidetone-agent version",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			source := ""
			if c := sourceCommit(); c != "" {
				source = " commit " + c
			}
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "sidetone-agent %s%s %s %s/%s\n", version, source, runtime.Version(), runtime.GOOS, runtime.GOARCH)
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
