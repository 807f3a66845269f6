package main

import "testing"

func TestACollectorThatSharesTheMessagesAsksNobodyForTheOthers(t *testing.T) {
	for _, test := range []struct {
		broker, group string
		want          bool
	}{
		{embeddedBroker, "", true},
		{embeddedBroker, "sidetone", true}, // which shares nothing
		{"mqtt://broker:1883", "", true},
		{"mqtt://broker:1883", "sidetone", false},
	} {
		c := config{Broker: test.broker, BrokerGroup: test.group}
		if got := c.getsEverything(); got != test.want {
			t.Errorf("%s, group %q: %v", test.broker, test.group, got)
		}
	}
}
