package device

// Event is something that a person did to the phone. It is one of the types of this package that say so.
type Event interface{ event() }

// Input is a part that reports what a person does. The channel is never closed and has one reader.
type Input interface {
	Events() <-chan Event
}
