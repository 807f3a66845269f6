// Package logkey holds the keys of log fields, so that a log can be searched by one name for one thing.
package logkey

// Keys of log fields.
const (
	Address = "address" // "127.0.0.1:5060"
	Boot    = "boot"
	Broker  = "broker"
	Call    = "call" // id on this device
	CallID  = "sip_call_id"
	Count   = "count"
	Device  = "device"
	Dir     = "dir"
	Key     = "key" // of the configuration
	Kind    = "kind"
	Leg     = "leg"
	Method  = "method"
	Path    = "path"
	Peer    = "peer"
	Reason  = "reason"
	Seq     = "seq"
	State   = "state"
	Status  = "status"
	Topic   = "topic"
	Verb    = "verb"
	Version = "version"
)
