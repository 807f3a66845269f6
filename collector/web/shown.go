package web

import (
	"fmt"

	"sidetone/collector/store"
	"sidetone/trace/phrase"
)

func fill(format, value string) string { return fmt.Sprintf(format, value) }

// deviceName is what people call a device, else its identity.
func deviceName(d store.Device) string {
	if name := phrase.Clean(d.Name); name != "" {
		return name
	}
	return phrase.Clean(d.ID)
}

func holdWord(w words, held bool) string {
	if held {
		return w.WithHold
	}
	return w.WithoutHold
}

// brokerAddress is where devices report to, as far as this collector was told.
func brokerAddress(address string) string {
	if address == "" {
		return "mqtt://…:1883"
	}
	return address
}
