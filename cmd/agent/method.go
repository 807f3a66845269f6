package main

import (
	"sidetone/config"
	"sidetone/hold"
	"sidetone/sipua"
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
