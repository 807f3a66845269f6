package locate

import (
	"io"
	"os"
	"sync"
	"time"
)

// maxFile bounds what is read of a file.
const maxFile = 1 << 20

// file is what stands in a small file, read again when it has changed: a phone that moves to another network gets another
// resolv.conf. A file that cannot be read is an empty one.
type file[T any] struct {
	path string
	read func(io.Reader) T

	mu       sync.Mutex
	known    bool
	modified time.Time
	size     int64
	content  T
}

func newFile[T any](path string, read func(io.Reader) T) *file[T] {
	return &file[T]{path: path, read: read}
}

func (f *file[T]) get() T {
	f.mu.Lock()
	defer f.mu.Unlock()
	info, err := os.Stat(f.path)
	if err != nil {
		f.known = false
		var none T
		return none
	}
	if !f.known || !info.ModTime().Equal(f.modified) || info.Size() != f.size {
		f.content = f.load()
		f.known, f.modified, f.size = true, info.ModTime(), info.Size()
	}
	return f.content
}

func (f *file[T]) load() T {
	r, err := os.Open(f.path)
	if err != nil {
		var none T
		return none
	}
	defer func() { _ = r.Close() }()
	return f.read(io.LimitReader(r, maxFile))
}
