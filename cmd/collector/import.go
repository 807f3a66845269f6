package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sidetone/capture"
	"sidetone/collector/ingest"
	"sidetone/collector/store"
	"sidetone/collector/store/sqlite"
	"sidetone/trace"
	"sidetone/trace/phrase"
	"sidetone/trace/story"
)

// importOptions say what is imported, and as what.
type importOptions struct{ config, device, at string }

func newImport() *cobra.Command {
	var o importOptions
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Show anybody's capture, or an exported trace, as call flows",
		Long: `Import puts the calls of a file into the database: of a capture (pcap, pcapng), or of event lines (ndjson) that a device or a
collector has exported. Each host of a capture becomes a device, import-192-0-2-10. The same file twice is the same calls once.

A file of event lines is taken for a stranger's, and its events get numbers of their own. With --device they are taken for what
that device would have reported: what the collector has of it already is not stored again.

A running collector keeps the database to itself, so stop it first.`,
		Example: `  sidetone-collector import capture.pcapng
  sidetone-collector import capture.pcap --at 192.0.2.10 --device branch-office
  sidetone-collector import call.ndjson --database sqlite:./data/sidetone.db`,
		Args: usage(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := loadConfig(o.config)
			if err != nil {
				return err
			}
			if err := c.applyFlags(cmd.Flags()); err != nil {
				return err
			}
			return importFile(cmd.Context(), c, args[0], o, cmd.OutOrStdout())
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&o.config, "config", "c", "", "configuration file")
	flags.StringVar(&o.device, "device", "", "`NAME` of the device that the events are of")
	flags.StringVar(&o.at, "at", "", "`ADDRESS` of the host of a capture whose side of the calls is told")
	for _, key := range []string{"database", "http"} {
		if s, ok := lookup(key); ok {
			flags.String(s.key, s.fallback, s.help)
		}
	}
	return cmd
}

// imported is what a file holds, as the store takes it.
type imported struct {
	batches []store.Batch
	names   map[string]string // of devices
	calls   []trace.Summary
	left    []capture.Left
}

// importFile reads the file wholly before it writes anything.
func importFile(ctx context.Context, c *config, path string, o importOptions, out io.Writer) (err error) {
	if o.device != "" && !ingest.ValidName(o.device) {
		return usageError{fmt.Errorf("--device %q: want 1 to 64 of a-z, 0-9 and -", o.device)}
	}
	got, err := readImport(path, o)
	if err != nil {
		return err
	}
	st, err := sqlite.Open(ctx, c.Database)
	if errors.Is(err, sqlite.ErrInUse) {
		return fmt.Errorf("%s: %w: a running collector keeps its database to itself; stop it, import, and start it again", c.origin["database"], err)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", c.origin["database"], err)
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	written, err := got.write(ctx, st)
	if err != nil {
		return fmt.Errorf("import %s: %w", path, err)
	}
	return got.report(ctx, st, out, path, "http://"+c.HTTP, written)
}

// readImport reads a capture or event lines, by how the file begins.
func readImport(path string, o importOptions) (*imported, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	r := bufio.NewReaderSize(f, 64<<10)
	begin, err := r.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	read := importLines
	if capture.Is(begin) {
		read = importCapture
	}
	got, err := read(r, o)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return got, nil
}

func importCapture(r io.Reader, o importOptions) (*imported, error) {
	options := capture.Options{Device: o.device}
	if o.at != "" {
		host, err := netip.ParseAddrPort(o.at)
		if err != nil {
			only, err := netip.ParseAddr(o.at)
			if err != nil {
				return nil, usageError{fmt.Errorf("--at %q: want an address, or address:port", o.at)}
			}
			host = netip.AddrPortFrom(only, 0)
		}
		options.At = host
	}
	found, err := capture.Read(r, options)
	if err != nil {
		return nil, err
	}
	got := &imported{names: map[string]string{}, left: found.Left}
	for _, d := range found.Devices {
		got.names[d.ID] = d.Name
		if err := got.add(d.ID, d.Events); err != nil {
			return nil, err
		}
	}
	for _, c := range found.Calls {
		got.calls = append(got.calls, trace.Summarize(c.Views[0].Events).Summary)
	}
	return got, nil
}

// batchLines is how many events are written at once.
const batchLines = 1000

// add puts events of a device into batches.
func (i *imported) add(device string, events []trace.Event) error {
	for len(events) > 0 {
		n := min(len(events), batchLines)
		b := store.Batch{Origin: store.Origin{Device: device}}
		for _, e := range events[:n] {
			raw, err := e.Encode()
			if err != nil {
				return err
			}
			b.Lines = append(b.Lines, store.Line{Event: e, Raw: raw})
		}
		i.batches = append(i.batches, b)
		events = events[n:]
	}
	return nil
}

// write stores everything, a batch at a time. What is cut short goes on where it was when the file is imported again.
func (i *imported) write(ctx context.Context, st store.Store) (store.Written, error) {
	var all store.Written
	now := time.Now().UTC()
	for _, b := range i.batches {
		b.At = now
		updates := []store.Update{b}
		if name := i.names[b.Device]; name != "" {
			updates = append(updates, store.Presence{Origin: b.Origin, Name: name})
		}
		w, err := st.Write(ctx, updates)
		if err != nil {
			return all, err
		}
		all.Stored += w.Stored
		all.Duplicates += w.Duplicates
		all.Scattered += w.Scattered
	}
	return all, nil
}

// report says what there is now, and where it can be seen.
func (i *imported) report(ctx context.Context, st store.Reader, out io.Writer, path, site string, w store.Written) error {
	var b strings.Builder
	seen := map[string]bool{}
	for _, c := range i.calls {
		stored, err := st.Call(ctx, c.ID)
		if err != nil {
			return fmt.Errorf("import %s: read call %s again: %w", path, c.ID, err)
		}
		s := stored.Summary
		if seen[s.ID] {
			continue
		}
		seen[s.ID] = true
		v := story.Brief(s, story.En)
		fmt.Fprintf(&b, "%s  %s → %s  %s %s  %s/calls/%s\n", s.StartedAt.Format("2006-01-02 15:04:05Z"), partyText(s.From), partyText(s.To), v.Mark, v.Word, site, s.ID)
	}
	fmt.Fprintf(&b, "%s: calls: %d; events: %d new, %d known already", path, len(seen), w.Stored, w.Duplicates)
	if w.Scattered > 0 {
		fmt.Fprintf(&b, ", %d refused: their numbers have too many holes", w.Scattered)
	}
	b.WriteString("\n")
	for _, l := range i.left {
		fmt.Fprintf(&b, "left out: %d × %s\n", l.Count, l.Reason)
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// partyText is a party as people know it.
func partyText(p trace.Party) string {
	if name := phrase.Clean(p.Name); name != "" {
		return name
	}
	if user := phrase.Clean(phrase.User(p.URI)); user != "" {
		return user
	}
	return phrase.Clean(p.URI)
}
