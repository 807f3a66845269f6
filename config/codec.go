package config

// Codec is a way to encode audio.
type Codec string

// The codecs.
const (
	G722 Codec = "g722" // wideband
	PCMA Codec = "pcma" // G.711 A-law
	PCMU Codec = "pcmu" // G.711 µ-law
)

func codecs() []Codec { return []Codec{G722, PCMA, PCMU} }
