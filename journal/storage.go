package journal

import (
	"fmt"
	"io"
	"sort"
	"strconv"
	"strings"
)

// source is what a reader needs of a storage.
type source interface {
	// list gives the names of all files, in any order.
	list() ([]string, error)
	// open opens a file for reading; the error wraps fs.ErrNotExist when it is gone.
	open(name string) (file, error)
}

// storage keeps a journal's files: a directory, or memory.
type storage interface {
	source
	// own keeps others from writing there; it may be called again. The error wraps ErrInUse when another does.
	own() error
	// create makes an empty file, or empties the one that is there.
	create(name string) (file, error)
	// update opens a file for writing in place, and makes it when it is not there.
	update(name string) (file, error)
	// holds tells whether the name still stands for a file that was opened by it.
	holds(name string, f file) bool
	remove(name string) error
	// syncNames makes created and removed names durable.
	syncNames() error
	close() error
}

// file is one file of a storage. It stays readable when it is removed while open.
type file interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	size() (int64, error)
	truncate(size int64) error
	sync() error
}

// done closes what was only read, or is synced: there is nothing to lose any more.
func done(c io.Closer) { _ = c.Close() }

// formatVersion is part of every segment's name, so that a file of another format is never taken for one of ours.
const formatVersion = 1

// maxSeq is a number that no journal reaches, with room to count on behind it.
const maxSeq = 1 << 62

// provisional is where numbers begin while nobody knows which ones a directory holds that cannot be opened.
const provisional = 1 << 61

// segmentName writes the number in full width, so that names sort like numbers.
func segmentName(first uint64) string { return fmt.Sprintf("%020d.v%d", first, formatVersion) }

// parseSegmentName tells the first number and the format version of a segment.
func parseSegmentName(name string) (first uint64, version int, ok bool) {
	number, suffix, found := strings.Cut(name, ".v")
	if !found || len(number) != 20 {
		return 0, 0, false
	}
	first, err := strconv.ParseUint(number, 10, 64)
	if err != nil || first == 0 || first > maxSeq {
		return 0, 0, false
	}
	version, err = strconv.Atoi(suffix)
	return first, version, err == nil
}

// listSegments gives the first numbers of the segments of our format, ascending, and where the segments of another one
// start.
func listSegments(s source) (ours, foreign []uint64, err error) {
	names, err := s.list()
	if err != nil {
		return nil, nil, fmt.Errorf("list segments: %w", err)
	}
	for _, name := range names {
		first, version, ok := parseSegmentName(name)
		switch {
		case !ok:
		case version == formatVersion:
			ours = append(ours, first)
		default:
			foreign = append(foreign, first)
		}
	}
	sort.SliceStable(ours, func(i, j int) bool { return ours[i] < ours[j] })
	return ours, foreign, nil
}
