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
)

//go:embed *.yaml
var boards embed.FS

// Driver reaches a part.
type Driver string

// Simulated is the driver of device/sim.
const Simulated Driver = "sim"

// Part is how one part of a board is reached.
type Part struct {
	Driver Driver
}

// Profile is a board. A part that it does not have is nil.
type Profile struct {
	Name    string // of the file
	Model   string // as operators know the board
	Hook    *Part
	Keypad  *Part
	Ringer  *Part
	Audio   *Part
	Handset *Part
	Lamps   map[string]Part // by what they show, such as device.LineLamp
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
