package trace

import "encoding/json"

// Payload is the typed "data" of an event. Its types are the exported structs of the payload files and Unknown.
type Payload interface{ payload() }

// Unknown is the payload of a kind that this version does not know, kept byte for byte.
type Unknown json.RawMessage

func (Unknown) payload() {}

// MarshalJSON writes the payload as it was read.
func (u Unknown) MarshalJSON() ([]byte, error) {
	if len(u) == 0 {
		return []byte("null"), nil
	}
	return u, nil
}

type decoder func(json.RawMessage) (Payload, error)

func decode[T Payload](raw json.RawMessage) (Payload, error) {
	var v T
	if len(raw) == 0 {
		return v, nil
	}
	err := json.Unmarshal(raw, &v)
	return v, err
}
