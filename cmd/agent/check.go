package main

import (
	"errors"
	"fmt"
	"os"

	"sidetone/config"
	"sidetone/internal/command"
)

func newCheckCommand() *command.Command {
	var file string
	cmd := &command.Command{
		Use:   "check -c agent.yaml",
		Short: "say what is wrong with a configuration",
		Long: `check reads a configuration and the files it names, and changes nothing. Every problem is printed as

  agent.yaml:12: sip.listen[0]: what is wrong; what is allowed

and the exit code is 1. Notes say which keys are set and have no effect in this version.`,
		Example: "  sidetone-agent check -c agent.yaml",
		Run: func(cmd *command.Command, _ []string) error {
			cfg, err := loadConfig(file, cmd.Out())
			if err == nil {
				err = checkFiles(cfg)
			}
			if err != nil {
				_, failed := fmt.Fprintln(cmd.Err(), err)
				return errors.Join(errQuiet{err}, failed)
			}
			_, err = fmt.Fprintf(cmd.Out(), "%s: good\n", file)
			return err
		},
	}
	addConfigFlag(cmd, &file)
	return cmd
}

// checkFiles looks at the files that a configuration names.
func checkFiles(cfg config.Config) error {
	var errs []error
	look := func(key, path string, read func(string) error) {
		if path == "" {
			return
		}
		if err := read(path); err != nil {
			errs = append(errs, cfg.Fault(key, err))
		}
	}
	secret := func(path string) error {
		_, err := config.Secret(path)
		return err
	}
	look("device.page.password_file", cfg.Device.Page.PasswordFile, secret)
	look("telemetry.password_file", cfg.Telemetry.PasswordFile, secret)
	look("telemetry.ca_file", cfg.Telemetry.CAFile, readable)
	look("telemetry.cert_file", cfg.Telemetry.CertFile, readable)
	look("telemetry.key_file", cfg.Telemetry.KeyFile, readable)
	if err := sipSecurity(cfg).Check(); err != nil {
		errs = append(errs, sipFault(cfg, err))
	}
	for i, a := range cfg.SIP.Accounts {
		look(fmt.Sprintf("sip.accounts[%d].password_file", i), a.PasswordFile, secret)
	}
	clip := func(path string) error {
		_, err := readClip(path)
		return err
	}
	look("calls.prompt", cfg.Calls.Prompt, clip)
	look("calls.hold.music", cfg.Calls.Hold.Music, clip)
	look("calls.flow", cfg.Calls.Flow, readable)
	return errors.Join(errs...)
}

func readable(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return f.Close()
}
