package g722

// band is the state of one sub-band, the same in encoder and decoder: the step size and the predictor with two poles and six
// zeros. The names in the comments are those of the recommendation's section 6.2 (low band; the high band ends in H).
type band struct {
	step    int32 // DETL, quantizer scale factor
	log     int32 // NBL, its logarithm
	predict int32 // SL, output of the whole predictor
	zero    int32 // SZL, output of its zeros

	rebuilt [3]int32 // RLT, reconstructed signal, newest first
	partial [3]int32 // PLT, reconstructed without the poles, newest first
	pole    [3]int32 // AL, coefficients, from index 1
	diff    [7]int32 // DLT, quantized differences, newest first
	zeros   [7]int32 // BL, coefficients, from index 1
}

// adapt takes the quantized difference into the predictor (block 4).
func (b *band) adapt(d int32) {
	b.diff[0] = d
	b.rebuilt[0] = saturate(b.predict + d) // RECONS
	b.partial[0] = saturate(b.zero + d)    // PARREC
	b.adaptPoles()
	b.adaptZeros()

	b.rebuilt[2], b.rebuilt[1] = b.rebuilt[1], b.rebuilt[0] // DELAYA
	b.partial[2], b.partial[1] = b.partial[1], b.partial[0]

	poles := saturate( // FILTEP
		b.pole[1]*saturate(2*b.rebuilt[1])>>15 + b.pole[2]*saturate(2*b.rebuilt[2])>>15)
	b.zero = 0
	for i := 6; i > 0; i-- { // FILTEZ
		b.diff[i] = b.diff[i-1]
		b.zero = saturate(b.zero + b.zeros[i]*saturate(2*b.diff[i])>>15)
	}
	b.predict = saturate(poles + b.zero) // PREDIC
}

// adaptPoles is UPPOL2 and UPPOL1: sign gradient with leak, limited to the triangle where the filter is stable.
func (b *band) adaptPoles() {
	same := sameSign(b.partial[0], b.partial[1])

	gradient := saturate(4 * b.pole[1])
	if same {
		gradient = saturate(-gradient)
	}
	second := gradient >> 7
	if sameSign(b.partial[0], b.partial[2]) {
		second += 128
	} else {
		second -= 128
	}
	second = clamp(second+b.pole[2]*32512>>15, 12288)

	first := int32(-192)
	if same {
		first = 192
	}
	first = saturate(first + b.pole[1]*32640>>15)
	b.pole[1], b.pole[2] = clamp(first, saturate(15360-second)), second
}

// adaptZeros is UPZERO.
func (b *band) adaptZeros() {
	gain := int32(128)
	if b.diff[0] == 0 {
		gain = 0
	}
	for i := 1; i <= 6; i++ {
		g := -gain
		if sameSign(b.diff[0], b.diff[i]) {
			g = gain
		}
		b.zeros[i] = saturate(g + b.zeros[i]*32640>>15)
	}
}

// rescale adapts the step size (LOGSCL and SCALEL; LOGSCH and SCALEH): the logarithm leaks, a large codeword enlarges it.
func (b *band) rescale(multiplier, maxLog int32, exponent int32) {
	b.log = max(0, min(maxLog, b.log*127>>7+multiplier))
	mantissa := antilog[b.log>>6&31]
	if e := exponent - b.log>>11; e < 0 {
		b.step = mantissa << -e << 2
	} else {
		b.step = mantissa >> e << 2
	}
}

func sameSign(a, b int32) bool { return a>>31 == b>>31 }

func saturate(x int32) int32 { return max(-32768, min(32767, x)) }

func clamp(x, limit int32) int32 { return max(-limit, min(limit, x)) }
