package config

import (
	"fmt"
	"io"
	"os"
	"sort"
	"strings"
)

// maxFile bounds a configuration file, in bytes.
const maxFile = 64 << 10

// Load reads a file on top of the defaults. The notes are for people: what the file sets and this version does not act
// on. The error is Problems unless the file cannot be read at all.
func Load(path string) (Config, []Note, error) { return LoadOver(path, nil) }

// LoadOver is Load with values set on top of the file: a JSON object of the keys that may be, nil for none. Problems with them
// say that they were set remotely.
func LoadOver(path string, set []byte) (Config, []Note, error) {
	f, err := os.Open(path)
	if err != nil {
		return Config{}, nil, fmt.Errorf("read configuration: %w", err)
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return Config{}, nil, fmt.Errorf("read configuration: %w", err)
	}
	return ParseOver(path, text, set)
}

// Parse is Load for a text that has been read already; file is its name in problems.
func Parse(file string, text []byte) (Config, []Note, error) { return ParseOver(file, text, nil) }

// ParseOver is LoadOver for a text that has been read already.
func ParseOver(file string, text, set []byte) (Config, []Note, error) {
	c := Default()
	c.source = &source{file: file, lines: map[string]int{}}
	if len(text) > maxFile {
		return Config{}, nil, Problems{{File: file, Err: fmt.Errorf("the file has more than %d bytes", maxFile)}}
	}
	r := reader{source: c.source}
	r.read(text, c.settings())
	if len(set) > 0 && !r.broken {
		r.problems = append(r.problems, c.overlay(set)...)
	}
	if !r.broken {
		r.problems = append(r.problems, c.contradictions(r.problems.about)...)
	}
	if len(r.problems) > 0 {
		sort.SliceStable(r.problems, func(i, j int) bool { return r.problems[i].Line < r.problems[j].Line })
		return Config{}, nil, r.problems
	}
	return c, c.notes(), nil
}

// maxSecret bounds a file that holds a secret, in bytes.
const maxSecret = 4 << 10

// Secret reads a secret from a file: its first line, without the line end. No path gives no secret.
func Secret(path string) (string, error) {
	if path == "" {
		return "", nil
	}
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("read secret: %w", err)
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	if err != nil {
		return "", fmt.Errorf("read secret: %w", err)
	}
	secret, rest := cutLine(string(text))
	switch {
	case len(text) > maxSecret:
		return "", fmt.Errorf("read secret: %s has more than %d bytes", path, maxSecret)
	case rest != "":
		return "", fmt.Errorf("read secret: %s has more than one line", path)
	case secret == "":
		return "", fmt.Errorf("read secret: %s is empty", path)
	}
	return secret, nil
}

// cutLine splits a text after its first line.
func cutLine(text string) (line, rest string) {
	line, rest, _ = strings.Cut(text, "\n")
	return strings.TrimSuffix(line, "\r"), rest
}
