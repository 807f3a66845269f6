package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"

	"sidetone/config"
	"sidetone/device/profiles"
	"sidetone/internal/command"
)

// defaultFile is the configuration that is used when none is named.
const defaultFile = "agent.yaml"

// addConfigFlag gives a command the flag that names the configuration.
func addConfigFlag(cmd *command.Command, file *string) {
	cmd.Flags().StringVarP(file, "config", "c", defaultFile, "configuration file")
}

// loadConfig reads the configuration and writes to notes what is good to know about it.
func loadConfig(file string, notes io.Writer) (config.Config, error) {
	return loadConfigOver(file, nil, notes)
}

// loadConfigOver is loadConfig with what is set remotely on top of the file.
func loadConfigOver(file string, set []byte, notes io.Writer) (config.Config, error) {
	cfg, about, err := config.LoadOver(file, set)
	if errors.Is(err, fs.ErrNotExist) {
		return config.Config{}, fmt.Errorf("%w; name another with -c, or begin with examples/agent.yaml", err)
	}
	if err != nil {
		return config.Config{}, err
	}
	if _, err := profiles.Load(cfg.Device.Profile); err != nil {
		return config.Config{}, cfg.Fault("device.profile", err)
	}
	for _, n := range about {
		if _, err := fmt.Fprintln(notes, n); err != nil {
			return config.Config{}, err
		}
	}
	return cfg, nil
}

// configOrDefault reads the configuration for a command that can do without: the file that is used when none is named
// may be missing.
func configOrDefault(cmd *command.Command, file string) (config.Config, error) {
	cfg, _, err := config.Load(file)
	if errors.Is(err, fs.ErrNotExist) && !cmd.Given("config") {
		return config.Default(), nil
	}
	return cfg, err
}
