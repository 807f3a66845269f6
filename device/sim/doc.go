// Package sim is a telephone made of memory: the profile for machines without one. It can play its own person, who
// answers, declines and hangs up after set times, and it can be driven from outside, through device/control.
//
// A Phone's methods may be called from any goroutine. Alert, Connect, Release and the audio never block; SetHook, Press
// and Plug wait while 64 events are unread. Close ends its timers and waits for them.
package sim
