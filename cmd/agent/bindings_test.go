package main

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sidetone/device/control"
	"sidetone/internal/siptest"
	"sidetone/sipua"
	"sidetone/sipua/wire"
)

func TestBindingsReadAsOneLineEach(t *testing.T) {
	for want, found := range map[string][]sipua.Binding{
		"nobody is registered\n": nil,
		"sip:101@10.0.0.1:5060  58 s left        this phone\n" +
			"sip:101@10.0.0.77      9 min 30 s left\n" +
			"sip:101@10.0.0.78\n": {
			{URI: "sip:101@10.0.0.1:5060", Left: 58 * time.Second, Own: true},
			{URI: "sip:101@10.0.0.77", Left: 570 * time.Second},
			{URI: "sip:101@10.0.0.78"},
		},
	} {
		if diff := cmp.Diff(want, bindingsText(bindingsOf(found))); diff != "" {
			t.Error(diff)
		}
	}
	evil := bindingsText([]binding{{URI: "sip:\x1b[2J@h"}})
	if strings.Contains(evil, "\x1b") {
		t.Errorf("%q reaches the terminal", evil)
	}
}

func TestBindingsVerbAsksTheRegistrarOfTheLine(t *testing.T) {
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	registrar := siptest.NewRegistrar(t, conn)
	registrar.BindElsewhere("<sip:101@10.0.0.77>;expires=570")
	registered := make(chan struct{}, 16)
	ua, err := sipua.New(sipua.Options{
		Wire:     wire.Options{Listen: []string{"udp://127.0.0.1:0"}},
		Accounts: []sipua.Account{{AOR: "sip:101@example.com", Registrar: "sip:" + conn.LocalAddr().String()}, {AOR: "sip:102@example.com"}},
		Line: func(s sipua.LineStatus) {
			if s.State == sipua.Registered {
				registered <- struct{}{}
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- ua.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	<-registered
	verbs := (&agent{ua: ua}).verbs()
	reply := verbs.Handle(t.Context(), control.Request{Verb: control.Bindings, Args: []string{"1"}})
	if text := string(reply.Data); !reply.OK || strings.Count(text, `"own":true`) != 1 || !strings.Contains(text, `{"uri":"sip:101@10.0.0.77","left_us":570000000,"own":false}`) {
		t.Errorf("%+v: %s", reply, text)
	}
	for line, want := range map[string]string{"2": "the account does not register", "3": "there is no account 3"} {
		if got := verbs.Handle(t.Context(), control.Request{Verb: control.Bindings, Args: []string{line}}); got.OK || got.Error != want {
			t.Errorf("line %s: %+v", line, got)
		}
	}
}
