package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"sidetone/internal/command"
	"sidetone/trace/export"
)

func newTraceExportCommand() *command.Command {
	var (
		from               archiveFlags
		format, path, lang string
		redact             bool
	)
	cmd := &command.Command{
		Use:   "export CALL",
		Short: "write a call down for other programs and other people",
		Long: `export writes a call in the format that is named, or that the end of FILE means.

  json     summary, story and events in one document
  ndjson   the event lines, which -f reads back
  text     story and ladder, for a mail or a ticket
  svg      the ladder as a drawing
  mermaid  the ladder as a Mermaid sequence diagram, for a wiki or an issue
  csv      a line for each event
  pcapng   the SIP messages as packets, for Wireshark; their times and addresses are true, the packets around them are made
  clf      the SIP Common Log Format (RFC 6873)
  sipp     a scenario with which SIPp plays this side of the call again

With --redact, names, numbers, addresses and identifiers are replaced by others, each by the same one throughout. The exit
code is 3 when events of the call are missing.`,
		Example: `  sidetone-agent trace export last --format text
  sidetone-agent trace export last -o call.pcapng
  sidetone-agent trace export 01JD7Q3V9K --redact -o call.ndjson
  sidetone-agent trace export last -f call.ndjson --format sipp -o replay.xml`,
		Run: func(cmd *command.Command, args []string) error {
			lang, err := parseLang(lang)
			if err != nil {
				return err
			}
			f, err := chooseFormat(format, path)
			if err != nil {
				return usageError(err)
			}
			if path == "" && f.Binary && isTerminal(cmd.Out()) {
				return usageError(fmt.Errorf("%s is not for a terminal; -o names a file", f.Name))
			}
			a, err := from.open(cmd)
			if err != nil {
				return err
			}
			c, err := readCall(cmd.Context(), a, args[0])
			if err != nil {
				return err
			}
			var b bytes.Buffer
			if err := export.Write(&b, f, c.views(), export.Options{Lang: lang, Redact: redact}); err != nil {
				return err
			}
			return errors.Join(deliver(cmd.Out(), path, b.Bytes()), c.incomplete(lang))
		},
	}
	from.add(cmd)
	from.addFile(cmd)
	cmd.Flags().StringVar(&format, "format", "", "one of "+export.Names())
	cmd.Flags().StringVarP(&path, "output", "o", "", "file to write, whole or not at all; its end chooses the format")
	cmd.Flags().BoolVar(&redact, "redact", false, "replace who and where")
	addLangFlag(cmd, &lang)
	return cmd
}

// chooseFormat takes the format that is named, else the one that the name of the file ends in.
func chooseFormat(name, path string) (export.Format, error) {
	if name != "" {
		return export.Find(name)
	}
	end := filepath.Ext(path)
	for _, f := range export.Formats() {
		if end != "" && (f.Extension == end || "."+f.Name == end) {
			return f, nil
		}
	}
	return export.Format{}, fmt.Errorf("--format is missing: want one of %s", export.Names())
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	_, is := terminalColumns(f)
	return is
}

// deliver writes to standard output, or to a file that is there wholly or as it was before. What is no plain file, such as
// /dev/stdout or a pipe, is written to and never replaced: whoever does this on a phone is root.
func deliver(out io.Writer, path string, content []byte) error {
	if path == "" {
		_, err := out.Write(content)
		return err
	}
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	mode := fs.FileMode(0o600) // who called whom is nobody else's business
	if info, err := os.Stat(path); err == nil {
		if !info.Mode().IsRegular() {
			return writeTo(path, content)
		}
		mode = info.Mode().Perm()
	}
	if err := replace(path, content, mode); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// writeTo writes to what is there already.
func writeTo(path string, content []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Close())
}

// replace puts a file into the place of the one of that name, if there is one, once it is on the disk.
func replace(path string, content []byte, mode fs.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".export-*")
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil {
		err = errors.Join(f.Chmod(mode), f.Sync())
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}
