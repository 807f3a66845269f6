//go:build !linux || small

package main

import "sidetone/internal/command"

// addTraceBrowseCommand adds nothing: a small agent has no terminal view.
func addTraceBrowseCommand(*command.Command) {}
