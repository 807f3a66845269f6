package config

// HoldMethod is the request that holds a call.
type HoldMethod string

// The methods of hold.
const (
	HoldAuto     HoldMethod = "auto" // UPDATE where the other side says that it takes it, else re-INVITE
	HoldReInvite HoldMethod = "re-invite"
	HoldUpdate   HoldMethod = "update" // unless the other side says that it does not take it
)

func holdMethods() []HoldMethod { return []HoldMethod{HoldAuto, HoldReInvite, HoldUpdate} }
