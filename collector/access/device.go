package access

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Kind is how a device proves who it is.
type Kind string

// The kinds.
const (
	Password    Kind = "password"
	Certificate Kind = "certificate"
)

// Device is one entry of the book of devices.
type Device struct {
	ID      string    `json:"id"`
	Tenant  string    `json:"tenant"`
	Kind    Kind      `json:"kind"`
	Created time.Time `json:"created"`
	Renewed time.Time `json:"renewed,omitzero"`
	Revoked time.Time `json:"revoked,omitzero"` // zero: it may speak
	Hash    string    `json:"hash,omitempty"`   // of its password
	Issued  []Issued  `json:"issued,omitempty"` // certificates of the own authority, the latest last
}

// Issued is a certificate that is good for a device.
type Issued struct {
	Serial   string    `json:"serial"` // hexadecimal
	NotAfter time.Time `json:"not_after"`
}

// has tells whether a certificate of the own authority is one of the device's.
func (d Device) has(serial string) bool {
	return slices.ContainsFunc(d.Issued, func(i Issued) bool { return i.Serial == serial })
}

// bookVersion is the version of the file's format.
const bookVersion = 1

// book is the file of devices.
type book struct {
	Version int      `json:"v"`
	Devices []Device `json:"devices"` // by id
}

func (b *book) find(id string) (int, bool) {
	return slices.BinarySearchFunc(b.Devices, id, func(d Device, id string) int { return strings.Compare(d.ID, id) })
}

func (b *book) put(d Device) {
	i, there := b.find(d.ID)
	if there {
		b.Devices[i] = d
		return
	}
	b.Devices = slices.Insert(b.Devices, i, d)
}

func decodeBook(text []byte) (*book, error) {
	b := new(book)
	if err := json.Unmarshal(text, b); err != nil {
		return nil, err
	}
	if b.Version != bookVersion {
		return nil, fmt.Errorf("version %d of the format: want %d", b.Version, bookVersion)
	}
	for i, d := range b.Devices {
		switch {
		case d.ID == "" || d.Tenant == "":
			return nil, fmt.Errorf("device %q of tenant %q: both need a name", d.ID, d.Tenant)
		case d.Kind != Password && d.Kind != Certificate:
			return nil, fmt.Errorf("device %s: unknown kind %q", d.ID, d.Kind)
		case i > 0 && b.Devices[i-1].ID >= d.ID:
			return nil, fmt.Errorf("device %s: out of order, or there twice", d.ID)
		}
		if d.Hash == "" {
			continue
		}
		if _, err := parseHash(d.Hash); err != nil {
			return nil, fmt.Errorf("device %s: %w", d.ID, err)
		}
	}
	return b, nil
}

func (b *book) encode() ([]byte, error) {
	text, err := json.MarshalIndent(b, "", " ")
	return append(text, '\n'), err
}

// The errors that a command tells apart.
var (
	ErrEnrolled    = errors.New("is enrolled already")
	ErrNotEnrolled = errors.New("is not enrolled")
)
