package access

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"sidetone/collector/filelock"
	"sidetone/internal/statefile"
)

// The files of a Folder.
const (
	fileDevices   = "devices.json"
	fileCA        = "ca.crt"
	fileCAKey     = "ca.key"
	fileServerKey = "server.key"
	fileLock      = "lock"
)

// Folder is where a collector keeps what it knows of its devices' credentials.
type Folder struct {
	dir string
	now func() time.Time
}

// At is the folder that belongs to the database at a path. It is made when something is put into it.
func At(database string) Folder { return Folder{dir: database + ".access", now: time.Now} }

// Clocked is the folder for one whose clock is another.
func (f Folder) Clocked(now func() time.Time) Folder {
	f.now = now
	return f
}

// Devices lists every enrolled device, and those that were revoked, by id.
func (f Folder) Devices() ([]Device, error) {
	b, err := f.read()
	if err != nil {
		return nil, err
	}
	return b.Devices, nil
}

func (f Folder) read() (*book, error) {
	path := filepath.Join(f.dir, fileDevices)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &book{Version: bookVersion}, nil
	}
	if err != nil {
		return nil, err
	}
	b, err := decodeBook(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return b, nil
}

// locked runs do while no other process changes the folder.
func (f Folder) locked(do func() error) (err error) {
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return err
	}
	lock, err := filelock.Wait(filepath.Join(f.dir, fileLock))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	return do()
}

// change lets edit change the book, and puts it in place of the old one unless edit fails.
func (f Folder) change(edit func(*book) error) error {
	return f.locked(func() error {
		b, err := f.read()
		if err != nil {
			return err
		}
		if err := edit(b); err != nil {
			return err
		}
		text, err := b.encode()
		if err != nil {
			return err
		}
		return statefile.Replace(filepath.Join(f.dir, fileDevices), text)
	})
}
