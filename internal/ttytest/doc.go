// Package ttytest is a terminal for tests: a screen that obeys what a program writes, and a pseudo-terminal to run it on.
package ttytest
