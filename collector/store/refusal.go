package store

import "time"

// Refusal is something that a front end turned away, as often as it happened in the same way.
type Refusal struct {
	Reason  string    `json:"reason"`
	Device  string    `json:"device" doc:"As it called itself; empty where that is no device's name."`
	Address string    `json:"address" doc:"Of the host."`
	What    string    `json:"what" doc:"The last topic or filter that was asked for."`
	Count   int       `json:"count" doc:"How often it happened in the same way."`
	Last    time.Time `json:"last,omitzero"`
}
