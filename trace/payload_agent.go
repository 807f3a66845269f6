package trace

// Started is the payload of agent.started.
type Started struct {
	Version string `json:"version"`
	Name    string `json:"name"` // of the device, as people know it
	Model   string `json:"model"`
	Arch    string `json:"arch"`
}

// The reasons of an agent.stopped.
const (
	StoppedBySignal = "signal" // an orderly end
	StoppedByCut    = "cut"    // found at the next start: power cut, crash or kill -9
)

// Stopped is the payload of agent.stopped. In a call it says that the agent stopped in the middle of it; Boot and Seq
// then name the last event that the stopped run left behind.
type Stopped struct {
	Reason string `json:"reason"`
	Boot   Boot   `json:"boot,omitempty"`
	Seq    uint64 `json:"seq,omitempty"`
}

// The sources of an agent.config.
const (
	ConfiguredByFile = "file"   // the device's own
	ConfiguredRemote = "remote" // what was set on top of it, over the broker
)

// Configured is the payload of agent.config: a configuration took effect or was refused.
type Configured struct {
	Source  string `json:"source"`
	Applied bool   `json:"applied"`
	Ver     int64  `json:"ver,omitempty"` // of what was set remotely
	Error   string `json:"error,omitempty"`
}

// Command is the payload of agent.command: somebody asked the device for something, or has his answer.
type Command struct {
	CID    string `json:"cid,omitempty"`
	Op     string `json:"op,omitempty"`
	By     string `json:"by,omitempty"`     // who asked, as he says himself
	State  string `json:"st"`               // "accepted", "done" or "failed"
	Code   string `json:"code,omitempty"`   // why it failed, in a word
	Error  string `json:"error,omitempty"`  // and in words
	Untold int    `json:"untold,omitempty"` // how many that were refused before are not told
}

// Update is the payload of agent.update.
type Update struct {
	From  string `json:"from"`
	To    string `json:"to"`
	State string `json:"state"` // "trial", "kept", "rolled-back", "refused"
	Error string `json:"error,omitempty"`
}

// The reasons of an agent.gap.
const (
	GapJournalFull    = "journal full"
	GapJournalCorrupt = "journal corrupt"
	GapJournalWrite   = "journal not writable"
)

// Gap is the payload of agent.gap: events From to To of Boot were lost, and why.
type Gap struct {
	From   uint64 `json:"from"`
	To     uint64 `json:"to"`
	Boot   Boot   `json:"boot"`
	Reason string `json:"reason"`
	Count  uint64 `json:"count"`
}

// ClockStep is the payload of clock.stepped.
type ClockStep struct {
	StepUS Micros `json:"step_us"` // how far the wall clock jumped, negative when back
}

func (Started) payload()    {}
func (Stopped) payload()    {}
func (Configured) payload() {}
func (Command) payload()    {}
func (Update) payload()     {}
func (Gap) payload()        {}
func (ClockStep) payload()  {}
