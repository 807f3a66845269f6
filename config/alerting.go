package config

// Alerting says how the caller of an incoming call is told that the phone rings.
type Alerting string

// The ways of alerting.
const (
	AlertingProgressThenRinging Alerting = "progress-then-ringing" // 183 with early media, then 180
	AlertingRinging             Alerting = "ringing"               // 180
	AlertingProgress            Alerting = "progress"              // 183 with early media
)

func alertings() []Alerting {
	return []Alerting{AlertingProgressThenRinging, AlertingRinging, AlertingProgress}
}
