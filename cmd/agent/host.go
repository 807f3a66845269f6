package main

import (
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// host is what the operating system tells of the machine; what it does not tell is empty.
type host struct {
	root     string
	kernel   string // its release (proc(5))
	boot     string // another value for every start of the machine: the first digits of the kernel's boot_id
	firmware string // name and version of the system (os-release(5))
	watchdog bool   // the watchdog started it
}

// cardReset is the bit of a watchdog's boot status that says that it has reset the machine (WDIOF_CARDRESET,
// linux/watchdog.h).
const cardReset = 0x20

// hostAt reads the files under root.
func hostAt(root string) host {
	h := host{root: root}
	h.kernel = h.read("proc/sys/kernel/osrelease")
	h.boot, _, _ = strings.Cut(h.read("proc/sys/kernel/random/boot_id"), "-")
	for line := range strings.Lines(h.read("etc/os-release")) {
		if name, ok := strings.CutPrefix(line, "PRETTY_NAME="); ok {
			h.firmware = strings.Trim(strings.TrimSpace(name), `"'`)
		}
	}
	status, _ := strconv.ParseUint(h.read("sys/class/watchdog/watchdog0/bootstatus"), 0, 32) // 0 without one
	h.watchdog = status&cardReset != 0
	return h
}

func (h host) read(name string) string {
	b, _ := os.ReadFile(filepath.Join(h.root, name)) // nothing is what it tells
	return strings.TrimSpace(string(b))
}

// uptime is how long the machine has been up; 0 when it is not known.
func (h host) uptime() time.Duration {
	seconds, _, _ := strings.Cut(h.read("proc/uptime"), " ")
	up, err := strconv.ParseFloat(seconds, 64)
	if err != nil || up < 0 || up > math.MaxInt32 {
		return 0
	}
	return time.Duration(up * float64(time.Second))
}
