package journal

import (
	"fmt"
	"os"
	"path/filepath"
)

// directory is a storage on a file system. The zero lock means that it is only read.
type directory struct {
	path string
	lock *os.File
}

// ownDirectory makes the directory when it is not there, and locks it for this process.
func ownDirectory(path string) (*directory, error) {
	if err := os.MkdirAll(path, 0o750); err != nil {
		return nil, fmt.Errorf("make journal directory: %w", err)
	}
	// The directory's own name must survive a cut of power, too. A medium that cannot sync is found out by the first record.
	_ = (&directory{path: filepath.Dir(path)}).syncNames()
	lock, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open journal directory: %w", err)
	}
	if err := lockFile(lock); err != nil {
		done(lock)
		return nil, fmt.Errorf("lock journal %s: %w", path, err)
	}
	return &directory{path: path, lock: lock}, nil
}

func (d *directory) list() ([]string, error) {
	entries, err := os.ReadDir(d.path)
	if err != nil {
		return nil, err
	}
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names, nil
}

func (d *directory) create(name string) (file, error) {
	return d.openFile(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC)
}

func (d *directory) update(name string) (file, error) {
	return d.openFile(name, os.O_RDWR|os.O_CREATE)
}

func (d *directory) open(name string) (file, error) { return d.openFile(name, os.O_RDONLY) }

func (d *directory) openFile(name string, flag int) (file, error) {
	f, err := os.OpenFile(filepath.Join(d.path, name), flag, 0o640)
	if err != nil {
		return nil, err
	}
	return diskFile{f}, nil
}

func (d *directory) remove(name string) error { return os.Remove(filepath.Join(d.path, name)) }

func (d *directory) syncNames() error {
	f, err := os.Open(d.path)
	if err != nil {
		return err
	}
	defer done(f)
	return f.Sync()
}

// close gives up the lock.
func (d *directory) close() error {
	if d.lock == nil {
		return nil
	}
	return d.lock.Close()
}

type diskFile struct{ *os.File }

func (f diskFile) size() (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

func (f diskFile) truncate(size int64) error { return f.Truncate(size) }

func (f diskFile) sync() error { return syncData(f.File) }
