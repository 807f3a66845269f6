// Package ingest takes in what devices publish: Handle(message) returns without an error once everything usable in the
// message is durable, and only then may the message be acknowledged. It knows nothing of how messages travel; package
// embedded is the MQTT front end of this process, package broker reads from somebody else's.
//
// The identity of a device is taken from the topic, never from the payload; that a client may publish there is for the
// front end to check.
//
// Malformed input is never a reason to refuse an acknowledgement: the device would send it again for ever. What can be
// read of a batch is stored, what cannot is counted by reason, and reported in the log once a second at most. Only a
// message that could not be made durable is refused.
//
// One goroutine, Run, commits: it gathers what many front-end goroutines hand in and writes it in one transaction.
package ingest
