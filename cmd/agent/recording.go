package main

import (
	"fmt"
	"os"

	"sidetone/config"
	"sidetone/media"
	"sidetone/media/tone"
	"sidetone/media/wav"
)

// promptOf plays the recording that callers hear before the answer; nil where they hear none.
func promptOf(cfg config.Config) (func() media.Source, error) {
	if cfg.Calls.EarlyMedia != config.EarlyMediaPrompt {
		return nil, nil
	}
	clip, err := readClip(cfg.Calls.Prompt)
	if err != nil {
		return nil, cfg.Fault("calls.prompt", err)
	}
	return func() media.Source { return clip.Play(false) }, nil
}

// holdMusic is what a held person hears: the recording, or the country's hold tone.
func holdMusic(cfg config.Config) (func() media.Source, error) {
	if cfg.Calls.Hold.Music == "" {
		return func() media.Source { return tone.New(string(cfg.Media.Country), tone.HoldBeep) }, nil
	}
	clip, err := readClip(cfg.Calls.Hold.Music)
	if err != nil {
		return nil, cfg.Fault("calls.hold.music", err)
	}
	return func() media.Source { return clip.Play(true) }, nil
}

// readClip reads a recording.
func readClip(path string) (*wav.Clip, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	clip, err := wav.Read(f)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return clip, nil
}
