// Package wav reads recorded prompts: RIFF/WAVE files with linear PCM of 16 bits, mono, 8 or 16 kHz. A Clip is immutable; its
// sources can be played by media sessions.
package wav

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"sidetone/media/resample"
)

// MaxBytes bounds a prompt: ten minutes of 16 kHz.
const MaxBytes = 10 * 60 * 16000 * 2

const (
	formatPCM        = 1
	formatExtensible = 0xfffe // the true format is in an extension; its first field is the old code
)

// ErrFormat is wrapped by Read when the file is no WAVE file or has a format that is not supported.
var ErrFormat = errors.New("not a PCM WAVE file of 16 bits, mono, 8 or 16 kHz")

// Clip is a recording at 8 kHz.
type Clip struct{ pcm []int16 }

// ErrSilent says that there is no sound in a file.
var ErrSilent = errors.New("a WAVE file without any sound")

// Read reads a whole file: one sample at least.
func Read(r io.Reader) (*Clip, error) {
	var head [12]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, fmt.Errorf("read the RIFF header: %w", err)
	}
	if string(head[:4]) != "RIFF" || string(head[8:]) != "WAVE" {
		return nil, fmt.Errorf("no RIFF/WAVE header: %w", ErrFormat)
	}
	rate := uint32(0)
	for {
		id, body, err := chunk(r)
		if err != nil {
			return nil, err
		}
		switch id {
		case "fmt ":
			if rate, err = format(body); err != nil {
				return nil, err
			}
		case "data":
			if rate == 0 {
				return nil, fmt.Errorf("sound before its format: %w", ErrFormat)
			}
			c := clip(body, rate)
			if c.Samples() == 0 {
				return nil, ErrSilent
			}
			return c, nil
		}
	}
}

// chunk reads one chunk. A data chunk that ends with the file is taken as it is: recorders that were cut off leave such files.
func chunk(r io.Reader) (id string, body []byte, err error) {
	var head [8]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return "", nil, fmt.Errorf("read a chunk header: %w", err)
	}
	id = string(head[:4])
	size := int64(binary.LittleEndian.Uint32(head[4:]))
	body, err = io.ReadAll(io.LimitReader(r, min(size+size&1, MaxBytes+1)))
	if err != nil {
		return "", nil, fmt.Errorf("read chunk %q: %w", id, err)
	}
	if int64(len(body)) > MaxBytes {
		return "", nil, fmt.Errorf("chunk %q has %d bytes, at most %d are taken", id, size, MaxBytes)
	}
	if int64(len(body)) < size && id != "data" {
		return "", nil, fmt.Errorf("chunk %q has %d of %d bytes: %w", id, len(body), size, io.ErrUnexpectedEOF)
	}
	return id, body[:min(int64(len(body)), size)], nil
}

func format(body []byte) (rate uint32, err error) {
	if len(body) < 16 {
		return 0, fmt.Errorf("format chunk of %d bytes: %w", len(body), ErrFormat)
	}
	le := binary.LittleEndian
	code, channels, rate, depth := le.Uint16(body), le.Uint16(body[2:]), le.Uint32(body[4:]), le.Uint16(body[14:])
	if code == formatExtensible && len(body) >= 26 {
		code = le.Uint16(body[24:])
	}
	if code != formatPCM || channels != 1 || depth != 16 || (rate != 8000 && rate != 16000) {
		return 0, fmt.Errorf("format %d, %d channels, %d Hz, %d bits: %w", code, channels, rate, depth, ErrFormat)
	}
	return rate, nil
}

func clip(body []byte, rate uint32) *Clip {
	pcm := make([]int16, len(body)/2)
	for i := range pcm {
		pcm[i] = int16(binary.LittleEndian.Uint16(body[2*i:]))
	}
	if rate == 16000 {
		var down resample.Down
		pcm = down.Append(make([]int16, 0, len(pcm)/2), pcm)
	}
	return &Clip{pcm: pcm}
}

// Samples is the length at 8 kHz.
func (c *Clip) Samples() int { return len(c.pcm) }

// Play makes a source of the recording, once or for ever.
func (c *Clip) Play(forEver bool) *Source { return &Source{clip: c, forEver: forEver} }

// Source plays a clip. It is not safe for concurrent use: give each session its own.
type Source struct {
	clip    *Clip
	forEver bool
	at      int
}

// Frame fills pcm; the last frame ends with silence. It is false when the recording is over.
func (s *Source) Frame(pcm []int16) bool {
	if s.at >= len(s.clip.pcm) {
		return false
	}
	for len(pcm) > 0 && s.at < len(s.clip.pcm) {
		n := copy(pcm, s.clip.pcm[s.at:])
		pcm = pcm[n:]
		if s.at += n; s.at == len(s.clip.pcm) && s.forEver {
			s.at = 0
		}
	}
	clear(pcm)
	return true
}
