package g722

const (
	initialLow  = 32 // step sizes after a reset (section 3.6)
	initialHigh = 8
	bandLimit   = 16384 // both bands are limited to 15 bits before the receive filter (LIMIT)
)

// Encoder codes one stream.
type Encoder struct {
	low, high band
	even, odd [len(qmf)]int32 // past of the transmit QMF, newest first: what its even and its odd coefficients see
}

// NewEncoder makes an encoder in its reset state.
func NewEncoder() *Encoder {
	return &Encoder{low: band{step: initialLow}, high: band{step: initialHigh}}
}

// Append appends one octet to dst for each pair of samples of pcm; an odd last sample is left out.
func (e *Encoder) Append(dst []byte, pcm []int16) []byte {
	for i := 0; i+1 < len(pcm); i += 2 {
		low, high := e.split(int32(pcm[i]), int32(pcm[i+1]))
		dst = append(dst, e.high.encodeHigh(high)<<6|e.low.encodeLow(low))
	}
	return dst
}

// split is the transmit QMF: the bands are the sum and the difference of the filter's two phases.
func (e *Encoder) split(older, newer int32) (low, high int32) {
	copy(e.even[1:], e.even[:])
	copy(e.odd[1:], e.odd[:])
	e.even[0], e.odd[0] = newer, older
	var a, b int32
	for i := range qmf {
		a += e.even[i] * qmf[i]
		b += e.odd[i] * qmf[len(qmf)-1-i]
	}
	return saturate((a + b) >> 14), saturate((a - b) >> 14)
}

// encodeLow is the 60-level quantizer (QUANTL). Level 30 is the largest; codewords of differences above zero run from 61 down
// to 32, those below from 31 down to 4, after 63 and 62 for the two smallest levels.
func (b *band) encodeLow(x int32) byte {
	d := saturate(x - b.predict)
	level := int32(1)
	for level < 30 && magnitude(d) >= decisionLow[level]*b.step>>12 {
		level++
	}
	code := 62 - level
	if d < 0 {
		if code = 34 - level; level <= 2 {
			code = 64 - level
		}
	}
	b.adaptLow(code)
	return byte(code)
}

// adaptLow moves on by one codeword. The predictor sees its upper four bits only, so that the network could take the other
// two for data.
func (b *band) adaptLow(code int32) {
	d := b.step * outputLow4[code>>2] >> 15
	b.rescale(multiplierLow[code>>2], maxLogLow, shiftLow)
	b.adapt(d)
}

func (b *band) encodeHigh(x int32) byte {
	d := saturate(x - b.predict)
	code := int32(3)
	if d < 0 {
		code = 1
	}
	if magnitude(d) >= decisionHigh*b.step>>12 {
		code--
	}
	b.adaptHigh(code)
	return byte(code)
}

func (b *band) adaptHigh(code int32) (d int32) {
	d = b.step * outputHigh[code] >> 15
	b.rescale(multiplierHigh[code], maxLogHigh, shiftHigh)
	b.adapt(d)
	return d
}

// Decoder decodes one stream.
type Decoder struct {
	low, high       band
	sum, difference [len(qmf)]int32 // past of the receive QMF, newest first
}

// NewDecoder makes a decoder in its reset state.
func NewDecoder() *Decoder {
	return &Decoder{low: band{step: initialLow}, high: band{step: initialHigh}}
}

// Append appends two samples to dst for each octet of code.
func (d *Decoder) Append(dst []int16, code []byte) []int16 {
	for _, c := range code {
		low := d.low.decodeLow(int32(c & 63))
		high := d.high.decodeHigh(int32(c >> 6))
		older, newer := d.join(low, high)
		dst = append(dst, older, newer)
	}
	return dst
}

func (b *band) decodeLow(code int32) int32 {
	x := clampBand(b.predict + b.step*outputLow6[code]>>15)
	b.adaptLow(code)
	return x
}

func (b *band) decodeHigh(code int32) int32 {
	predicted := b.predict
	return clampBand(predicted + b.adaptHigh(code))
}

// join is the receive QMF.
func (d *Decoder) join(low, high int32) (older, newer int16) {
	copy(d.sum[1:], d.sum[:])
	copy(d.difference[1:], d.difference[:])
	d.sum[0], d.difference[0] = low+high, low-high
	var a, b int32
	for i := range qmf {
		a += d.difference[i] * qmf[i]
		b += d.sum[i] * qmf[len(qmf)-1-i]
	}
	return int16(saturate(a >> 11)), int16(saturate(b >> 11))
}

// magnitude is one less for negative values, so that both signs have the same number of steps.
func magnitude(d int32) int32 {
	if d < 0 {
		return ^d
	}
	return d
}

func clampBand(x int32) int32 { return max(-bandLimit, min(bandLimit-1, x)) }
