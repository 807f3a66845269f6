package ingest

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sidetone/collector/store"
)

func TestAnswerToACommandIsReadWithItsTopic(t *testing.T) {
	at := time.Date(2026, 11, 28, 5, 0, 0, 0, time.UTC)
	updates, faults := decode(Message{
		Topic: "st/v1/default/a/up/res/01ABC", At: at, Payload: []byte(`{"cid":"of another","st":"failed","code":"busy","data":{"error":"no"}}`),
	})
	want := []store.Update{store.Answer{
		Origin: store.Origin{Tenant: "default", Device: "a", At: at}, CID: "01ABC", State: "failed", Code: "busy", Data: json.RawMessage(`{"error":"no"}`),
	}}
	if diff := cmp.Diff(want, updates); diff != "" || len(faults) > 0 {
		t.Error(faults, diff)
	}
	for topic, payload := range map[string]string{
		"res/01ABC":                      `{"st":"sent"}`,
		"res/":                           `{"st":"done"}`,
		"res/a/b":                        `{"st":"done"}`,
		"res/" + strings.Repeat("x", 65): `{"st":"done"}`,
		"res/1":                          `done`,
		"res/2":                          `{"st":"done","data":"` + strings.Repeat("x", maxAnswer) + `"}`,
	} {
		updates, faults := decode(Message{Topic: "st/v1/default/a/up/" + topic, Payload: []byte(payload)})
		if len(updates) > 0 || faults[FaultAnswer] != 1 {
			t.Errorf("%s %.40s: %v, %v", topic, payload, updates, faults)
		}
	}
}

func TestPresenceSaysHowTheDesiredConfigurationStands(t *testing.T) {
	p, err := DecodeState([]byte(`{"s":"ready","boot":"0000000000000001","conn":1,"cfg":{"ver":3,"refused":4,"error":"bad","more":1}}`), time.Time{})
	if err != nil || string(p.Config) != `{"ver":3,"refused":4,"error":"bad"}` {
		t.Errorf("%s, %v", p.Config, err)
	}
	p, err = DecodeState([]byte(`{"s":"ready","boot":"0000000000000001","conn":1,"cfg":{"error":"`+strings.Repeat("é", maxConfigError)+`"}}`), time.Time{})
	if err != nil || len(p.Config) > maxConfigError+64 {
		t.Errorf("%d bytes, %v", len(p.Config), err)
	}
}

func FuzzDecodeAnswer(f *testing.F) {
	f.Add("res/01ABC", []byte(`{"cid":"01ABC","st":"done","data":{"a":1}}`))
	f.Add("res/", []byte(`{}`))
	f.Add("res/x", []byte("\x00"))
	f.Fuzz(func(t *testing.T, channel string, payload []byte) {
		a, err := decodeAnswer(channel, payload)
		if err == nil && (!validCallID(a.CID) || a.State == "" || a.Data != nil && !json.Valid(a.Data)) {
			t.Errorf("%q %q gave %+v", channel, payload, a)
		}
	})
}
