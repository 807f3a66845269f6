package config

// EarlyMedia says what the caller of an incoming call hears before the answer, where a 183 lets sound through.
type EarlyMedia string

// What callers hear before the answer.
const (
	EarlyMediaRingback EarlyMedia = "ringback" // the country's ringing tone
	EarlyMediaNone     EarlyMedia = "none"     // no sound is sent
	EarlyMediaPrompt   EarlyMedia = "prompt"   // a recording, then the ringing tone
)

func earlyMedias() []EarlyMedia {
	return []EarlyMedia{EarlyMediaRingback, EarlyMediaNone, EarlyMediaPrompt}
}
