// Package callflow decides what happens to a call: blocks in, next action out.
//
// A flow is a chain of blocks. The plain phone's flow rings the handset and answers with a response when nobody
// could be reached. A Machine walks one call through its flow; it is pure, and its owner performs the actions and
// reports what came of them.
package callflow
