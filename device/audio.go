package device

// SampleRate of all audio between the phone and its calls, in Hz.
const SampleRate = 8000

// Source gives what the phone's microphone hears.
type Source interface {
	// Frame fills one frame and tells whether there is anything to send. It must not block: it is called by the pacer
	// that serves every call.
	Frame(pcm []int16) bool
}

// Sink takes what is to be heard in the phone's earpiece.
type Sink interface {
	// Frame takes one frame, which it must not keep. It must not block.
	Frame(pcm []int16)
}

// Audio is the sound hardware of a phone.
type Audio interface {
	Microphone() Source
	Earpiece() Sink
}
