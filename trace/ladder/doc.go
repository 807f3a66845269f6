// Package ladder draws a call as a ladder: a lane for each party, an arrow for each message, bands for media and hold,
// pills for what never reached the wire, holes for what was lost. As text for a terminal and as SVG for a page.
//
// A message that one device sent and another received is one arrow. Retransmissions are folded into the first one.
// Everything is a pure function of the events.
package ladder
