package main

import (
	"os"
	"os/signal"
	"syscall"
)

// forward hands SIGTERM on to the inner program; Ctrl-C reaches it by itself, and ends the outer one only behind it.
func forward(inner *os.Process) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		for s := range signals {
			if s == syscall.SIGTERM {
				_ = inner.Signal(s) // it may have ended
			}
		}
	}()
}
