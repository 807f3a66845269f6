package telemetry

import (
	"errors"
	"syscall"

	"sidetone/journal"
	"sidetone/trace"
)

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
	Status Status     `json:"s"`    // what it is
	Boot   trace.Boot `json:"boot"` // of the run
	// Conn counts the connections of a run, so that a will that comes late never overrules a newer birth.
	Conn     uint64   `json:"conn"`
	Name     string   `json:"name,omitempty"`  // as people know the device
	Model    string   `json:"model,omitempty"` // profile of the board
	Firmware string   `json:"fw,omitempty"`    // version of the system
	Agent    string   `json:"agent"`           // version of the agent
	Arch     string   `json:"arch"`            // of the processor, as Go names it
	IP       string   `json:"ip,omitempty"`    // address that the device has toward the broker
	Caps     []string `json:"caps,omitempty"`  // what this agent can do beyond version 1 of the topics
	// Journal is "memory" while events wait in memory only, where a cut of power loses them: as configured, or because the flash
	// takes none.
	Journal      string `json:"journal,omitempty"`
	JournalError string `json:"journal_error,omitempty"` // why the flash takes no events
	// Config is how it stands with the desired configuration; it is left out when none was ever wished for.
	Config ConfigState `json:"cfg,omitzero"`
	*Birth             // only in a birth
}

// ConfigState is how a device stands with its desired configuration.
type ConfigState struct {
	Ver     int64  `json:"ver"`               // in use; 0 is the device's own file alone
	Trial   bool   `json:"trial,omitempty"`   // it may yet be taken back
	Refused int64  `json:"refused,omitempty"` // the version that was refused last
	Error   string `json:"error,omitempty"`   // and why
}

// Birth is what else an operator asks first about a device that has just come.
type Birth struct {
	Kernel   string        `json:"kernel,omitempty"`    // release of the kernel, as uname -r gives it
	UptimeUS trace.Micros  `json:"uptime_us,omitempty"` // of the device, which may have started long before the agent
	Restart  trace.Restart `json:"restart,omitempty"`   // why the agent has started
	Lines    int           `json:"lines"`               // that are configured; up/line/{n} tells of each
	Depth    uint64        `json:"depth"`               // events waiting in the journal
	// Given says up to where the events of the newest sixteen runs were acknowledged, or of more, if more waited in the journal
	// when the agent started; the present one is last. A run that has left the journal is over.
	Given []Given `json:"given,omitempty"`
}

// InMemory is State.Journal while a cut of power loses what waits.
const InMemory = "memory"

// journalState fills in where events wait. It changes while a session lasts.
func (s *State) journalState(j journal.Stats) {
	s.Journal, s.JournalError = "", TroubleText(j.Trouble)
	if j.Memory {
		s.Journal = InMemory
	}
}

// TroubleText says in short why a journal is in memory: the system's words, without the names of files. It is "" for no trouble.
func TroubleText(trouble error) string {
	var errno syscall.Errno
	switch {
	case trouble == nil:
		return ""
	case errors.As(trouble, &errno):
		return errno.Error()
	}
	return trouble.Error()
}

// Health is the payload of up/health. The uplink fills in what it knows of the process, the journal and itself; what the
// agent alone knows comes from UplinkOptions.Health. Sizes are bytes.
type Health struct {
	_          [0]func()    // not to be compared, so no code is made for it
	UptimeUS   trace.Micros `json:"uptime_us"`  // of the uplink, which starts with the agent
	CPUUS      trace.Micros `json:"cpu_us"`     // processor time since the last report
	RSS        int64        `json:"rss"`        // resident memory, bytes
	Flash      int64        `json:"flash"`      // in the journal
	Depth      uint64       `json:"depth"`      // events waiting to be acknowledged
	Dropped    uint64       `json:"dropped"`    // events lost because the journal was full
	Unwritten  uint64       `json:"unwritten"`  // events lost because the journal could not be written
	Failing    bool         `json:"failing"`    // the journal cannot be written now, and events are kept in memory
	Conn       uint64       `json:"conn"`       // as in State
	RTTUS      trace.Micros `json:"rtt_us"`     // smoothed, from a publish to its acknowledgement
	JitterUS   trace.Micros `json:"jitter_us"`  // mean deviation of it
	Calls      int          `json:"calls"`      // up now
	Lines      int          `json:"lines"`      // registered now
	Goroutines int          `json:"goroutines"` // running now
	// Given says up to where the events of the present run were acknowledged; while a backlog of earlier runs is sent, and after
	// it, of those too, behind the last one that the birth has told to be over. Every ten minutes, a report tells of all that a birth does.
	Given []Given `json:"given,omitempty"`
}
