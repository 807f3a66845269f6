package main

import (
	"bytes"
	"compress/flate"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sort"

	"sidetone/journal"
	"sidetone/trace"
)

// The index is a file beside the segments of a journal that spares whoever lists calls from decoding every event. It tells the
// calls of the segments that are written to no more. Only listing writes it, when it has had to read indexAfter of them: the
// agent itself, and a phone on which nobody looks, never do. It is a cache: one that is damaged, or not of these segments, is as
// good as none.
//
//	u32 crc32c of the rest (little-endian) | JSON, deflated
const (
	indexName  = "calls.v1"
	indexAfter = 4
	indexMost  = 32 << 20 // bytes of JSON; a journal of 8 MiB makes half of one
)

// indexFile is the index of a journal.
type indexFile struct {
	Segments []journal.Segment `json:"segments"` // that were read, oldest first
	Next     uint64            `json:"next"`     // number of the first record that was not
	Calls    []*indexed        `json:"calls"`
	Lost     []lostRecord      `json:"lost,omitempty"`
}

// lostRecord says what could not be read, up to which record.
type lostRecord struct {
	At   uint64 `json:"at"`
	Text string `json:"text"`
}

var (
	indexTable   = crc32.MakeTable(crc32.Castagnoli)
	errBadIndex  = errors.New("index is damaged")
	errReadIsFar = errors.New("read far enough")
)

func parseIndex(b []byte) (f indexFile, err error) {
	if len(b) < 4 || binary.LittleEndian.Uint32(b) != crc32.Checksum(b[4:], indexTable) {
		return f, errBadIndex
	}
	text, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(b[4:])), indexMost))
	if err == nil {
		err = json.Unmarshal(text, &f)
	}
	for _, c := range f.Calls {
		if c == nil {
			err = errBadIndex
		}
	}
	return f, err
}

func (f indexFile) encode() ([]byte, error) {
	text, err := json.Marshal(f)
	if err != nil {
		return nil, err
	}
	b := bytes.NewBuffer(make([]byte, 4))
	z, err := flate.NewWriter(b, flate.DefaultCompression)
	if err == nil {
		_, err = z.Write(text)
	}
	if err == nil {
		err = z.Close()
	}
	binary.LittleEndian.PutUint32(b.Bytes(), crc32.Checksum(b.Bytes()[4:], indexTable))
	return b.Bytes(), err
}

// fit takes out what is in the journal no more; false when the index is not of these segments, or of one that may still grow.
func (f *indexFile) fit(now []journal.Segment) bool {
	if len(now) == 0 {
		return false
	}
	oldest := now[0].First
	for len(f.Segments) > 0 && f.Segments[0].First < oldest {
		f.Segments = f.Segments[1:]
	}
	calls, lost := f.Calls, f.Lost
	f.Calls, f.Lost = nil, nil
	for _, c := range calls {
		if c.Last >= oldest {
			f.Calls = append(f.Calls, c)
		}
	}
	for _, l := range lost {
		if l.At >= oldest {
			f.Lost = append(f.Lost, l)
		}
	}
	n := len(f.Segments)
	return n > 0 && n < len(now) && slices.Equal(f.Segments, now[:n])
}

// readJournal adds every call of a journal, as far as possible from its index.
func (x *callIndex) readJournal(ctx context.Context, a archive) ([]error, error) {
	r, err := a.openJournal()
	if err != nil {
		return nil, err
	}
	segments, err := journal.Segments(a.dir)
	if err != nil {
		return nil, errors.Join(err, r.Close())
	}
	known := x.load(ctx, a, segments)
	if known.Next > 0 {
		r.From(known.Next)
	}
	growing := uint64(1) // where the segment begins that is still written to
	if n := len(segments); n > 0 {
		growing = segments[n-1].First
	}
	var lost []error
	for _, l := range known.Lost {
		lost = append(lost, errors.New(l.Text))
	}
	var written []byte
	fresh := len(segments) - 1 - len(known.Segments)
	reach := func(seq uint64) {
		if seq >= growing && fresh >= indexAfter && a.socket != "" {
			known.Segments, known.Calls, fresh = segments[:len(segments)-1], x.calls, 0
			written, _ = known.encode() // an error costs the index only
		}
	}
	lose := func(at uint64, err error) {
		lost = append(lost, err)
		known.Lost = append(known.Lost, lostRecord{at, err.Error()})
	}
	err = readOn(ctx, r, func(rec journal.Record) error {
		reach(rec.Seq)
		known.Next = rec.Seq + 1
		e, err := trace.Decode(rec.Payload)
		if err != nil {
			lose(rec.Seq, err)
			if e.Seq == 0 {
				return nil
			}
		}
		x.add(e, rec.Seq)
		return nil
	}, func(gap *journal.GapError) {
		if gap.Gap.Reason == journal.Foreign {
			lost = append(lost, gap) // every reader says so by itself
			return
		}
		reach(gap.Gap.To + 1)
		lose(gap.Gap.To, gap)
	})
	if err == nil && written != nil {
		_ = replace(filepath.Join(a.dir, indexName), written, 0o640)
	}
	return lost, err
}

// load begins with what the index of an earlier time knows; it is empty when there is none that fits.
func (x *callIndex) load(ctx context.Context, a archive, segments []journal.Segment) indexFile {
	b, err := os.ReadFile(filepath.Join(a.dir, indexName))
	if err != nil {
		return indexFile{}
	}
	f, err := parseIndex(b)
	if err != nil || !f.fit(segments) {
		return indexFile{}
	}
	cut := &callIndex{byID: map[string]*indexed{}} // calls whose beginning is in the journal no more
	var upTo uint64
	for _, c := range f.Calls {
		if c.First < segments[0].First {
			cut.byID[c.ID] = nil
			upTo = max(upTo, c.Last)
		}
	}
	if upTo > 0 && cut.readAgain(ctx, a, upTo) != nil {
		return indexFile{}
	}
	for _, c := range f.Calls {
		if _, again := cut.byID[c.ID]; !again {
			cut.calls = append(cut.calls, c)
			cut.byID[c.ID] = c
		}
	}
	sort.SliceStable(cut.calls, func(i, j int) bool { return cut.calls[i].First < cut.calls[j].First })
	*x = *cut
	return f
}

// readAgain adds the calls that are known by id only, up to a record.
func (x *callIndex) readAgain(ctx context.Context, a archive, upTo uint64) error {
	r, err := a.openJournal()
	if err != nil {
		return err
	}
	var ids [][]byte
	for id := range x.byID {
		ids = append(ids, fmt.Appendf(nil, "%q", id))
	}
	err = readOn(ctx, r, func(rec journal.Record) error {
		if rec.Seq > upTo {
			return errReadIsFar
		}
		some := false
		for _, id := range ids {
			some = some || bytes.Contains(rec.Payload, id)
		}
		if !some {
			return nil
		}
		e, err := trace.Decode(rec.Payload)
		if _, wanted := x.byID[e.Call]; wanted && (err == nil || e.Seq > 0) {
			x.add(e, rec.Seq)
		}
		return nil
	}, func(*journal.GapError) {}) // the index knows of it
	if errors.Is(err, errReadIsFar) {
		err = nil
	}
	return err
}
