package telemetry

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"time"

	"sidetone/trace"
)

// The bounds of a batch.
const (
	batchEvents  = 50
	batchBytes   = 16 << 10               // before deflation; one event that is larger goes alone
	batchAge     = 200 * time.Millisecond // at most, when events trickle
	deflateAbove = 512                    // bytes
)

// batch collects event lines for one message.
type batch struct {
	text   bytes.Buffer
	events int
}

func (b *batch) empty() bool { return b.events == 0 }

func (b *batch) full() bool { return b.events >= batchEvents || b.text.Len() >= batchBytes }

// fits tells whether the line may be added.
func (b *batch) fits(line []byte) bool {
	return b.empty() || b.events < batchEvents && b.text.Len()+len(line)+1 <= batchBytes
}

func (b *batch) add(line []byte) {
	b.text.Write(line)
	b.text.WriteByte('\n')
	b.events++
}

// take empties the batch into a payload of its own: NDJSON, deflated when that pays.
func (b *batch) take(z *packer) (payload []byte, err error) {
	if text := b.text.Bytes(); len(text) > deflateAbove {
		payload, err = z.pack(text)
	} else {
		payload = bytes.Clone(text)
	}
	b.text.Reset()
	b.events = 0
	return payload, err
}

// packer deflates (RFC 1950). Its writer is large, so it is kept; one goroutine uses it.
type packer struct {
	dictionary bool // with trace.Dictionary, for a receiver that has it
	made       bool // the writer, with the dictionary
	zip        *zlib.Writer
	out        bytes.Buffer
}

func (p *packer) pack(text []byte) ([]byte, error) {
	p.out.Reset()
	if p.zip == nil || p.made != p.dictionary {
		var words []byte
		if p.dictionary {
			words = []byte(trace.Dictionary)
		}
		var err error
		if p.zip, err = zlib.NewWriterLevelDict(&p.out, zlib.BestCompression, words); err != nil {
			return nil, fmt.Errorf("deflate batch: %w", err)
		}
		p.made = p.dictionary
	} else {
		p.zip.Reset(&p.out)
	}
	if _, err := p.zip.Write(text); err != nil {
		return nil, fmt.Errorf("deflate batch: %w", err)
	}
	if err := p.zip.Close(); err != nil {
		return nil, fmt.Errorf("deflate batch: %w", err)
	}
	return bytes.Clone(p.out.Bytes()), nil
}
