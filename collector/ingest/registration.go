package ingest

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"sidetone/collector/store"
)

// channelLine begins the channel of a line; its number, from 1, follows.
const channelLine = "line/"

// maxLineReport bounds a line's report, in bytes.
const maxLineReport = 4 << 10

// line is the payload of up/line/{n}.
type line struct {
	Status  string    `json:"status"`
	AOR     string    `json:"aor"`
	Code    int       `json:"code"`
	Reason  string    `json:"reason"`
	Server  string    `json:"server"`
	Expires time.Time `json:"expires"`
	Since   time.Time `json:"since"`
}

// decodeRegistration reads how a line stands with its registrar. An empty payload takes the line back, as it does a retained
// message (MQTT 3.1.1 section 3.3.1.3).
func decodeRegistration(channel string, payload []byte) (store.Registration, error) {
	n, err := strconv.Atoi(strings.TrimPrefix(channel, channelLine))
	if err != nil || n < 1 || n > store.MaxLines {
		return store.Registration{}, fmt.Errorf("line: %q is not a number from 1 to %d", channel, store.MaxLines)
	}
	r := store.Registration{Line: n}
	if len(payload) == 0 {
		return r, nil
	}
	if len(payload) > maxLineReport {
		return r, fmt.Errorf("line: more than %d bytes", maxLineReport)
	}
	var l line
	if err := json.Unmarshal(payload, &l); err != nil {
		return r, fmt.Errorf("line: %w", err)
	}
	switch l.Status {
	case store.LineUp, store.LineRegistering, store.LineError, store.LineDisabled:
	default:
		return r, errors.New("line: unknown status")
	}
	r.Status, r.AOR, r.Code, r.Reason, r.Server = l.Status, l.AOR, l.Code, l.Reason, l.Server
	r.Expires, r.Since = l.Expires.UTC(), l.Since.UTC()
	return r, nil
}
