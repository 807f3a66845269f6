package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"sidetone/capture"
	"sidetone/device/control"
	"sidetone/internal/command"
	"sidetone/journal"
	"sidetone/trace"
)

// archive is where recorded events are read from: the journal, whether an agent runs or not, or a file of event lines or packets.
type archive struct {
	_       [0]func()        // not to be compared, so no code is made for it
	dir     string           // of the journal
	live    *journal.Journal // instead of the folder, in the agent that writes it
	file    string           // instead of the journal
	capture *capture.Result  // what the file tells, where it is one of packets
	device  string           // whose events they are; "" when nobody says
	name    string
	socket  string // on which an agent that writes here would answer; "" when nobody says
}

// archiveFlags say which archive is meant.
type archiveFlags struct{ config, journal, file, at string }

func (f *archiveFlags) add(cmd *command.Command) {
	addConfigFlag(cmd, &f.config)
	cmd.Flags().StringVar(&f.journal, "journal", "", "folder of a journal, instead of the configuration's")
}

func (f *archiveFlags) addFile(cmd *command.Command) {
	cmd.Flags().StringVarP(&f.file, "file", "f", "", "file of event lines (ndjson) or packets (pcap, pcapng) instead of the journal")
	cmd.Flags().StringVar(&f.at, "at", "", "`ADDRESS` of the host whose side of the calls is told, where -f is a file of packets")
	cmd.Exclude("file", "journal")
}

// open finds the archive.
func (f *archiveFlags) open(cmd *command.Command) (archive, error) {
	switch {
	case f.file != "":
		return openFile(f.file, f.at)
	case f.journal != "":
		return archive{dir: f.journal}, nil
	}
	cfg, err := configOrDefault(cmd, f.config)
	if err != nil {
		return archive{}, err
	}
	if cfg.Telemetry.Journal.MaxBytes == 0 {
		return archive{}, cfg.Fault("telemetry.journal.max_bytes", errors.New("the journal is in the agent's memory only, so there is nothing to read"))
	}
	return archive{dir: cfg.Telemetry.Journal.Dir, device: cfg.Device.ID, name: cfg.Device.Name, socket: cfg.Device.Control}, nil
}

// abandoned tells whether nobody writes here any more: no agent runs that could end the calls that have no end.
func (a archive) abandoned(ctx context.Context) bool {
	if a.socket == "" {
		return false
	}
	client, err := control.Connect(ctx, a.socket)
	if err == nil {
		_ = client.Close()
	}
	return errors.Is(err, control.ErrNotRunning)
}

// errStop ends a reading early without being an error.
var errStop = errors.New("enough")

// each gives every event line that is wanted to visit, in order. What could not be read is in lost.
func (a archive) each(ctx context.Context, wanted func(line []byte) bool, visit func(line []byte, e trace.Event) error) (lost []error, err error) {
	decode := func(line []byte) error {
		if !wanted(line) {
			return nil
		}
		e, err := trace.Decode(line)
		if err != nil {
			lost = append(lost, err)
			if e.Seq == 0 {
				return nil
			}
		}
		return visit(line, e)
	}
	read := a.eachRecord
	if a.capture != nil {
		return a.eachCaptured(visit)
	}
	if a.file != "" {
		read = a.eachLine
	}
	holes, err := read(ctx, decode)
	if errors.Is(err, errStop) {
		err = nil
	}
	return append(lost, holes...), err
}

func (a archive) openJournal() (*journal.Reader, error) {
	if a.live != nil {
		return a.live.Read(0), nil
	}
	r, err := journal.OpenReader(a.dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("no agent has written to the journal %s yet; -c names the configuration, --journal the folder", a.dir)
	}
	return r, err
}

// eachRecord reads the journal.
func (a archive) eachRecord(ctx context.Context, visit func([]byte) error) (holes []error, err error) {
	r, err := a.openJournal()
	if err != nil {
		return nil, err
	}
	err = readOn(ctx, r, func(rec journal.Record) error { return visit(rec.Payload) }, func(gap *journal.GapError) {
		holes = append(holes, gap)
	})
	return holes, err
}

// readOn gives every record from where the reader stands to visit, and what is missing to hole. It closes the reader.
func readOn(ctx context.Context, r *journal.Reader, visit func(journal.Record) error, hole func(*journal.GapError)) error {
	defer func() { _ = r.Close() }()
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		rec, err := r.Poll()
		var gap *journal.GapError
		switch {
		case errors.As(err, &gap):
			hole(gap)
			continue
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		if err := visit(rec); err != nil {
			return err
		}
	}
}

// maxEventLine bounds a line of a file, in bytes: a SIP message of 64 KiB, escaped, and what stands around it.
const maxEventLine = 1 << 20

// eachLine reads the file.
func (a archive) eachLine(_ context.Context, visit func([]byte) error) (holes []error, err error) {
	f, err := os.Open(a.file)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	lines := bufio.NewScanner(f)
	lines.Buffer(make([]byte, 0, 64<<10), maxEventLine)
	for lines.Scan() {
		if line := bytes.TrimSpace(lines.Bytes()); len(line) > 0 {
			if err := visit(line); err != nil {
				return nil, err
			}
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read %s: %w", a.file, err)
	}
	return nil, nil
}

// openFile takes a file of event lines or of packets, by its beginning, and refuses any other.
func openFile(path, at string) (archive, error) {
	f, err := os.Open(path)
	if err != nil {
		return archive{}, err
	}
	defer func() { _ = f.Close() }()
	begin, err := io.ReadAll(io.LimitReader(f, 64))
	if err != nil {
		return archive{}, fmt.Errorf("read %s: %w", path, err)
	}
	if capture.Is(begin) {
		r, err := readCapture(io.MultiReader(bytes.NewReader(begin), f), path, at)
		return archive{file: path, capture: r}, err
	}
	if text := bytes.TrimSpace(begin); len(text) > 0 && text[0] != '{' {
		return archive{}, fmt.Errorf("%s is neither a file of event lines (ndjson) nor of packets (pcap, pcapng)", path)
	}
	return archive{file: path}, nil
}

// everyLine wants all.
func everyLine([]byte) bool { return true }

// linesOf wants the lines of one call and those of no call, without decoding the others. It may take one too many.
func linesOf(call string) func([]byte) bool {
	id, some := []byte(`"`+call+`"`), []byte(`"call":`)
	return func(line []byte) bool { return bytes.Contains(line, id) || !bytes.Contains(line, some) }
}

// partial is the error for what was read, but not wholly; nil when nothing is lost.
func partial(lost []error) error {
	if len(lost) == 0 {
		return nil
	}
	return errPartial{errors.Join(lost...)}
}
