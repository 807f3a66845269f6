package main

import (
	"fmt"
	"io"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"sidetone/config"
)

// newLogger logs to w as configured.
func newLogger(cfg config.Log, w io.Writer) (*zap.Logger, error) {
	level, err := zapcore.ParseLevel(string(cfg.Level))
	if err != nil {
		return nil, fmt.Errorf("log level: %w", err)
	}
	layout := zap.NewProductionEncoderConfig()
	layout.EncodeTime = zapcore.RFC3339NanoTimeEncoder
	layout.EncodeDuration = zapcore.StringDurationEncoder
	encoder := zapcore.NewJSONEncoder(layout)
	if cfg.Format == config.LogConsole {
		layout.EncodeTime = zapcore.TimeEncoderOfLayout("2006-01-02T15:04:05.000Z0700")
		layout.EncodeLevel = zapcore.CapitalLevelEncoder
		encoder = zapcore.NewConsoleEncoder(layout)
	}
	return zap.New(zapcore.NewCore(encoder, zapcore.Lock(zapcore.AddSync(w)), level)), nil
}
