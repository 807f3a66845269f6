package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"sidetone/test/fleet"
)

// middle is Mosquitto between agents and collector.
type middle struct {
	*fleet.Process
	address string

	dir, config string
}

// startMosquitto runs it on a free port. It acknowledges what it has in memory and writes its store every few seconds, so kill -9
// takes what it acknowledged since, and has it begin again with older sessions, queues and retained messages. The
// collector asks the phones for what is missing then.
func startMosquitto(ctx context.Context, dir string) (*middle, error) {
	port, err := fleet.FreeTCP(0)
	if err != nil {
		return nil, err
	}
	m := &middle{address: fmt.Sprintf("127.0.0.1:%d", port), dir: dir, config: filepath.Join(dir, "mosquitto.conf")}
	user := "root"
	if os.Getuid() != 0 {
		user = os.Getenv("USER")
	}
	text := fmt.Sprintf(`listener %d 127.0.0.1
allow_anonymous true
user %s
max_queued_messages 0
persistence true
persistence_location %s/
autosave_interval 7
`, port, user, dir)
	if err := os.WriteFile(m.config, []byte(text), 0o600); err != nil {
		return nil, err
	}
	return m, m.start(ctx)
}

// start starts it, again or for the first time.
func (m *middle) start(ctx context.Context) error {
	program, err := mosquittoProgram()
	if err != nil {
		return err
	}
	m.Process, _, err = fleet.Start(ctx, m.dir, "mosquitto", "running", program, "-c", m.config)
	return err
}
