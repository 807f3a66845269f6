package device

// Ringer is the bell. Both methods may be called again without effect.
type Ringer interface {
	StartRinging() error
	StopRinging() error
}
