package main

import (
	"sidetone/config"
	"sidetone/hold"
	"sidetone/sipua"
	"sidetone/trace"
)

// holdMethod is calls.hold.method as package hold knows it.
func holdMethod(m config.HoldMethod) hold.Method {
	switch m {
	case config.HoldReInvite:
		return hold.ReINVITE
	case config.HoldUpdate:
		return hold.UPDATE
	case config.HoldAuto:
	}
	return hold.Auto
}

// holdOptions are calls.hold and calls.suspend as package hold knows them.
func holdOptions(cfg config.Config) hold.Options {
	h, s := cfg.Calls.Hold, cfg.Calls.Suspend
	return hold.Options{
		Direction: trace.MediaDirection(h.Direction), Method: holdMethod(h.Method),
		RemindEvery: max(h.RemindEvery, 0), Longest: max(h.Longest, 0), // never is none
		T2: s.T2, T6: s.T6,
	}
}

// reliable is sip.reliable_provisional as package sipua knows it.
func reliable(r config.ReliableProvisional) sipua.Reliable {
	switch r {
	case config.ReliableRequired:
		return sipua.ReliableRequired
	case config.ReliableSupported:
		return sipua.ReliableSupported
	case config.ReliableOff:
	}
	return sipua.ReliableOff
}
