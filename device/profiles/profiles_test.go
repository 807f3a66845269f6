package profiles

import (
	"strings"
	"testing"

	"sidetone/device"
)

func TestEveryProfileLoads(t *testing.T) {
	names := Names()
	if len(names) == 0 {
		t.Fatal("no profile is compiled in")
	}
	for _, name := range names {
		p, err := Load(name)
		if err != nil {
			t.Error(err)
			continue
		}
		if p.Name != name || p.Model == "" {
			t.Errorf("%s: got name %q, model %q", name, p.Name, p.Model)
		}
	}
}

func TestSimulatedPhoneHasEveryPart(t *testing.T) {
	p, err := Load("sim")
	if err != nil {
		t.Fatal(err)
	}
	if p.Hook == nil || p.Keypad == nil || p.Ringer == nil || p.Audio == nil || p.Handset == nil {
		t.Errorf("a part is missing: %+v", p)
	}
	if _, ok := p.Lamps[device.LineLamp]; !ok {
		t.Errorf("no %s lamp: %+v", device.LineLamp, p.Lamps)
	}
}

func TestWrongProfilesAreRefused(t *testing.T) {
	for _, tc := range []struct{ text, want string }{
		{"model: x\nhok: {driver: sim}\n", `hok: unknown key`},
		{"model: 7\n", `model: want a text`},
		{"hook: {driver: sim, pin: 3}\n", `hook: pin: unknown key`},
		{"hook: sim\n", `hook: want keys with values`},
		{"model: x\nhook: {driver: evdevv}\n", `hook: driver "evdevv" is not known`},
		{"lamps: {line: {}}\n", `lamps: line: driver "" is not known`},
		{"model: [", "profile x"},
	} {
		if _, err := parse("x", []byte(tc.text)); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%q: got %v", tc.text, err)
		}
	}
}

func TestUnknownBoardNamesThoseThereAre(t *testing.T) {
	for _, name := range []string{"vgv7510", "", "../sim", "a/b"} {
		if _, err := Load(name); err == nil || !strings.Contains(err.Error(), "allowed: sim") {
			t.Errorf("%q: got %v", name, err)
		}
	}
}
