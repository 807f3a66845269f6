package config

import (
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing that is wrong in the file.
type Problem struct {
	File string
	Line int // 0 when it is not about a line
	Key  string
	Err  error // what is wrong, and what is allowed
}

// Error writes "file:line: key: what is wrong; what is allowed".
func (p *Problem) Error() string { return place(p.File, p.Line, p.Key) + p.Err.Error() }

// Unwrap gives the cause, for problems that showed only when a value was used.
func (p *Problem) Unwrap() error { return p.Err }

// Problems are all that is wrong in a file, in the order of its lines.
type Problems []*Problem

// Error writes one problem a line.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives every problem.
func (ps Problems) Unwrap() []error {
	all := make([]error, len(ps))
	for i, p := range ps {
		all[i] = p
	}
	return all
}

// about tells whether there is a problem with a key or with something below it.
func (ps Problems) about(key string) bool {
	return slices.ContainsFunc(ps, func(p *Problem) bool {
		rest, below := strings.CutPrefix(p.Key, key)
		return below && (rest == "" || rest[0] == '.' || rest[0] == '[')
	})
}

// Note is something about a file that is good to know and no problem.
type Note struct {
	File string
	Line int
	Key  string
	Text string
}

// String writes "file:line: key: note: text".
func (n Note) String() string { return place(n.File, n.Line, n.Key) + "note: " + n.Text }

func place(file string, line int, key string) string {
	var b strings.Builder
	if file != "" {
		b.WriteString(file)
		if line > 0 {
			fmt.Fprintf(&b, ":%d", line)
		}
		b.WriteString(": ")
	}
	if key != "" {
		b.WriteString(key + ": ")
	}
	return b.String()
}

// source is where a configuration was read.
type source struct {
	file  string
	lines map[string]int // by key: "sip.accounts[0].aor"
	over  *source        // what was set on top of the file; nil for nothing
}

// at is where a key stands: the file and the line, or what was set on top of it.
func (s *source) at(key string) (file string, line int) {
	if s.over != nil && s.over.line(key) > 0 {
		return s.over.file, 0
	}
	return s.file, s.line(key)
}

// line is where a key stands, or the list or section that holds it; 0 when it does not stand in the file.
func (s *source) line(key string) int {
	for key != "" {
		if line, ok := s.lines[key]; ok {
			return line
		}
		key = key[:max(strings.LastIndexAny(key, ".["), 0)]
	}
	return 0
}

// Fault blames a value of the file for an error that showed only when the value was used, such as a port that is taken.
// The key is as in the file: "sip.listen[0]". The error it returns wraps err.
func (c Config) Fault(key string, err error) error {
	if c.source == nil {
		return &Problem{Key: key, Err: err}
	}
	file, line := c.source.at(key)
	if line == 0 && file == c.source.file {
		err = fmt.Errorf("%w (the default, as the file does not set it)", err)
	}
	return &Problem{File: file, Line: line, Key: key, Err: err}
}
