// Package telemetry writes down what happens and sends it to the collector. The Recorder stamps events and appends them
// to the journal; the Uplink reads them there, and nowhere else, and publishes them over MQTT 3.1.1. What ties the two
// is the journal alone: a broker that is away for an hour is a longer journal, and no call notices.
package telemetry
