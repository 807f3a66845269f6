// Package terminal lays text out in columns of a terminal: display width, wrapping, padding and colours. It knows
// nothing of calls.
package terminal
