//go:build !small

package main

import (
	"context"
	"fmt"
	"time"

	"sidetone/config"
	"sidetone/journal"
	"sidetone/technician"
	"sidetone/trace"
	"sidetone/trace/phrase"
)

// openPage opens the device's own page, nil where there is none.
func (a *agent) openPage() (pageServer, error) {
	p := a.cfg.Device.Page
	if p.Listen == "" {
		return nil, nil
	}
	password, err := config.Secret(p.PasswordFile)
	if err != nil {
		return nil, a.cfg.Fault("device.page.password_file", err)
	}
	server, err := technician.Listen(technician.Options{
		Listen: p.Address(), Password: password, Hosts: p.Hosts, Name: a.cfg.Device.Name, Logger: a.log, Status: a.statusText,
		Calls: recordedCalls{archive{live: a.journal, device: a.cfg.Device.ID, name: a.cfg.Device.Name}},
	})
	if err != nil {
		return nil, a.cfg.Fault("device.page.listen", err)
	}
	a.pageAt = server.Addr().String()
	return server, nil
}

// statusText is what the page says of the device: what `ctl status` does, and how the journal is.
func (a *agent) statusText(ctx context.Context, lang phrase.Lang) (string, error) {
	st, err := a.status(ctx)
	if err != nil {
		return "", err
	}
	return st.text(lang, sayingIn(lang)) + journalText(lang, a.journal.Stats(), a.cfg.Telemetry.Journal.MaxBytes) +
		"agent " + version + "\n", nil
}

// journalText says how full the journal is, and what of it the broker has not.
func journalText(lang phrase.Lang, j journal.Stats, most int64) string {
	return fmt.Sprintf(sayingIn(lang)("journal: %s of %s kB, %s records not at the broker yet, %s dropped"), lang.Number(int(j.Bytes/1000)),
		lang.Number(int(most/1000)), lang.Number(int(j.Depth)), lang.Number(int(j.Dropped))) + "\n"
}

// recordedCalls are the calls of an archive, for the page.
type recordedCalls struct{ archive archive }

// List implements technician.Calls.
func (r recordedCalls) List(ctx context.Context, f technician.Filter) ([]trace.Summary, int, error) {
	index, lost, err := indexCalls(ctx, r.archive)
	if err != nil {
		return nil, 0, err
	}
	chosen := callFilter{since: f.Since, number: f.Number, failed: f.Failed}.choose(index.calls, time.Now())
	calls := make([]trace.Summary, len(chosen))
	for i, c := range chosen {
		calls[i] = c.Summary
	}
	return calls, len(lost), nil
}

// Views implements technician.Calls.
func (r recordedCalls) Views(ctx context.Context, id string) ([]trace.View, error) {
	g := gathering{call: id, view: trace.View{Device: r.archive.device, Name: r.archive.name}}
	if id != "" { // which is what events of no call have
		if _, err := r.archive.each(ctx, linesOf(id), func(_ []byte, e trace.Event) error {
			g.add(e)
			return nil
		}); err != nil {
			return nil, err
		}
	}
	if !g.begun {
		return nil, technician.ErrNoCall
	}
	return []trace.View{g.gathered()}, nil
}
