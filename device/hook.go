package device

// Hook is the hook switch.
type Hook interface {
	// OffHook tells whether the handset is lifted, or the loudspeaker on.
	OffHook() bool
}

// HookChanged says that the handset was lifted or put back.
type HookChanged struct{ OffHook bool }

func (HookChanged) event() {}
