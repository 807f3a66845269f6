package device

// Handset is the terminal itself. It can be unplugged while a call is up and plugged in elsewhere (terminal portability,
// ITU-T Q.733.4).
type Handset interface {
	Plugged() bool
}

// HandsetPlugged says that the terminal was plugged in or unplugged.
type HandsetPlugged struct{ Plugged bool }

func (HandsetPlugged) event() {}
