//go:build !linux || small

package main

import "github.com/spf13/cobra"

// addTraceBrowseCommand adds nothing: a small agent has no terminal view.
func addTraceBrowseCommand(*cobra.Command) {}
