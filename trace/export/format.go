package export

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"sidetone/trace"
	"sidetone/trace/ladder"
	"sidetone/trace/phrase"
	"sidetone/trace/story"
)

// Format is one way to write a call down.
type Format struct {
	Name      string // as on a command line
	MediaType string // of RFC 6838
	Extension string // of a file name, with its dot
	Binary    bool   // not fit for a terminal

	write func(*bytes.Buffer, call) error
}

// formats is the closed list. Nothing but a line here makes a format known everywhere.
var formats = []Format{
	{"json", "application/json", ".json", false, writeJSON},
	{"ndjson", "application/x-ndjson", ".ndjson", false, writeLines},
	{"text", "text/plain; charset=utf-8", ".txt", false, writeText},
	{"svg", "image/svg+xml", ".svg", false, writeSVG},
	{"mermaid", "text/vnd.mermaid", ".mmd", false, writeMermaid},
	{"csv", "text/csv; charset=utf-8; header=present", ".csv", false, writeCSV},
	{"pcapng", "application/x-pcapng", ".pcapng", true, writePcapng},
	{"clf", "text/plain; charset=utf-8", ".clf", false, writeCLF},
	{"sipp", "application/xml", ".xml", false, writeSIPp},
}

// Formats lists every format.
func Formats() []Format { return append([]Format(nil), formats...) }

// Names lists the names of all formats, as an error message or a help text wants them.
func Names() string {
	names := make([]string, len(formats))
	for i, f := range formats {
		names[i] = f.Name
	}
	return strings.Join(names, ", ")
}

// Find gives the format of a name.
func Find(name string) (Format, error) {
	for _, f := range formats {
		if f.Name == name {
			return f, nil
		}
	}
	return Format{}, fmt.Errorf("format %q: want one of %s", name, Names())
}

// Options of an export. The zero value writes English, and everything that was recorded.
type Options struct {
	Lang   phrase.Lang
	Redact bool // replace who and where by pseudonyms, and leave out what identifies them otherwise
}

// call is what the formats write.
type call struct {
	views    []trace.View
	lang     phrase.Lang
	redacted bool
}

// Write writes the call that the views saw; views[0] is the view it is told from. The events are read, never changed.
// Errors are those of w, and of a payload that has no encoding.
func Write(w io.Writer, f Format, views []trace.View, o Options) error {
	if o.Lang == "" {
		o.Lang = phrase.En
	}
	if o.Redact {
		views = redactViews(views)
	}
	var b bytes.Buffer
	if err := f.write(&b, call{views, o.Lang, o.Redact}); err != nil {
		return fmt.Errorf("export %s: %w", f.Name, err)
	}
	_, err := w.Write(b.Bytes())
	return err
}

// FileName is a name for the export of a call: of plain letters, digits, dots and hyphens only.
func FileName(id string, f Format) string {
	name := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r == '-' {
			return r
		}
		return -1
	}, id)
	if len(name) > 64 {
		name = name[:64]
	}
	if name == "" {
		name = "call"
	}
	return name + f.Extension
}

// textWidth is that of a terminal, a mail and a ticket, in columns.
const textWidth = 80

// writeText writes the story and the ladder below it.
func writeText(b *bytes.Buffer, c call) error {
	if err := story.Text(b, story.Tell(c.views, c.lang), textWidth); err != nil {
		return err
	}
	b.WriteString("\n" + ladder.Build(c.views, c.lang).Text(textWidth))
	return nil
}

func writeMermaid(b *bytes.Buffer, c call) error {
	b.WriteString(ladder.Build(c.views, c.lang).Mermaid())
	return nil
}

func writeSVG(b *bytes.Buffer, c call) error {
	return ladder.Build(c.views, c.lang).SVG(b, ladder.SVGOptions{Standalone: true})
}
