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
	// Fault, when not nil, is asked before every change of a file and makes it fail: tests fill the disk with it.
	Fault  func() error
	Logger *zap.Logger // nil for none
}

// Journal appends records to a directory that it owns. See the package comment.
type Journal struct {
	store      storage
	log        *zap.Logger
	fault      func() error
	maxBytes   int64
	maxSegment int64

	wake    chan struct{} // for the syncer: there is something to do
	closing chan struct{}
	synced  sync.WaitGroup // the syncer has ended

	syncing sync.Mutex // one sync at a time; taken before mu
	mark    watermark  // as on the medium; guarded by syncing

	mu       sync.Mutex // guards all below
	segments []segment  // oldest first; the last one is active when active is not nil
	active   file
	retired  []file // written to no more, but not synced yet
	next     uint64
	bytes    int64
	buffer   []byte // of the record being written
	unsynced int64  // bytes
	urgent   bool   // a record that must be kept is not synced yet
	durable  uint64 // highest number known to be on the medium
	acked    uint64
	losses   []Gap
	readers  map[*Reader]struct{}
	stats    Stats
	failing  bool
	closed   bool
}

// segment is what is known of a file without reading it.
type segment struct {
	first uint64
	next  uint64 // number after its last record, as far as records were not lost
	size  int64
}

// Stats says how the journal is doing.
type Stats struct {
	Bytes         int64  // in all segments
	Segments      int    // files
	Depth         uint64 // records that are not acknowledged
	Dropped       uint64 // records lost since Open because the journal was full
	WriteFailures uint64 // records that could not be written since Open
	Failing       bool   // the last write failed
}

// Open takes the directory, making it when it is not there, cuts off what a cut of power left half written, and starts
// a new segment with the first record that is appended. The error wraps ErrInUse when somebody else has it open.
func Open(o Options) (*Journal, error) {
	var store storage = newMemory()
	if o.MaxBytes > 0 {
		dir, err := ownDirectory(o.Dir)
		if err != nil {
			return nil, err
		}
		store = dir
	}
	j, err := openStorage(store, o)
	if err != nil {
		_ = store.close() // the error says more
		return nil, fmt.Errorf("open journal %s: %w", o.Dir, err)
	}
	return j, nil
}

func openStorage(store storage, o Options) (*Journal, error) {
	log := o.Logger
	if log == nil {
		log = zap.NewNop()
	}
	j := &Journal{
		store: store, log: log, fault: o.Fault, maxBytes: o.MaxBytes, maxSegment: o.SegmentBytes,
		wake: make(chan struct{}, 1), closing: make(chan struct{}), readers: map[*Reader]struct{}{},
	}
	if j.maxBytes <= 0 {
		j.maxBytes = defaultMemory
	}
	if j.maxSegment <= 0 {
		j.maxSegment = min(max(j.maxBytes/16, defaultSegmentMin), defaultSegmentMax)
	}
	j.maxSegment = min(j.maxSegment, j.maxBytes/4, maxSegments)
	if j.fault == nil {
		j.fault = func() error { return nil }
	}
	if err := j.recover(); err != nil {
		return nil, err
	}
	j.synced.Go(j.keepSynced)
	return j, nil
}

// Append writes one record and returns its number. keep has it synced soon. On an error nothing was written and no
// number was used; later calls try again.
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
		if !j.failing {
			j.failing = true
			j.log.Warn("journal cannot be written", zap.Error(err))
		}
		return 0, fmt.Errorf("append to journal: %w", err)
	}
	if j.failing {
		j.failing = false
		j.log.Info("journal can be written again", zap.Uint64("lost", j.stats.WriteFailures))
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

// writeLocked writes one encoded record to the active segment. On a full disk it gives up what was acknowledged.
func (j *Journal) writeLocked(record []byte) error {
	size := int64(len(record))
	for {
		err := j.makeRoomLocked(size)
		if err == nil {
			err = j.writeActiveLocked(record)
		}
		if err == nil {
			j.segments[len(j.segments)-1].size += size
			j.bytes += size
			return nil
		}
		if !errors.Is(err, syscall.ENOSPC) || !j.giveUpLocked() {
			return err
		}
	}
}

// writeActiveLocked writes behind the last record, over what a failed write may have left there.
func (j *Journal) writeActiveLocked(record []byte) error {
	err := j.fault()
	if err == nil {
		_, err = j.active.WriteAt(record, j.segments[len(j.segments)-1].size)
	}
	if err != nil && !errors.Is(err, syscall.ENOSPC) {
		// The file may never take a write again, as after a remount: go on with a new one.
		j.retireLocked()
	}
	return err
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

// Losses gives the gaps that arose since the last call because the journal was full: records dropped that nobody had
// acknowledged.
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
	s.Bytes, s.Segments, s.Failing = j.bytes, len(j.segments), j.failing
	s.Depth = j.next - 1 - j.acked
	return s
}

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
	j.retireLocked()
	for _, f := range j.retired {
		err = errors.Join(err, f.Close())
	}
	j.retired = nil
	return errors.Join(err, j.store.close())
}

var _ io.Closer = (*Journal)(nil)
