package config

// HoldMethod is the request that holds a call.
type HoldMethod string

// The methods of hold.
const (
	HoldAuto     HoldMethod = "auto" // UPDATE where the other side allows it, else re-INVITE
	HoldReInvite HoldMethod = "re-invite"
	HoldUpdate   HoldMethod = "update"
)

func holdMethods() []HoldMethod { return []HoldMethod{HoldAuto, HoldReInvite, HoldUpdate} }
