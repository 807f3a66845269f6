package media

// SampleRate of all sound between the session and its Source and Sink, in Hz. A wideband codec is resampled inside.
const SampleRate = 8000

// Source gives the sound to send.
type Source interface {
	// Frame fills one frame of linear PCM, mono, 8 kHz, one packet time long. False means that there is nothing to send
	// now: no packet leaves, and the next one carries the marker bit. It is called by the pacer and must not block.
	Frame(pcm []int16) bool
}

// Sink takes the sound that was received.
type Sink interface {
	// Frame takes one frame of linear PCM, mono, 8 kHz, one packet time long, and must not keep the slice. It is called by
	// the pacer once per packet time from the first packet on, with concealment or silence where nothing arrived, and not
	// at all while the direction receives nothing, unless there is a local sound meanwhile. It must not block.
	Frame(pcm []int16)
}
