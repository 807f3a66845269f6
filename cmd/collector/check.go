package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
)

func newCheck() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:     "check",
		Short:   "Validate a configuration file",
		Long:    "Validate a configuration file. Each problem is printed as file:line: key: what is wrong.",
		Example: "  sidetone-collector check -c collector.yaml",
		Args:    usage(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if _, err := loadConfig(file); err != nil {
				_, failed := fmt.Fprintln(cmd.ErrOrStderr(), err)
				return errors.Join(reportedError{err}, failed)
			}
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s: good\n", file)
			return err
		},
	}
	cmd.Flags().StringVarP(&file, "config", "c", "collector.yaml", "configuration file")
	return cmd
}
