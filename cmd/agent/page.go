//go:build !small

package main

import (
	"context"
	"fmt"

	"sidetone/config"
	"sidetone/journal"
	"sidetone/technician"
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
		Calls: &recordedCalls{archive: archive{live: a.journal, device: a.cfg.Device.ID, name: a.cfg.Device.Name}},
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
