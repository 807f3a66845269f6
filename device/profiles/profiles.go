// Package profiles knows boards: which of a phone's parts each one has, and by which driver the part is reached. A board
// is a YAML file in this folder, named after it; all are compiled in.
package profiles

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

//go:embed *.yaml
var boards embed.FS

// Driver reaches a part.
type Driver string

// Simulated is the driver of device/sim.
const Simulated Driver = "sim"

// Part is how one part of a board is reached.
type Part struct {
	Driver Driver `yaml:"driver"`
}

// Profile is a board. A part that it does not have is nil.
type Profile struct {
	Name    string          `yaml:"-"`     // of the file
	Model   string          `yaml:"model"` // as operators know the board
	Hook    *Part           `yaml:"hook"`
	Keypad  *Part           `yaml:"keypad"`
	Ringer  *Part           `yaml:"ringer"`
	Audio   *Part           `yaml:"audio"`
	Handset *Part           `yaml:"handset"`
	Lamps   map[string]Part `yaml:"lamps"` // by what they show, such as device.LineLamp
}

// Names lists the profiles there are, sorted.
func Names() []string {
	entries, _ := boards.ReadDir(".") // embedded: it is there
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".yaml"))
	}
	slices.Sort(names)
	return names
}

// Load reads a profile.
func Load(name string) (Profile, error) {
	text, err := boards.ReadFile(name + ".yaml")
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid) {
		return Profile{}, fmt.Errorf("no board is called %q; allowed: %s", name, strings.Join(Names(), ", "))
	}
	if err != nil {
		return Profile{}, fmt.Errorf("read profile: %w", err)
	}
	return parse(name, text)
}

func parse(name string, text []byte) (Profile, error) {
	p := Profile{Name: name}
	if err := yaml.UnmarshalWithOptions(text, &p, yaml.Strict()); err != nil {
		return Profile{}, fmt.Errorf("profile %s: %w", name, err)
	}
	for part, driver := range p.drivers() {
		if driver != Simulated {
			return Profile{}, fmt.Errorf("profile %s: %s: driver %q is not known; allowed: %s", name, part, driver, Simulated)
		}
	}
	return p, nil
}

// drivers is the driver of every part there is.
func (p Profile) drivers() map[string]Driver {
	all := map[string]Driver{}
	for name, part := range map[string]*Part{"hook": p.Hook, "keypad": p.Keypad, "ringer": p.Ringer, "audio": p.Audio, "handset": p.Handset} {
		if part != nil {
			all[name] = part.Driver
		}
	}
	for name, part := range p.Lamps {
		all["lamps."+name] = part.Driver
	}
	return all
}
