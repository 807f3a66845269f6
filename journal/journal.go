package journal

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"syscall"
	"time"

	"go.uber.org/zap"
)

// When records are synced to the medium, whatever comes first.
const (
	syncBytes = 64 << 10
	syncEvery = 5 * time.Second
)

// When a disk that could not be written is tried again: often at first, seldom when it fails again within retrySettled.
const (
	retryFirst   = 5 * time.Second
	retryMost    = 5 * time.Minute
	retrySettled = 10 * time.Minute
)

// Bounds of a segment and of a journal in memory, in bytes.
const (
	defaultSegmentMax = 256 << 10
	defaultSegmentMin = 64 << 10
	defaultMemory     = 1 << 20
)

var (
	// ErrInUse is wrapped by Open when another journal, most likely another agent's, has the directory open.
	ErrInUse = errors.New("in use by another agent")
	// ErrClosed is returned by Append after Close.
	ErrClosed = errors.New("journal is closed")
)

// Options of a journal.
type Options struct {
	Dir string
	// MaxBytes bounds all segments together. 0 keeps records in memory only, a mebibyte of them, and touches no directory.
	MaxBytes int64
	// SegmentBytes is the size at which a new segment begins; 0 is a sixteenth of MaxBytes within 64 to 256 KiB, or less
	// in a small journal.
	SegmentBytes int64
	// Fault, when not nil, is asked before every change of a file on the disk and makes it fail: tests fill the disk with it.
	Fault  func() error
	Logger *zap.Logger // nil for none
}

// Journal appends records to a directory that it owns. See the package comment.
type Journal struct {
	disk       storage // in memory for a journal without bytes
	spare      *spare  // what the disk does not take; nil for a journal without bytes
	view       source  // all that there is
	log        *zap.Logger
	fault      func() error
	maxBytes   int64 // on the disk
	maxSpare   int64 // in memory, while the disk takes nothing
	maxSegment int64

	wake    chan struct{} // for the syncer: there is something to do
	turned  chan struct{} // holds one token when trouble has begun or ended
	closing chan struct{}
	synced  sync.WaitGroup // the syncer has ended

	syncing sync.Mutex // one sync at a time; taken before mu
	mark    watermark  // as on the medium; guarded by syncing

	mu       sync.Mutex // guards all below
	segments []segment  // oldest first; the last one is active when active is not nil
	active   file
	retired  []retiredFile // written to no more, but not synced yet
	next     uint64
	bytes    int64  // on the disk
	buffer   []byte // of the record being written
	unsynced int64  // bytes
	urgent   bool   // a record that must be kept is not synced yet
	durable  uint64 // highest number known to be on the medium
	acked    uint64
	losses   []Gap
	holes    []span // lost since Open, as far as not acknowledged
	readers  map[*Reader]struct{}
	stats    Stats
	closed   bool

	fallen     bool  // records go to memory
	trouble    error // why, or why some of them are still there
	spareBytes int64 // in memory
	patience   time.Duration
	retryAt    time.Time
	backAt     time.Time // when trouble ended last
}

// segment is what is known of a file without reading it.
type segment struct {
	first uint64
	next  uint64 // number after its last record, as far as records were not lost
	size  int64
	spare bool // in memory, not on the disk
}

// retiredFile is a segment that nothing more is written to.
type retiredFile struct {
	first uint64
	file  file
}

// Stats says how the journal is doing.
type Stats struct {
	_             [0]func() // not to be compared, so no code is made for it
	Bytes         int64     // in all segments
	Segments      int       // files
	Depth         uint64    // records that are not acknowledged
	Dropped       uint64    // records lost since Open because the journal was full
	WriteFailures uint64    // records lost since Open because they could not be written
	Memory        bool      // a restart forgets what is appended now
	Trouble       error     // why, where it is not meant to be so; nil when everything is on the disk
}

// Open takes the directory, making it when it is not there, cuts off what a cut of power left half written, and starts
// a new segment with the first record that is appended. A directory that cannot be used is no error: records are kept in
// memory until it can be. The error wraps ErrInUse when somebody else has it open.
func Open(o Options) (*Journal, error) {
	var disk storage = newMemory()
	if o.MaxBytes > 0 {
		disk = &directory{path: o.Dir}
	}
	j, err := openStorage(disk, o)
	if err != nil {
		_ = disk.close() // the error says more
		return nil, fmt.Errorf("open journal %s: %w", o.Dir, err)
	}
	return j, nil
}

func openStorage(disk storage, o Options) (*Journal, error) {
	log := o.Logger
	if log == nil {
		log = zap.NewNop()
	}
	j := &Journal{
		disk: disk, view: disk, log: log, fault: o.Fault, maxBytes: o.MaxBytes, maxSegment: o.SegmentBytes,
		wake: make(chan struct{}, 1), turned: make(chan struct{}, 1), closing: make(chan struct{}), readers: map[*Reader]struct{}{},
	}
	if j.maxBytes <= 0 {
		j.maxBytes = defaultMemory
	} else {
		j.spare = newSpare(disk)
		j.view, j.maxSpare = j.spare, min(j.maxBytes, defaultMemory)
	}
	if j.maxSegment <= 0 {
		j.maxSegment = min(max(j.maxBytes/16, defaultSegmentMin), defaultSegmentMax)
	}
	j.maxSegment = min(j.maxSegment, j.maxBytes/4, maxSegments)
	if j.fault == nil {
		j.fault = func() error { return nil }
	}
	if err := j.begin(); err != nil {
		return nil, err
	}
	j.synced.Go(j.keepSynced)
	return j, nil
}

