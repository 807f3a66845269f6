package ingest

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"sidetone/collector/store"
)

// channelAnswer begins the channel of an answer; the name of its command follows.
const channelAnswer = "res/"

// maxAnswer bounds an answer, in bytes. An agent cuts its data at 64 KiB.
const maxAnswer = 128 << 10

// answer is the payload of up/res/{cid}.
type answer struct {
	State string          `json:"st"`
	Code  string          `json:"code"`
	Data  json.RawMessage `json:"data"`
}

// decodeAnswer reads what a device says of a command. Its name is taken from the topic.
func decodeAnswer(channel string, payload []byte) (store.Answer, error) {
	cid := strings.TrimPrefix(channel, channelAnswer)
	if cid == "" || !validCallID(cid) {
		return store.Answer{}, errors.New("answer: not the name of a command")
	}
	if len(payload) > maxAnswer {
		return store.Answer{}, fmt.Errorf("answer: more than %d bytes", maxAnswer)
	}
	var a answer
	if err := json.Unmarshal(payload, &a); err != nil {
		return store.Answer{}, fmt.Errorf("answer: %w", err)
	}
	switch a.State {
	case store.CommandAccepted, store.CommandProgress, store.CommandDone, store.CommandFailed:
	default:
		return store.Answer{}, errors.New("answer: unknown state")
	}
	return store.Answer{CID: cid, State: a.State, Code: a.Code, Data: a.Data}, nil
}
