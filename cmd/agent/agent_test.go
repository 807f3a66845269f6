package main

import (
	"slices"
	"testing"

	"sidetone/config"
	"sidetone/media/tone"
)

func TestEveryCountryOfTheConfigurationHasTones(t *testing.T) {
	var names []string
	for _, c := range config.Countries() {
		names = append(names, string(c))
	}
	slices.Sort(names)
	if !slices.Equal(names, tone.Countries()) {
		t.Errorf("the configuration allows %v, the tone table has %v", names, tone.Countries())
	}
}
