// Package g711 encodes and decodes the A-law and mu-law of ITU-T G.711: 8000 samples a second, one octet a sample. All
// functions are pure and safe for concurrent use.
//
// Linear samples are 16 bits wide; the 13 bits of the A-law and the 14 bits of the mu-law are their upper bits.
package g711

import "math/bits"

const (
	evenBits = 0x55 // A-law inverts every other bit on the line (G.711 section 3.3, table 1a note 2)
	sign     = 0x80

	bias    = 33 << 2            // mu-law: added to the magnitude, so that every segment begins at a power of two
	maximum = 8158<<2 + 3        // mu-law: the virtual decision value 8159 limits the magnitude (table 2a)
	aLawMax = 4095<<3 + 1<<3 - 1 // A-law: all 12 bits of magnitude, scaled to 16 bits
)

// AppendALaw appends one octet per sample of pcm to dst.
func AppendALaw(dst []byte, pcm []int16) []byte {
	for _, x := range pcm {
		dst = append(dst, encodeALaw(int(x)))
	}
	return dst
}

// AppendMuLaw appends one octet per sample of pcm to dst.
func AppendMuLaw(dst []byte, pcm []int16) []byte {
	for _, x := range pcm {
		dst = append(dst, encodeMuLaw(int(x)))
	}
	return dst
}

// AppendFromALaw appends one linear sample per octet of code to dst.
func AppendFromALaw(dst []int16, code []byte) []int16 {
	for _, c := range code {
		dst = append(dst, fromALaw[c])
	}
	return dst
}

// AppendFromMuLaw appends one linear sample per octet of code to dst.
func AppendFromMuLaw(dst []int16, code []byte) []int16 {
	for _, c := range code {
		dst = append(dst, fromMuLaw[c])
	}
	return dst
}

var fromALaw, fromMuLaw = tables()

func tables() (a, mu [256]int16) {
	for c := range 256 {
		a[c], mu[c] = decodeALaw(byte(c)), decodeMuLaw(byte(c))
	}
	return a, mu
}

// encodeALaw picks the segment by the highest bit of the magnitude and keeps the four bits below it. The two lowest segments
// have the same step.
func encodeALaw(x int) byte {
	code := byte(sign)
	if x < 0 {
		code, x = 0, ^x
	}
	m := uint(min(x, aLawMax)) >> 4
	if m < 16 {
		return (code | byte(m)) ^ evenBits
	}
	segment := bits.Len(m) - 4
	return (code | byte(segment)<<4 | byte(m>>(segment-1))&15) ^ evenBits
}

// decodeALaw returns the middle of the interval.
func decodeALaw(c byte) int16 {
	c ^= evenBits
	segment, m := int(c>>4&7), int(c&15)
	x := m<<4 + 8
	if segment > 0 {
		x = (x + 0x100) << (segment - 1)
	}
	if c&sign == 0 {
		x = -x
	}
	return int16(x)
}

func encodeMuLaw(x int) byte {
	code := byte(0)
	if x < 0 {
		code, x = sign, -x
	}
	m := uint(min(x, maximum) + bias)
	segment := bits.Len(m) - 8
	return ^(code | byte(segment)<<4 | byte(m>>(segment+3))&15)
}

func decodeMuLaw(c byte) int16 {
	c = ^c
	segment, m := int(c>>4&7), int(c&15)
	x := (m<<3+bias)<<segment - bias
	if c&sign != 0 {
		x = -x
	}
	return int16(x)
}
