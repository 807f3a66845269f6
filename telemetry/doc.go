// Package telemetry writes down what happens and sends it to the collector. The Recorder stamps events and appends them
// to the journal; the Uplink reads them there, and nowhere else, and publishes them over MQTT 3.1.1. What ties the two
// is the journal alone: a broker that is away for an hour is a longer journal, and no call notices.
//
// An event goes out within 200 ms, the end of a call at once. It counts as arrived when the broker has acknowledged it
// and everything before it; after a broken connection, what was not acknowledged is sent again, so that a receiver gets
// every event at least once and tells repetitions by (boot, seq). After an outage that was long, what happens now goes past
// what has waited.
//
// Order of a shutdown: end the calls, close the Recorder (agent.stopped is the last event), end the Uplink's context (it
// sends the rest and says good-bye), close the journal.
package telemetry
