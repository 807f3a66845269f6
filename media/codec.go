package media

import (
	"strings"

	"sidetone/media/emodel"
	"sidetone/media/g711"
	"sidetone/media/g722"
	"sidetone/media/resample"
)

// codec turns sound at 8 kHz into payload and back. All codecs here make one octet per sample and count RTP timestamps at 8 kHz:
// G.722 carries two samples of 16 kHz in an octet, and its clock is 8000 Hz by RFC 3551 section 4.5.2. An instance serves
// one direction of one stream.
type codec interface {
	encode(dst []byte, pcm []int16) []byte
	decode(dst []int16, payload []byte) []int16
	impairment() emodel.Codec
}

// newCodec finds a codec by its name in SDP; nil when there is none.
func newCodec(name string) codec {
	switch strings.ToUpper(name) {
	case "PCMU":
		return muLaw{}
	case "PCMA":
		return aLaw{}
	case "G722":
		return &wideband{enc: g722.NewEncoder(), dec: g722.NewDecoder()}
	default:
		return nil
	}
}

type muLaw struct{}

func (muLaw) encode(dst []byte, pcm []int16) []byte { return g711.AppendMuLaw(dst, pcm) }
func (muLaw) decode(dst []int16, p []byte) []int16  { return g711.AppendFromMuLaw(dst, p) }
func (muLaw) impairment() emodel.Codec              { return emodel.G711 }

type aLaw struct{}

func (aLaw) encode(dst []byte, pcm []int16) []byte { return g711.AppendALaw(dst, pcm) }
func (aLaw) decode(dst []int16, p []byte) []int16  { return g711.AppendFromALaw(dst, p) }
func (aLaw) impairment() emodel.Codec              { return emodel.G711 }

type wideband struct {
	enc  *g722.Encoder
	dec  *g722.Decoder
	up   resample.Up
	down resample.Down
	wide []int16
}

func (w *wideband) encode(dst []byte, pcm []int16) []byte {
	w.wide = w.up.Append(w.wide[:0], pcm)
	return w.enc.Append(dst, w.wide)
}

func (w *wideband) decode(dst []int16, payload []byte) []int16 {
	w.wide = w.dec.Append(w.wide[:0], payload)
	return w.down.Append(dst, w.wide)
}

func (*wideband) impairment() emodel.Codec { return emodel.G722 }
