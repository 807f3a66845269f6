package trace

// Started is the payload of agent.started.
type Started struct {
	Version string `json:"version"`
	Name    string `json:"name"` // of the device, as people know it
	Model   string `json:"model"`
	Arch    string `json:"arch"`
	// KernelBoot tells whether the device has started since the run before: another value for every start of it.
	KernelBoot string  `json:"kernel_boot,omitempty"`
	Restart    Restart `json:"restart,omitempty"`
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
	Reason string `json:"reason"`
	Boot   Boot   `json:"boot,omitempty"`
	Seq    uint64 `json:"seq,omitempty"`
}

// Configured is the payload of agent.config: a configuration took effect or was refused.
type Configured struct {
	Source  string `json:"source"`
	Applied bool   `json:"applied"`
	Error   string `json:"error,omitempty"`
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
func (Update) payload()     {}
func (Gap) payload()        {}
func (ClockStep) payload()  {}
