package trace

// The states of the hook switch.
const (
	OffHook = "off-hook"
	OnHook  = "on-hook"
)

// Hook is the payload of device.hook.
type Hook struct {
	State string `json:"state"` // "off-hook" or "on-hook"
}

// Key is the payload of device.key: what was keyed, masked by default.
type Key struct {
	Keys string `json:"keys"` // 0 to 9, * and #; masked ones are written as x
}

// Link is the payload of device.link.
type Link struct {
	Interface string `json:"interface"` // its name on this device
	Up        bool   `json:"up"`        // it has a carrier
}

// Handset is the payload of device.handset: the terminal was plugged or unplugged.
type Handset struct {
	Plugged bool `json:"plugged"` // false = unplugged
}

// Fault is the payload of device.fault.
type Fault struct {
	Part  string `json:"part"`           // "audio", "journal", "media", …
	Error string `json:"error"`          // what went wrong
	Over  bool   `json:"over,omitempty"` // it works again
}

// FaultyJournal is the Part of a fault of the flash: what happens until it is over is in memory only.
const FaultyJournal = "journal"

// Line is the payload of the line.* kinds.
type Line struct {
	Line      int    `json:"line"`                 // from 1, in the order of the accounts
	AOR       string `json:"aor"`                  // address of record
	Registrar string `json:"registrar"`            // its address; empty for a line that does not register
	Status    int    `json:"status,omitempty"`     // SIP status of its last answer, 0 when nothing came back
	Reason    string `json:"reason,omitempty"`     // phrase of the status, or why there is none
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
