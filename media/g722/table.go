package g722

// The tables of ITU-T G.722. Step sizes and outputs are fractions of 1<<15, logarithms of 1<<11.

// qmf holds every other coefficient of the 24-tap quadrature mirror filter (table 5, times 1<<13). The filter is symmetric:
// read backwards these are the ones between.
var qmf = [12]int32{3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11}

// decisionLow are the decision levels of the 60-level quantizer of the lower band (table 14, Q6), index 1 to 29.
var decisionLow = [30]int32{
	0, 35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650,
	714, 786, 858, 940, 1023, 1121, 1219, 1339, 1458, 1612, 1765, 1980, 2195, 2557, 2919,
}

// outputLow4 are the outputs of the 4-bit quantizer that the predictor of the lower band works with (table 15, QM4).
var outputLow4 = [16]int32{
	0, -20456, -12896, -8968, -6288, -4240, -2584, -1200,
	20456, 12896, 8968, 6288, 4240, 2584, 1200, 0,
}

// outputLow6 are the outputs of the 6-bit quantizer of the lower band (QM6).
var outputLow6 = [64]int32{
	-136, -136, -136, -136, -24808, -21904, -19008, -16704,
	-14984, -13512, -12280, -11192, -10232, -9360, -8576, -7856,
	-7192, -6576, -6000, -5456, -4944, -4464, -4008, -3576,
	-3168, -2776, -2400, -2032, -1688, -1360, -1040, -728,
	24808, 21904, 19008, 16704, 14984, 13512, 12280, 11192,
	10232, 9360, 8576, 7856, 7192, 6576, 6000, 5456,
	4944, 4464, 4008, 3576, 3168, 2776, 2400, 2032,
	1688, 1360, 1040, 728, 432, 136, -432, -136,
}

// outputHigh are the outputs of the 2-bit quantizer of the higher band (QM2).
var outputHigh = [4]int32{-7408, -1616, 7408, 1616}

// decisionHigh is the one decision level of the higher band (Q2).
const decisionHigh = 564

// multiplierLow is what a 4-bit codeword adds to the logarithm of the lower band's step size (WL by way of RL42).
var multiplierLow = [16]int32{
	-60, 3042, 1198, 538, 334, 172, 58, -30,
	3042, 1198, 538, 334, 172, 58, -30, -60,
}

// multiplierHigh is the same for the higher band (WH by way of RH2).
var multiplierHigh = [4]int32{798, -214, 798, -214}

// antilog is the inverse logarithm: 2048 * 2^(i/32) (table 18, ILB).
var antilog = [32]int32{
	2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383, 2435, 2489, 2543, 2599, 2656, 2714, 2774, 2834,
	2896, 2960, 3025, 3091, 3158, 3228, 3298, 3371, 3444, 3520, 3597, 3676, 3756, 3838, 3922, 4008,
}

const (
	maxLogLow  = 18432 // limits of the logarithmic step sizes (NBL, NBH)
	maxLogHigh = 22528
	shiftLow   = 8 // exponents of the largest step sizes (SCALEL, SCALEH)
	shiftHigh  = 10
)
