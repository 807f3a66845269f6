package config

// OnHook says what becomes of a call whose called person hangs up. Who has called always ends it.
type OnHook string

// The outcomes.
const (
	OnHookReleases OnHook = "release"
	OnHookSuspends OnHook = "suspend" // the person may come back within suspend.t6
)

func onHooks() []OnHook { return []OnHook{OnHookReleases, OnHookSuspends} }
