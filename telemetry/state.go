package telemetry

import "sidetone/trace"

// Status is the device's presence, in the words of the Homie convention.
type Status string

// The states of a device.
const (
	Ready        Status = "ready"        // connected
	Disconnected Status = "disconnected" // has said good-bye
	Lost         Status = "lost"         // the last will: the connection broke
)

// State is the payload of up/state, retained: the birth, the last will and the good-bye of one connection.
type State struct {
	Status Status     `json:"s"`
	Boot   trace.Boot `json:"boot"`
	// Conn counts the connections of a run, so that a will that comes late never overrules a newer birth.
	Conn     uint64   `json:"conn"`
	Name     string   `json:"name,omitempty"`
	Model    string   `json:"model,omitempty"`
	Firmware string   `json:"fw,omitempty"`
	Agent    string   `json:"agent"`
	Arch     string   `json:"arch"`
	IP       string   `json:"ip,omitempty"`
	Caps     []string `json:"caps,omitempty"` // what this agent can do beyond version 1 of the topics
	// Config is how it stands with the desired configuration; nil when none was ever wished for.
	Config *ConfigState `json:"cfg,omitempty"`
}

// ConfigState is how a device stands with its desired configuration.
type ConfigState struct {
	Ver     int64  `json:"ver"`               // in use; 0 is the device's own file alone
	Trial   bool   `json:"trial,omitempty"`   // it may yet be taken back
	Refused int64  `json:"refused,omitempty"` // the version that was refused last
	Error   string `json:"error,omitempty"`   // and why
}

// Health is the payload of up/health. The uplink fills in what it knows of the process, the journal and itself; what the
// agent alone knows comes from UplinkOptions.Health. Sizes are bytes.
type Health struct {
	UptimeUS   trace.Micros `json:"uptime_us"` // of the uplink, which starts with the agent
	CPUUS      trace.Micros `json:"cpu_us"`    // processor time since the last report
	RSS        int64        `json:"rss"`
	Flash      int64        `json:"flash"`      // in the journal
	Depth      uint64       `json:"depth"`      // events waiting to be acknowledged
	Dropped    uint64       `json:"dropped"`    // events lost because the journal was full
	Unwritten  uint64       `json:"unwritten"`  // events lost because the journal could not be written
	Failing    bool         `json:"failing"`    // the journal cannot be written now
	Conn       uint64       `json:"conn"`       // as in State
	RTTUS      trace.Micros `json:"rtt_us"`     // smoothed, from a publish to its acknowledgement
	JitterUS   trace.Micros `json:"jitter_us"`  // mean deviation of it
	Calls      int          `json:"calls"`      // up now
	Lines      int          `json:"lines"`      // registered now
	Goroutines int          `json:"goroutines"` // running now
}
