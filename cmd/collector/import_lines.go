package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"sidetone/capture"
	"sidetone/collector/ingest"
	"sidetone/trace"
)

// maxImportLine bounds an event line, in bytes: a SIP message of 64 KiB, escaped, and what stands around it.
const maxImportLine = 1 << 20

// unnamed are the event lines that do not say whose they are.
const unnamed = ""

// importLines reads event lines. They keep their identity only where it is said whose they are: else their boot is made of the
// content, and their numbers are those of the lines, so that neither passes for a device's.
func importLines(r io.Reader, o importOptions) (*imported, error) {
	if o.at != "" {
		return nil, usageError{errors.New("--at is for captures; a file of event lines has one side")}
	}
	sum := sha256.New()
	lines := bufio.NewScanner(io.TeeReader(r, sum))
	lines.Buffer(make([]byte, 0, 64<<10), maxImportLine)
	lines.Split(scanWhole)
	events := map[string][]trace.Event{}
	var order []string
	offset := int64(0)
	for lines.Scan() {
		e, owner, err := importLine(lines.Bytes())
		if err != nil {
			return nil, &capture.FormatError{Offset: offset, Reason: err.Error()}
		}
		offset += int64(len(lines.Bytes()))
		if e.Seq == 0 {
			continue
		}
		if events[owner] == nil {
			order = append(order, owner)
		}
		events[owner] = append(events[owner], e)
	}
	if err := lines.Err(); err != nil {
		return nil, &capture.FormatError{Offset: offset, Reason: err.Error()}
	}
	hash := binary.BigEndian.Uint64(sum.Sum(nil))
	got := &imported{}
	for _, owner := range order {
		device := "import-" + owner
		switch {
		case o.device != "" && len(order) == 1:
			device = o.device
		case o.device != "":
			return nil, usageError{fmt.Errorf("--device %s: the file has the events of %d devices", o.device, len(order))}
		case owner == unnamed || !ingest.ValidName(device):
			device = fmt.Sprintf("import-%08x", uint32(hash>>32))
		}
		if o.device == "" {
			for i := range events[owner] {
				events[owner][i].Boot, events[owner][i].Seq = trace.Boot(max(hash, 1)), uint64(i+1)
			}
		}
		if err := got.add(device, events[owner]); err != nil {
			return nil, err
		}
		got.sum(events[owner])
	}
	return got, nil
}

// scanWhole is bufio.ScanLines with the line ends, so that offsets can be counted.
func scanWhole(data []byte, atEOF bool) (int, []byte, error) {
	if i := bytes.IndexByte(data, '\n'); i >= 0 {
		return i + 1, data[:i+1], nil
	}
	if atEOF && len(data) > 0 {
		return len(data), data, nil
	}
	return 0, nil, nil
}

// importLine reads one line; the event of an empty one has no seq. An exported line says whose it is.
func importLine(line []byte) (e trace.Event, owner string, err error) {
	line = bytes.TrimSpace(line)
	if len(line) == 0 {
		return e, "", nil
	}
	if line[0] != '{' {
		return e, "", errors.New("neither a capture (pcap, pcapng) nor an event line (ndjson)")
	}
	found, faults := ingest.DecodeBatch(line)
	for fault := range faults {
		return e, "", fmt.Errorf("not an event line that can be read: %s", fault)
	}
	var by struct {
		By struct {
			Device string `json:"device"`
		} `json:"by"`
	}
	_ = json.Unmarshal(line, &by) // whoever it is by, the event could be read
	return found[0].Event, by.By.Device, nil
}

// sum notes the calls of a device.
func (i *imported) sum(events []trace.Event) {
	folds := map[string]*trace.Fold{}
	var order []string
	for _, e := range events {
		if e.Call == "" {
			continue
		}
		if folds[e.Call] == nil {
			folds[e.Call] = &trace.Fold{}
			order = append(order, e.Call)
		}
		folds[e.Call].Add(e)
	}
	for _, id := range order {
		i.calls = append(i.calls, folds[id].Summary)
	}
}
