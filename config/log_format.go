package config

// LogFormat is how messages are written.
type LogFormat string

// The formats.
const (
	LogConsole LogFormat = "console"
	LogJSON    LogFormat = "json"
)

func logFormats() []LogFormat { return []LogFormat{LogConsole, LogJSON} }
