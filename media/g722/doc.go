// Package g722 encodes and decodes ITU-T G.722 at 64 kbit/s (mode 1): wideband speech, 16000 samples a second, one octet for
// two samples.
//
// The signal is split by a quadrature mirror filter (section 3.1) into a lower and a higher band of 8000 samples a second.
// Each is coded by adaptive differential PCM with backward adaptation: the encoder runs the decoder's predictor and step
// size, so nothing but the codewords is sent (6 bits for the lower band, 2 for the higher).
//
//	          +-----+ xL +-------------+ 6 bits  +-----+
//	x ------->| QMF |--->| lower ADPCM |-------->|     |
//	16 kHz    |     | xH +-------------+ 2 bits  | mux |---> 64 kbit/s
//	          |     |--->| higher ADPCM|-------->|     |
//	          +-----+    +-------------+         +-----+
//
// In RTP the payload type is 9 and the clock is 8000 Hz although the sound has 16000 samples a second (RFC 3551 section
// 4.5.2): the timestamp grows by one per octet.
//
// Arithmetic is integer, saturating at 16 bits as in the recommendation. Encoder and Decoder keep the past of one stream;
// they are not safe for concurrent use. The zero value is not ready: use NewEncoder and NewDecoder.
package g722
