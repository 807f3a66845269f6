package trace

// The states of the hook switch.
const (
	OffHook = "off-hook"
	OnHook  = "on-hook"
)

// Hook is the payload of device.hook.
type Hook struct {
	State string `json:"state"`
}

// Key is the payload of device.key: what was keyed, masked by default.
type Key struct {
	Keys string `json:"keys"`
}

// Link is the payload of device.link.
type Link struct {
	Interface string `json:"interface"`
	Up        bool   `json:"up"`
}

// Handset is the payload of device.handset: the terminal was plugged or unplugged.
type Handset struct {
	Plugged bool `json:"plugged"`
}

// Fault is the payload of device.fault.
type Fault struct {
	Part  string `json:"part"` // "audio", "journal", "media", …
	Error string `json:"error"`
	Over  bool   `json:"over,omitempty"` // it works again
}

// FaultyJournal is the Part of a fault of the flash: what happens until it is over is in memory only.
const FaultyJournal = "journal"

// Line is the payload of the line.* kinds.
type Line struct {
	Line      int    `json:"line"` // from 1, in the order of the accounts
	AOR       string `json:"aor"`
	Registrar string `json:"registrar"`
	Status    int    `json:"status,omitempty"`
	Reason    string `json:"reason,omitempty"`
	ExpiresUS Micros `json:"expires_us,omitempty"` // how long the binding still lives; 0 when there is none
}

// Unbound tells whether a line.* event says that the registrar knows the line no more. A refresh that has failed leaves the
// binding of before in force for ExpiresUS.
func (l Line) Unbound(kind Kind) bool {
	return kind == LineUnregistered || kind == LineFailed && l.ExpiresUS <= 0
}

func (Hook) payload()    {}
func (Key) payload()     {}
func (Link) payload()    {}
func (Handset) payload() {}
func (Fault) payload()   {}
func (Line) payload()    {}
