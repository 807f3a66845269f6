//go:build !unix

package main

import "os"

// terminalColumns takes every file for none of a terminal.
func terminalColumns(*os.File) (int, bool) { return 0, false }
