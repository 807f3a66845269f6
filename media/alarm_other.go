//go:build !linux

package media

func newAlarm() (Alarm, error) { return NewTimerAlarm(), nil }
