// Package story tells a call: one sentence on what became of it, the facts kept apart, its phases, its steps with the
// events that prove each, and what is worth knowing. It says no more than the events prove.
//
// Everything is a pure function of the events: the same views give the same story on the device, in the collector and
// in a test.
package story
