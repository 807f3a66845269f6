// Package page shows calls as web pages: the list of calls and the call flow of one, as components that the collector and
// the device share, together with the style sheet and the script they need.
//
// A page is built in two steps. NewHistory and NewFlow turn events and summaries into plain view models; the
// components only write those. Nothing a page shows comes from outside: no font, script or picture is fetched, no style
// or script is inline, so that a strict content security policy holds.
//
// What came over the wire is hostile. Every string passes Plain, which makes control characters and bidirectional
// overrides visible, before package markup escapes it.
//
// Without a script every page is complete: a selection is a link, times are UTC and say so. The script moves the
// selection without a round trip, shows times in the zone of the browser and turns columns into tabs on a narrow screen.
//
// Everything is a pure function of its arguments and safe for concurrent use.
package page
