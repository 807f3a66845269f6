package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"sidetone/trace"
)

// record writes the event lines of a call as each phone that had a part in it wrote them down, the one that placed it first, into a folder
// that is called after the scenario: what trace/testdata/real has of the demo.
func (h *house) record(ctx context.Context, dir string, p played) error {
	calls, err := h.calls(ctx)
	if err != nil {
		return err
	}
	session := ""
	for _, c := range calls {
		if c.id == p.id {
			session = c.session
		}
	}
	folder := filepath.Join(dir, "demo-"+slug(p.title))
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	n := 1
	for _, first := range []bool{true, false} {
		for _, c := range calls {
			if c.session != session || (c.id == p.id) != first {
				continue
			}
			name := fmt.Sprintf("%d-%s-1.ndjson", n, c.phone)
			if err := os.WriteFile(filepath.Join(folder, name), c.lines, 0o644); err != nil {
				return err
			}
			n++
		}
	}
	return nil
}

// recorded is a call as one phone wrote it down.
type recorded struct {
	phone, id, session string
	lines              []byte
}

// calls are those of all phones.
func (h *house) calls(ctx context.Context) ([]*recorded, error) {
	var all []*recorded
	for _, p := range []*phone{h.reception, h.warehouse, h.office} {
		events, err := p.Events(ctx)
		if err != nil {
			return nil, err
		}
		known := map[string]*recorded{}
		for _, e := range events {
			if e.Call == "" {
				continue
			}
			c := known[e.Call]
			if c == nil {
				c = &recorded{phone: p.Name, id: e.Call}
				known[e.Call] = c
				all = append(all, c)
			}
			if d, ok := e.Data.(trace.Initiated); ok {
				c.session = d.SessionID
			}
			line, err := e.Encode()
			if err != nil {
				return nil, err
			}
			c.lines = append(append(c.lines, line...), '\n')
		}
	}
	return all, nil
}

// slug is a title as the name of a folder.
func slug(title string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(title), func(r rune) bool { return r == ' ' || r == ',' }), "-")
}
