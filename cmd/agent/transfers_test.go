package main

import (
	"testing"

	"sidetone/config"
	"sidetone/switchboard"
)

func TestTransfersAreAskedOfTheSwitchboardOnlyWhereTheyAreAllowed(t *testing.T) {
	for _, tc := range []struct {
		transfers config.Transfers
		asked     bool
	}{
		{config.Default().Calls.Transfers, true},
		{config.TransfersAllowed, true},
		{config.TransfersRefused, false},
	} {
		a := &agent{cfg: config.Default(), board: &switchboard.Switchboard{}}
		a.cfg.Calls.Transfers = tc.transfers
		if asked := a.sipOptions().Referral != nil; asked != tc.asked {
			t.Errorf("%s: asked %t", tc.transfers, asked)
		}
	}
}
