package locate

import (
	"bytes"
	"encoding/binary"
	"strings"
)

// readNAPTR reads the data of a NAPTR record (RFC 3403 section 4.1) and tells whether it is whole.
func readNAPTR(data []byte) (NAPTR, bool) {
	if len(data) < 4 {
		return NAPTR{}, false
	}
	n := NAPTR{Order: binary.BigEndian.Uint16(data), Preference: binary.BigEndian.Uint16(data[2:])}
	data = data[4:]
	var regexp string
	for _, text := range []*string{&n.Flags, &n.Service, &regexp} {
		if len(data) == 0 || len(data) < 1+int(data[0]) {
			return NAPTR{}, false
		}
		end := 1 + int(data[0]) // a text has up to 255 bytes, so this does not fit into a byte
		*text, data = string(data[1:end]), data[end:]
	}
	name, ok := readName(data)
	n.Replacement = host(name)
	return n, ok
}

// isForeign tells what no name of a host or a service has: anything but visible ASCII, and a dot within a label.
func isForeign(r rune) bool { return r <= ' ' || r > '~' || r == '.' }

// readName reads a name that is not compressed, as that of a NAPTR may not be.
func readName(data []byte) (string, bool) {
	var b strings.Builder
	for len(data) > 0 {
		size := int(data[0])
		switch {
		case size == 0:
			return b.String(), len(data) == 1
		case size > maxLabel || len(data) < 1+size || b.Len()+size >= maxName || bytes.ContainsFunc(data[1:1+size], isForeign):
			return "", false
		}
		b.Write(data[1 : 1+size])
		b.WriteByte('.')
		data = data[1+size:]
	}
	return "", false
}
