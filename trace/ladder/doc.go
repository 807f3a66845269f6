// Package ladder draws a call as a ladder: a lane for each party, an arrow for each message, bands for media and hold,
// pills for what never reached the wire, holes for what was lost. As text for a terminal, as SVG for a page and as a Mermaid
// diagram for a ticket.
//
// A message that one device sent and another received is one arrow. Retransmissions are folded into one arrow of their own, and
// rows that come again and again alike into one row. Building is linear in the number of events.
// Everything is a pure function of the events.
package ladder
