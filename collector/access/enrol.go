package access

import (
	"fmt"
	"slices"
	"time"
)

// Credentials are what a new device is given. They are shown once: of the password and the key nothing is kept.
type Credentials struct {
	Device   Device
	Password string // of kind Password

	// PEM, of kind Certificate.
	Certificate, Key []byte
	CA               []byte // of this collector's authority, by which the device verifies it
	NotAfter         time.Time
}

// Order is what kind of credentials a device gets.
type Order struct {
	ID, Tenant string // valid names
	Kind       Kind
	Valid      time.Duration // of a certificate
}

// Add enrols a device, or one again that was revoked. deliver is called with the credentials before they are good for
// anything; when it fails, nothing has changed.
func (f Folder) Add(o Order, deliver func(Credentials) error) error {
	return f.AddAll([]Order{o}, deliver)
}

// AddAll adds a whole fleet at once, or none of it.
func (f Folder) AddAll(orders []Order, deliver func(Credentials) error) error {
	return f.enrol(func(b *book, ca *Authority) error {
		for _, o := range orders {
			if i, there := b.find(o.ID); there && b.Devices[i].Revoked.IsZero() {
				return fmt.Errorf("device %s %w", o.ID, ErrEnrolled)
			}
			if err := ca.enrol(b, o, Device{}, deliver); err != nil {
				return err
			}
		}
		return nil
	})
}

// Renew gives an enrolled device new credentials of the kind and for the tenant that it has. An old password is good for
// nothing from then on; an old certificate stays good until it expires, so that the device can change over.
func (f Folder) Renew(id string, valid time.Duration, deliver func(Credentials) error) error {
	return f.enrol(func(b *book, ca *Authority) error {
		i, there := b.find(id)
		if !there || !b.Devices[i].Revoked.IsZero() {
			return fmt.Errorf("device %s %w", id, ErrNotEnrolled)
		}
		old := b.Devices[i]
		return ca.enrol(b, Order{ID: id, Tenant: old.Tenant, Kind: old.Kind, Valid: valid}, old, deliver)
	})
}

func (f Folder) enrol(do func(*book, *Authority) error) error {
	ca, err := f.Authority()
	if err != nil {
		return err
	}
	return f.change(func(b *book) error { return do(b, ca) })
}

// enrol makes credentials, hands them over, and puts the device into the book. old is the device that they are renewed
// of, or none.
func (ca *Authority) enrol(b *book, o Order, old Device, deliver func(Credentials) error) error {
	c, err := ca.credentials(o, old)
	if err != nil {
		return err
	}
	if err := deliver(c); err != nil {
		return err
	}
	b.put(c.Device)
	return nil
}

func (ca *Authority) credentials(o Order, old Device) (Credentials, error) {
	now := ca.folder.now().UTC().Truncate(time.Second)
	c := Credentials{CA: ca.PEM(), Device: Device{ID: o.ID, Tenant: o.Tenant, Kind: o.Kind, Created: now}}
	if old.ID != "" {
		c.Device.Created, c.Device.Renewed = old.Created, now
		c.Device.Issued = slices.DeleteFunc(slices.Clone(old.Issued), func(i Issued) bool { return i.NotAfter.Before(now) })
	}
	if o.Kind == Password {
		c.Password = newPassword()
		c.Device.Hash = hashPassword(c.Password)
		return c, nil
	}
	cert, key, issued, err := ca.issue(o.ID, now, o.Valid)
	if err != nil {
		return Credentials{}, err
	}
	c.Certificate, c.Key = cert, key
	c.NotAfter = issued.NotAfter
	c.Device.Issued = append(c.Device.Issued, issued)
	return c, nil
}

// Revoke takes a device's credentials back. One that was never enrolled here may be known by a certificate of another
// authority: then it is barred all the same, and known is false.
func (f Folder) Revoke(id string) (known bool, err error) {
	err = f.change(func(b *book) error {
		now := f.now().UTC().Truncate(time.Second)
		i, there := b.find(id)
		if !there {
			b.put(Device{ID: id, Tenant: "default", Kind: Certificate, Created: now, Revoked: now})
			return nil
		}
		known = true
		d := b.Devices[i]
		if d.Revoked.IsZero() {
			d.Revoked = now
		}
		d.Hash, d.Issued = "", nil
		b.put(d)
		return nil
	})
	return known, err
}
