package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"
)

// directory is a storage on a file system. Without a lock it is only read.
type directory struct {
	path string

	mu   sync.Mutex // guards lock
	lock *os.File
}

// own makes the directory when it is not there, and locks it for this process.
func (d *directory) own() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.lock != nil {
		return nil
	}
	lock, err := lockDirectory(d.path)
	if err == nil {
		d.lock = lock
	}
	return err
}

func lockDirectory(path string) (*os.File, error) {
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
	return lock, nil
}

// stayOwner takes the directory anew when it was deleted or replaced: the lock on the old one keeps nobody out.
func (d *directory) stayOwner() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.lock == nil {
		return nil
	}
	held, err := d.lock.Stat()
	if err != nil {
		return fmt.Errorf("look at the locked journal: %w", err)
	}
	there, err := os.Stat(d.path)
	if err == nil && os.SameFile(held, there) || err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil // in the second case, opening a file will tell
	}
	lock, err := lockDirectory(d.path)
	if err != nil {
		return err
	}
	done(d.lock)
	d.lock = lock
	return nil
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
	if err := d.stayOwner(); err != nil {
		return nil, err
	}
	return d.openFile(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC)
}

func (d *directory) update(name string) (file, error) {
	if err := d.stayOwner(); err != nil {
		return nil, err
	}
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

// holds takes a name that cannot be looked at for one that is there.
func (d *directory) holds(name string, f file) bool {
	there, err := os.Stat(filepath.Join(d.path, name))
	if err != nil {
		return !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR)
	}
	disk, ok := f.(diskFile)
	if !ok {
		return false
	}
	held, err := disk.Stat()
	return err != nil || os.SameFile(held, there)
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
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.lock == nil {
		return nil
	}
	err := d.lock.Close()
	d.lock = nil
	return err
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
