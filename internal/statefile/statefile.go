// Package statefile keeps what a program must remember over a restart, in small files that are there wholly or not at all.
package statefile

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// MaxJSON bounds what ReadJSON reads of a file, in bytes.
const MaxJSON = 256 << 10

// ReadJSON reads a file into v. A file that is not there, or without a name, is no error and changes nothing.
func ReadJSON(path string, v any) error {
	if path == "" {
		return nil
	}
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil && info.Size() > MaxJSON {
		err = fmt.Errorf("%s has more than %d bytes", path, MaxJSON)
	}
	if err != nil {
		return err
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, v); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// WriteJSON puts v in the place of a file, whose folder it makes where it is missing. Without a name it does nothing.
func WriteJSON(path string, v any) error {
	if path == "" {
		return nil
	}
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return err
	}
	return Replace(path, b)
}

// Replace puts a new file, of which only its owner can read anything, in the place of an old one. After a cut of power there is
// one of the two. What a cut leaves behind, the next call writes over: flash does not fill up with it.
func Replace(path string, content []byte) error {
	draft := path + ".new"
	err := write(draft, content)
	if err == nil {
		err = os.Rename(draft, path)
	}
	if err != nil {
		_ = os.Remove(draft) // if it is there
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

func write(path string, content []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}
