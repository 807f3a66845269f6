package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"sidetone/config"
)

// logLevel is a level of the configuration.
func logLevel(l config.LogLevel) (zapcore.Level, error) {
	level, err := zapcore.ParseLevel(string(l))
	if err != nil {
		return level, fmt.Errorf("log level: %w", err)
	}
	return level, nil
}

// newLogger logs to w as configured.
func newLogger(cfg config.Log, w io.Writer) (*zap.Logger, error) {
	level, err := logLevel(cfg.Level)
	if err != nil {
		return nil, err
	}
	return loggerAt(level, cfg.Format, w), nil
}

// threshold is a level that can be changed.
type threshold struct{ atomic.Int32 }

// Enabled implements zapcore.LevelEnabler.
func (t *threshold) Enabled(l zapcore.Level) bool { return int32(l) >= t.Load() }

// loggerAt logs to w what the level enables.
func loggerAt(level zapcore.LevelEnabler, format config.LogFormat, w io.Writer) *zap.Logger {
	layout := zap.NewProductionEncoderConfig()
	layout.EncodeTime = zapcore.RFC3339NanoTimeEncoder
	layout.EncodeDuration = zapcore.StringDurationEncoder
	encoder := zapcore.NewJSONEncoder(layout)
	if format == config.LogConsole {
		layout.EncodeTime = zapcore.TimeEncoderOfLayout("2006-01-02T15:04:05.000Z0700")
		layout.EncodeLevel = zapcore.CapitalLevelEncoder
		encoder = zapcore.NewConsoleEncoder(layout)
	}
	return zap.New(zapcore.NewCore(encoder, zapcore.Lock(zapcore.AddSync(w)), level))
}

// maxRecent bounds the log lines that are kept for whoever asks later, in bytes.
const maxRecent = 32 << 10

// recentLog keeps the last lines of the log, as they were logged.
type recentLog struct {
	to io.Writer // where the log goes

	mu    sync.Mutex
	lines []string // oldest first
	bytes int
}

// Write logs one line and keeps it.
func (r *recentLog) Write(line []byte) (int, error) {
	text := strings.TrimSuffix(string(line[:min(len(line), maxRecent/4)]), "\n")
	r.mu.Lock()
	r.lines = append(r.lines, text)
	for r.bytes += len(text); r.bytes > maxRecent; r.lines = r.lines[1:] {
		r.bytes -= len(r.lines[0])
	}
	r.mu.Unlock()
	return r.to.Write(line) // one at a time, as the logger has it
}

// last gives the last n lines, oldest first, as far as they are kept.
func (r *recentLog) last(n int) []string {
	r.mu.Lock()
	lines := slices.Clone(r.lines[max(len(r.lines)-n, 0):])
	r.mu.Unlock()
	return lines
}
