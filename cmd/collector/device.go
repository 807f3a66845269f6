package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"sidetone/collector/access"
	"sidetone/collector/ingest"
	"sidetone/collector/store/sqlite"
)

// deviceOptions are the flags of the device commands.
type deviceOptions struct {
	config, tenant, out string
	certificate         bool
	days                int
}

func newDevice() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "device",
		Short: "Credentials by which devices are let into the embedded broker",
		Long: `Credentials by which devices are let into the embedded broker. They are kept in the folder DATABASE.access, beside the database; the
commands work while a collector runs, which follows within seconds.`,
		Args: usage(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newDeviceAdd(), newDeviceRenew(), newDeviceList(), newDeviceRevoke())
	return cmd
}

// deviceCommand gives a command the flags that say which collector is meant.
func deviceCommand(cmd *cobra.Command, o *deviceOptions, run func(context.Context, *config, []string, io.Writer) error) *cobra.Command {
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, err := loadConfig(o.config)
		if err != nil {
			return err
		}
		if err := c.applyFlags(cmd.Flags()); err != nil {
			return err
		}
		if len(args) > 0 && !ingest.ValidName(args[0]) {
			return usageError{fmt.Errorf("%q: a device is 1 to 64 of a-z, 0-9 and -", args[0])}
		}
		return run(cmd.Context(), c, args, cmd.OutOrStdout())
	}
	cmd.Flags().StringVarP(&o.config, "config", "c", "", "configuration file")
	if s, ok := lookup("database"); ok {
		cmd.Flags().String(s.key, s.fallback, s.help)
	}
	return cmd
}

// issueFlags are those of what is issued.
func issueFlags(cmd *cobra.Command, o *deviceOptions) {
	cmd.Flags().StringVar(&o.out, "out", ".", "`FOLDER` for the files")
	cmd.Flags().IntVar(&o.days, "days", 5*365, "how many days a certificate is good for")
}

func newDeviceAdd() *cobra.Command {
	var o deviceOptions
	cmd := deviceCommand(&cobra.Command{
		Use:   "add ID",
		Short: "Let a device in, and print its credentials, once",
		Long: `Let a device in, and print its credentials, once: a password of which only a hash is kept, or with --certificate a certificate of
the collector's own authority and its key. Files are written to the folder --out; with them come the lines for the device's agent.yaml.

A device that was revoked can be added again.`,
		Example: `  sidetone-collector device add reception-1
  sidetone-collector device add reception-1 --certificate --out ./reception-1 -c collector.yaml`,
		Args: usage(cobra.ExactArgs(1)),
	}, &o, func(_ context.Context, c *config, args []string, out io.Writer) error {
		order := access.Order{ID: args[0], Tenant: o.tenant, Kind: access.Password, Valid: time.Duration(o.days) * 24 * time.Hour}
		if o.certificate {
			order.Kind = access.Certificate
		}
		if !ingest.ValidName(o.tenant) {
			return usageError{fmt.Errorf("--tenant %q: want 1 to 64 of a-z, 0-9 and -", o.tenant)}
		}
		if err := o.checkDays(); err != nil {
			return err
		}
		err := access.At(c.Database).Add(order, func(cr access.Credentials) error { return handOver(c, o.out, cr, out) })
		if errors.Is(err, access.ErrEnrolled) {
			return fmt.Errorf("%w; device renew %s gives it new credentials", err, args[0])
		}
		return err
	})
	issueFlags(cmd, &o)
	cmd.Flags().StringVar(&o.tenant, "tenant", "default", "`NAME` of the branch of topics that its fleet has for itself")
	cmd.Flags().BoolVar(&o.certificate, "certificate", false, "a certificate instead of a password; the device must use mqtts")
	return cmd
}

func (o deviceOptions) checkDays() error {
	if o.days < 1 || o.days > 20*365 {
		return usageError{fmt.Errorf("--days %d: want 1 to %d", o.days, 20*365)}
	}
	return nil
}

func newDeviceRenew() *cobra.Command {
	var o deviceOptions
	cmd := deviceCommand(&cobra.Command{
		Use:   "renew ID",
		Short: "Give a device new credentials of the kind that it has",
		Long: `Give a device new credentials of the kind that it has. An old password is good for nothing from then on; an old certificate stays
good until it expires, so that the device can change over. To bar it at once: revoke, then add.`,
		Args: usage(cobra.ExactArgs(1)),
	}, &o, func(_ context.Context, c *config, args []string, out io.Writer) error {
		if err := o.checkDays(); err != nil {
			return err
		}
		return access.At(c.Database).Renew(args[0], time.Duration(o.days)*24*time.Hour, func(cr access.Credentials) error {
			return handOver(c, o.out, cr, out)
		})
	})
	issueFlags(cmd, &o)
	return cmd
}

func newDeviceRevoke() *cobra.Command {
	var o deviceOptions
	return deviceCommand(&cobra.Command{
		Use:   "revoke ID",
		Short: "Bar a device; a running collector hangs up on it within seconds",
		Args:  usage(cobra.ExactArgs(1)),
	}, &o, func(_ context.Context, c *config, args []string, out io.Writer) error {
		known, err := access.At(c.Database).Revoke(args[0])
		if err != nil {
			return err
		}
		text := args[0] + ": revoked\n"
		if !known {
			text = args[0] + ": was not enrolled; it is barred now, whatever certificate it shows\n"
		}
		_, err = io.WriteString(out, text)
		return err
	})
}

func newDeviceList() *cobra.Command {
	var o deviceOptions
	return deviceCommand(&cobra.Command{
		Use:   "list",
		Short: "List the devices that are enrolled or revoked",
		Args:  usage(cobra.NoArgs),
	}, &o, func(ctx context.Context, c *config, _ []string, out io.Writer) error {
		devices, err := access.At(c.Database).Devices()
		if err != nil {
			return err
		}
		seen, seenErr := sqlite.LastSeen(ctx, c.Database) // told after the list, which does not need it
		w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
		if _, err := fmt.Fprintln(w, "DEVICE\tTENANT\tKIND\tENROLLED\tEXPIRES\tREVOKED\tLAST SEEN"); err != nil {
			return err
		}
		for _, d := range devices {
			var expires time.Time
			if n := len(d.Issued); n > 0 {
				expires = d.Issued[n-1].NotAfter
			}
			_, err := fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", d.ID, d.Tenant, d.Kind, moment(d.Created), moment(expires), moment(d.Revoked), moment(seen[d.ID]))
			if err != nil {
				return err
			}
		}
		return errors.Join(w.Flush(), seenErr)
	})
}

// moment is a time as it stands in a list.
func moment(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format("2006-01-02 15:04Z")
}
