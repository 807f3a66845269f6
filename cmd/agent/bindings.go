package main

import (
	"context"
	"encoding/json"
	"fmt"

	"sidetone/device/control"
	"sidetone/internal/command"
	"sidetone/sipua"
	"sidetone/trace"
	"sidetone/trace/phrase"
)

// binding is one address at which a line is reached, as `ctl bindings` shows it.
type binding struct {
	URI    string       `json:"uri"`
	LeftUS trace.Micros `json:"left_us"` // until it lapses; 0 where the registrar does not say
	Own    bool         `json:"own"`     // it is this phone
}

// bindings asks the registrar of a line who is registered under its number.
func (a *agent) bindings(ctx context.Context, line int) (any, error) {
	found, err := a.ua.Bindings(ctx, line-1)
	return bindingsOf(found), err
}

func bindingsOf(found []sipua.Binding) []binding {
	all := make([]binding, 0, len(found))
	for _, b := range found {
		all = append(all, binding{URI: b.URI, LeftUS: trace.MicrosOf(b.Left), Own: b.Own})
	}
	return all
}

// bindingsText writes one line a binding.
func bindingsText(all []binding) string {
	if len(all) == 0 {
		return "nobody is registered\n"
	}
	rows := make([][]string, 0, len(all))
	for _, b := range all {
		left, mark := "", ""
		if b.LeftUS > 0 {
			left = phrase.En.Duration(b.LeftUS.Duration()) + " left"
		}
		if b.Own {
			mark = "this phone"
		}
		rows = append(rows, []string{phrase.Clean(b.URI), left, mark})
	}
	return columns(rows)
}

func newBindingsCommand(file *string) *command.Command {
	var asJSON bool
	cmd := &command.Command{
		Use:   "bindings [LINE]",
		Short: "who is registered under a line's number, as its registrar says",
		Long: `bindings asks the registrar of a line, the first one if none is named, for every address at which its number is reached: other
phones too. It changes nothing.`,
		Example: "  sidetone-agent ctl bindings 2",
		Run: func(cmd *command.Command, args []string) error {
			reply, err := ask(cmd, *file, control.Request{Verb: control.Bindings, Args: args})
			if err != nil {
				return err
			}
			if asJSON {
				_, err = fmt.Fprintf(cmd.Out(), "%s\n", reply.Data)
				return err
			}
			var all []binding
			if err := json.Unmarshal(reply.Data, &all); err != nil {
				return fmt.Errorf("read bindings: %w", err)
			}
			_, err = fmt.Fprint(cmd.Out(), bindingsText(all))
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "for programs")
	return cmd
}
