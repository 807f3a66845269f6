package telemetry

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"time"
)

// The bounds of a batch.
const (
	batchEvents  = 50
	batchBytes   = 16 << 10               // before deflation; one event that is larger goes alone
	batchAge     = 200 * time.Millisecond // at most, when events trickle
	deflateAbove = 512                    // bytes
)

// batch collects event lines for one message: NDJSON, deflated when that pays.
type batch struct {
	text   bytes.Buffer
	events int
	last   uint64 // journal number of the newest
	packed bytes.Buffer
	zip    *zlib.Writer // kept, as it is large
}

func (b *batch) empty() bool { return b.events == 0 }

func (b *batch) full() bool { return b.events >= batchEvents || b.text.Len() >= batchBytes }

// fits tells whether the line may be added.
func (b *batch) fits(line []byte) bool {
	return b.empty() || b.events < batchEvents && b.text.Len()+len(line)+1 <= batchBytes
}

func (b *batch) add(seq uint64, line []byte) {
	b.text.Write(line)
	b.text.WriteByte('\n')
	b.events++
	b.last = seq
}

// take empties the batch into a payload of its own.
func (b *batch) take() ([]byte, error) {
	text := b.text.Bytes()
	payload := bytes.Clone(text)
	if len(text) > deflateAbove {
		b.packed.Reset()
		if b.zip == nil {
			b.zip = zlib.NewWriter(&b.packed)
		} else {
			b.zip.Reset(&b.packed)
		}
		if _, err := b.zip.Write(text); err != nil {
			return nil, fmt.Errorf("deflate batch: %w", err)
		}
		if err := b.zip.Close(); err != nil {
			return nil, fmt.Errorf("deflate batch: %w", err)
		}
		payload = bytes.Clone(b.packed.Bytes())
	}
	b.text.Reset()
	b.events = 0
	return payload, nil
}