// begin goes on behind what an earlier run left, or in memory when that cannot be told.
func (j *Journal) begin() error {
	err := j.disk.own()
	if errors.Is(err, ErrInUse) {
		return err
	}
	var s stock
	if err == nil {
		s, err = j.takeStock()
	}
	j.mu.Lock()
	if err == nil {
		j.adoptLocked(s)
	} else {
		j.next, j.acked = provisional+1, provisional
		if j.fallLocked(err) {
			err = nil
		}
	}
	j.mu.Unlock()
	return err
}

// Append writes one record and returns its number. keep has it synced soon. When the disk does not take it, it is kept in
// memory. On an error nothing was written and no number was used; later calls try again.
func (j *Journal) Append(payload []byte, keep bool) (uint64, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return 0, ErrClosed
	}
	if limit := min(MaxRecord, j.maxBytes/2-headerSize); int64(len(payload)) > limit {
		return 0, tooLarge(len(payload), limit)
	}
	j.buffer = appendRecord(j.buffer[:0], j.next, payload)
	if err := j.writeLocked(j.buffer); err != nil {
		j.stats.WriteFailures++
		return 0, fmt.Errorf("append to journal: %w", err)
	}
	seq := j.next
	j.next++
	j.segments[len(j.segments)-1].next = j.next
	j.unsynced += int64(len(j.buffer))
	j.urgent = j.urgent || keep
	j.wakeSyncerLocked()
	for r := range j.readers {
		r.notify()
	}
	return seq, nil
}

// writeLocked writes one encoded record to the active segment. On a full disk it gives up what was acknowledged, and then,
// or on a broken one, it turns to memory.
func (j *Journal) writeLocked(record []byte) error {
	size := int64(len(record))
	for {
		err := j.makeRoomLocked(size)
		if err == nil {
			err = j.writeActiveLocked(record)
		}
		if err == nil {
			s := &j.segments[len(j.segments)-1]
			s.size += size
			*j.bytesOf(s) += size
			return nil
		}
		if errors.Is(err, syscall.ENOSPC) && j.giveUpLocked() {
			continue
		}
		if !j.fallLocked(err) {
			return err
		}
	}
}

// writeActiveLocked writes behind the last record, over what a failed write may have left there.
func (j *Journal) writeActiveLocked(record []byte) error {
	err := j.faultLocked()
	if err == nil {
		_, err = j.active.WriteAt(record, j.segments[len(j.segments)-1].size)
	}
	if err != nil && !errors.Is(err, syscall.ENOSPC) {
		// The file may never take a write again, as after a remount: go on with a new one.
		j.retireLocked()
	}
	return err
}

// faultLocked is what tests have happen to the disk.
func (j *Journal) faultLocked() error {
	if j.fallen {
		return nil
	}
	return j.fault()
}

// bytesOf is the sum that a segment's size is part of.
func (j *Journal) bytesOf(s *segment) *int64 {
	if s.spare {
		return &j.spareBytes
	}
	return &j.bytes
}

func (j *Journal) isClosed() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.closed
}

// Last is the number of the newest record; 0 when there never was one.
func (j *Journal) Last() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.next - 1
}

// Losses gives the gaps that arose since the last call because the journal or the memory in its place was full, or somebody
// removed it: records that are gone though nobody had acknowledged them.
func (j *Journal) Losses() []Gap {
	j.mu.Lock()
	defer j.mu.Unlock()
	l := j.losses
	j.losses = nil
	return l
}

// Stats says how the journal is doing.
func (j *Journal) Stats() Stats {
	j.mu.Lock()
	defer j.mu.Unlock()
	s := j.stats
	s.Bytes, s.Segments, s.Trouble = j.bytes, len(j.segments), j.trouble
	s.Memory = j.spare == nil || j.trouble != nil
	s.Depth = j.next - 1 - j.acked
	for _, h := range j.holes {
		if h.min > j.acked {
			s.Depth -= h.max - h.min + 1
		}
	}
	return s
}

// Trouble is why records are in memory that should be on the disk; nil when none are.
func (j *Journal) Trouble() error {
	j.mu.Lock()
	trouble := j.trouble
	j.mu.Unlock()
	return trouble
}

// Turned holds a token when Trouble has begun or ended. It is for one goroutine.
func (j *Journal) Turned() <-chan struct{} { return j.turned }

// Close syncs everything, ends the readers' waiting, and gives up the directory.
func (j *Journal) Close() error {
	j.mu.Lock()
	if j.closed {
		j.mu.Unlock()
		return nil
	}
	j.closed = true
	close(j.closing)
	for r := range j.readers {
		r.notify()
	}
	j.mu.Unlock()
	j.synced.Wait()
	err := j.sync()
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.trouble != nil {
		j.log.Warn("what is kept in memory is lost", zap.Int64("bytes", j.spareBytes), zap.Error(j.trouble))
	}
	j.retireLocked()
	for _, r := range j.retired {
		err = errors.Join(err, r.file.Close())
	}
	j.retired = nil
	return errors.Join(err, j.disk.close())
}

var _ io.Closer = (*Journal)(nil)
