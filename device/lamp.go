package device

import "fmt"

// LampState is how a lamp shines.
type LampState uint8

// The states of a lamp.
const (
	LampOff LampState = iota
	LampOn
	LampBlinking // 1 Hz
)

// String names the state.
func (s LampState) String() string {
	switch s {
	case LampOff:
		return "off"
	case LampOn:
		return "on"
	case LampBlinking:
		return "blinking"
	}
	return fmt.Sprintf("lamp state %d", uint8(s))
}

// MarshalText writes the name of the state.
func (s LampState) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LineLamp is the lamp that blinks while a call rings and shines while one is up.
const LineLamp = "line"

// Lamp is one lamp.
type Lamp interface {
	Set(LampState) error
}
