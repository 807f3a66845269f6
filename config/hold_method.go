package config

// HoldMethod is the request that holds a call.
type HoldMethod string

// The methods of hold.
const (
	HoldAuto     HoldMethod = "auto" // UPDATE before the answer, where there is no other way, and re-INVITE after it
	HoldReInvite HoldMethod = "re-invite"
	HoldUpdate   HoldMethod = "update" // where the other side allows it, else re-INVITE
)

func holdMethods() []HoldMethod { return []HoldMethod{HoldAuto, HoldReInvite, HoldUpdate} }
