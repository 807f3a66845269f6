package journal

import (
	"errors"
	"io/fs"
	"sync/atomic"
)

// spare is the memory beside a disk, for what the disk does not take. A file that is in both is read from memory.
type spare struct {
	disk    storage
	memory  *memory
	adopted atomic.Bool // the disk's numbers are known, so that its files may be read
}

func newSpare(disk storage) *spare { return &spare{disk: disk, memory: newMemory()} }

// list gives what is in memory at least.
func (s *spare) list() ([]string, error) {
	names, err := s.memory.list()
	if err != nil || !s.adopted.Load() {
		return names, err
	}
	onDisk, err := s.disk.list()
	if len(names) > 0 {
		err = nil
	}
	return append(names, onDisk...), err
}

func (s *spare) open(name string) (file, error) {
	f, err := s.memory.open(name)
	if errors.Is(err, fs.ErrNotExist) && s.adopted.Load() {
		return s.disk.open(name)
	}
	return f, err
}

// put makes a file with a content in memory.
func (s *spare) put(name string, content []byte) {
	s.memory.mu.Lock()
	s.memory.files[name] = &memoryFile{b: content}
	s.memory.mu.Unlock()
}
