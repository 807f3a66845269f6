package store

import (
	"encoding/base64"
	"encoding/binary"
	"math"
)

// Cursor is a place in the list of calls, newest first: behind the call that began at Began (microseconds since 1970)
// and that the engine numbered Key. Rows that arrive meanwhile do not move it.
type Cursor struct{ Began, Key int64 }

// Top is the place before the newest call.
var Top = Cursor{math.MaxInt64, math.MaxInt64}

// String writes the cursor as an opaque word that is safe in a URL.
func (c Cursor) String() string {
	b := binary.AppendVarint(binary.AppendVarint(nil, c.Began), c.Key)
	return base64.RawURLEncoding.EncodeToString(b)
}

// ParseCursor reads what String wrote; the empty word is Top. Anything else is ErrCursor.
func ParseCursor(s string) (Cursor, error) {
	if s == "" {
		return Top, nil
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil {
		return Cursor{}, ErrCursor
	}
	began, n := binary.Varint(b)
	if n <= 0 {
		return Cursor{}, ErrCursor
	}
	key, m := binary.Varint(b[n:])
	if m <= 0 || n+m != len(b) {
		return Cursor{}, ErrCursor
	}
	return Cursor{began, key}, nil
}
