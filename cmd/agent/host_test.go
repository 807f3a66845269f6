package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func machine(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestHostIsReadFromWhatTheSystemTells(t *testing.T) {
	root := machine(t, map[string]string{
		"proc/sys/kernel/osrelease":               "6.1.0-37-armmp\n",
		"proc/sys/kernel/random/boot_id":          "1f2e3d4c-aaaa-4bbb-8ccc-123456789abc\n",
		"proc/uptime":                             "12345.67 45678.90\n",
		"etc/os-release":                          "NAME=\"OpenWrt\"\nPRETTY_NAME=\"OpenWrt 24.10.0\"\nID=openwrt\n",
		"sys/class/watchdog/watchdog0/bootstatus": "32\n",
	})
	h := hostAt(root)
	want := host{root: root, kernel: "6.1.0-37-armmp", boot: "1f2e3d4c", firmware: "OpenWrt 24.10.0", watchdog: true}
	if h != want || h.uptime() != 12345670*time.Millisecond {
		t.Errorf("%+v, up %v", h, h.uptime())
	}
}

func TestHostThatTellsNothingIsNoTrouble(t *testing.T) {
	for name, files := range map[string]map[string]string{
		"nothing": nil,
		"nonsense": {
			"proc/uptime": "soon", "sys/class/watchdog/watchdog0/bootstatus": "-", "etc/os-release": "PRETTY_NAME",
		},
		"too much": {"proc/uptime": "1e300 0"},
	} {
		root := machine(t, files)
		if h := hostAt(root); h != (host{root: root}) || h.uptime() != 0 {
			t.Errorf("%s: %+v, up %v", name, h, h.uptime())
		}
	}
}

func TestOnlyADeviceThatHasJustStartedDelaysItsFirstConnection(t *testing.T) {
	for up, want := range map[time.Duration]time.Duration{
		0: 0, time.Second: time.Minute, justStarted: time.Minute, justStarted + 1: 0, 1000 * time.Hour: 0,
	} {
		if got := startWithin(time.Minute, func() time.Duration { return up }); got != want {
			t.Errorf("up %v: %v, want %v", up, got, want)
		}
	}
}

func TestCertificatesAreJudgedByTheLaterOneOfClockAndBuild(t *testing.T) {
	build := time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC)
	for clock, want := range map[time.Time]time.Time{
		time.Unix(0, 0):            build,
		build.Add(100 * time.Hour): build.Add(100 * time.Hour),
	} {
		if got := later(clock, build); !got.Equal(want) {
			t.Errorf("clock %v: %v, want %v", clock, got, want)
		}
	}
}
