package trace

// Started is the payload of agent.started.
type Started struct {
	Version string `json:"version"` // of the agent
	Name    string `json:"name"`    // of the device, as people know it
	Model   string `json:"model"`   // profile of the board
	Arch    string `json:"arch"`    // of the processor, as Go names it
	// KernelBoot tells whether the device has started since the run before: another value for every start of it.
	KernelBoot string  `json:"kernel_boot,omitempty"`
	Restart    Restart `json:"restart,omitempty"` // why it has started
}

// Restart is why an agent has started, as far as the journal and the kernel tell.
type Restart string

// Why an agent has started.
const (
	RestartFirst    Restart = "first"    // the journal knows of no run before
	RestartStop     Restart = "stop"     // the run before was ended in order
	RestartReboot   Restart = "reboot"   // it was, and so was the device
	RestartUpdate   Restart = "update"   // by the agent of a new version
	RestartWatchdog Restart = "watchdog" // the watchdog has reset the device
	RestartPower    Restart = "power"    // the device has gone down under the agent: power cut or kernel crash
	RestartCrash    Restart = "crash"    // the agent was gone, the device was not: crash or kill -9
	RestartCut      Restart = "cut"      // one of the two, and it is not known which
)

// The reasons of an agent.stopped.
const (
	StoppedBySignal = "signal" // an orderly end
	StoppedByCut    = "cut"    // found at the next start: power cut, crash or kill -9
)

// Stopped is the payload of agent.stopped. In a call it says that the agent stopped in the middle of it; Boot and Seq
// then name the last event that the stopped run left behind.
type Stopped struct {
	Reason string `json:"reason"`         // "signal" or "cut"
	Boot   Boot   `json:"boot,omitempty"` // of the run that was cut
	Seq    uint64 `json:"seq,omitempty"`  // of its last event that is left
}

// The sources of an agent.config.
const (
	ConfiguredByFile = "file"   // the device's own
	ConfiguredRemote = "remote" // what was set on top of it, over the broker
)

// Configured is the payload of agent.config: a configuration took effect or was refused.
type Configured struct {
	Source  string `json:"source"`          // where it came from
	Applied bool   `json:"applied"`         // false = refused
	Ver     int64  `json:"ver,omitempty"`   // of what was set remotely
	Error   string `json:"error,omitempty"` // why it was refused
}

// Command is the payload of agent.command: somebody asked the device for something, or has his answer.
type Command struct {
	CID    string `json:"cid,omitempty"`    // of the command
	Op     string `json:"op,omitempty"`     // what was asked for
	By     string `json:"by,omitempty"`     // who asked, as he says himself
	State  string `json:"st"`               // "accepted", "done" or "failed"
	Code   string `json:"code,omitempty"`   // why it failed, in a word
	Error  string `json:"error,omitempty"`  // and in words
	Untold int    `json:"untold,omitempty"` // how many that were refused before are not told
}

// Update is the payload of agent.update.
type Update struct {
	From  string `json:"from"`            // version before
	To    string `json:"to"`              // version that was to take its place
	State string `json:"state"`           // "trial", "kept", "rolled-back", "refused"
	Error string `json:"error,omitempty"` // why not
}

// The reasons of an agent.gap.
const (
	GapJournalFull    = "journal full"
	GapJournalCorrupt = "journal corrupt"
	GapJournalWrite   = "journal not writable"
	GapGone           = "gone from the journal" // after a broker had acknowledged them, which did not pass them on
)

// Gap is the payload of agent.gap: events From to To of Boot were lost, and why.
type Gap struct {
	From   uint64 `json:"from"`   // seq of the first lost event; 0 when no more is known than how many were lost
	To     uint64 `json:"to"`     // seq of the last one
	Boot   Boot   `json:"boot"`   // of the run that they are of
	Reason string `json:"reason"` // what took them
	Count  uint64 `json:"count"`  // how many they are
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
