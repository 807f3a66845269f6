// Package control is the socket by which a running agent is driven from outside: by `sidetone-agent ctl`, by scripts and
// by tests. It is a Unix socket that only its owner may use (mode 0600). A client sends one JSON object on one line and
// gets one JSON object on one line back, as often as it likes:
//
//	{"verb":"dial","args":["102"]}
//	{"ok":true,"text":"01JD3Q7…","data":{"call":"01JD3Q7…"}}
//
// A Server owns its listener and one goroutine per connection; requests of one connection are served in order. Verbs
// turns requests into calls of what they act on.
package control
