package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"sidetone/device/control"
	"sidetone/internal/command"
	"sidetone/trace/phrase"
	"sidetone/trace/terminal"
)

// verb is one verb of ctl.
type verb struct {
	use, short string
	example    string // what follows "ctl"
	request    func(args []string) control.Request
}

// verbs of a running agent. Those that act on a call take it as their last word.
var verbs = []verb{
	{"off-hook", "lift the handset: take the call that rings, or begin to dial", "off-hook", plain(control.OffHook)},
	{"on-hook", "put the handset down: hang up", "on-hook", plain(control.OnHook)},
	{"key DIGITS", "press keys: dial after off-hook, DTMF in a call; # dials at once", "key 102#", withArgument(control.Key)},
	{"dial TARGET", "call a SIP URI, or a number through the first account; prints the call's id", "dial sip:102@10.0.0.9", withArgument(control.Dial)},
	{"answer [CALL]", "take a call that rings", "answer", onCall(control.Answer)},
	{"reject [CODE] [CALL]", "decline a call that rings, with a status from 400 to 699", "reject 486", reject},
	{"deflect TARGET [CALL]", "send the caller of a call that rings to somebody else", "deflect 103", withArgument(control.Deflect)},
	{"hold [CALL]", "put a call on hold", "hold 1", onCall(control.Hold)},
	{"resume [CALL]", "take a call back", "resume 1", onCall(control.Resume)},
	{"swap", "hold the call in the handset and take back the one that waits", "swap", plain(control.Swap)},
	{"transfer TARGET [CALL]", "hand a call over to somebody else, or to another call by its line", "transfer 103", withArgument(control.Transfer)},
	{"hangup [CALL]", "end a call, whatever its state", "hangup", onCall(control.Hangup)},
	{"unplug", "unplug the telephone", "unplug", plain(control.Unplug)},
	{"plug", "plug the telephone in", "plug", plain(control.Plug)},
}

func plain(v control.Verb) func([]string) control.Request {
	return func([]string) control.Request { return control.Request{Verb: v} }
}

func onCall(v control.Verb) func([]string) control.Request {
	return func(args []string) control.Request { return control.Request{Verb: v, Call: word(args, 0)} }
}

func withArgument(v control.Verb) func([]string) control.Request {
	return func(args []string) control.Request {
		return control.Request{Verb: v, Args: args[:1], Call: word(args, 1)}
	}
}

// reject takes a status, a call, or both; a word alone that looks like a status is one.
func reject(args []string) control.Request {
	r := control.Request{Verb: control.Reject}
	if len(args) == 2 {
		r.Args, r.Call = args[:1], args[1]
		return r
	}
	if isStatus(word(args, 0)) {
		r.Args = args
	} else {
		r.Call = word(args, 0)
	}
	return r
}

// isStatus tells whether a word looks like a SIP status, even one that declines nothing. No phone has a line of that number.
func isStatus(word string) bool {
	n, err := strconv.Atoi(word)
	return err == nil && n >= 100 && n < 1000
}

func word(args []string, i int) string {
	if i < len(args) {
		return args[i]
	}
	return ""
}

func newCtlCommand() *command.Command {
	var file string
	cmd := &command.Command{
		Use:   "ctl [-c agent.yaml] VERB",
		Short: "drive a running agent",
		Long: `ctl talks to a running agent over the control socket that its configuration names.

CALL is an id, the beginning of one, or a line as status shows it. Without it a verb acts on the call in the handset, or
on the one that it fits.`,
		Example: `  sidetone-agent ctl dial 102
  sidetone-agent ctl hold
  sidetone-agent ctl reject 486
  sidetone-agent ctl -c office.yaml status`,
	}
	cmd.PersistentFlags().StringVarP(&file, "config", "c", defaultFile, "configuration file of the running agent")
	for _, v := range verbs {
		cmd.Add(&command.Command{
			Use: v.use, Short: v.short, Example: "  sidetone-agent ctl " + v.example,
			Run: func(cmd *command.Command, args []string) error {
				reply, err := ask(cmd, file, v.request(args))
				if err == nil && reply.Text != "" {
					_, err = fmt.Fprintln(cmd.Out(), reply.Text)
				}
				return err
			},
		})
	}
	cmd.Add(newStatusCommand(&file), newBindingsCommand(&file))
	return cmd
}

// ask sends one request to the agent that runs with a configuration.
func ask(cmd *command.Command, file string, r control.Request) (control.Reply, error) {
	cfg, err := configOrDefault(cmd, file)
	if err != nil {
		return control.Reply{}, err
	}
	client, err := control.Connect(cmd.Context(), cfg.Device.Control)
	if errors.Is(err, control.ErrNotRunning) {
		return control.Reply{}, fmt.Errorf("%w; start it with: sidetone-agent run -c %s", err, file)
	}
	if err != nil {
		return control.Reply{}, err
	}
	defer func() { _ = client.Close() }()
	return client.Do(cmd.Context(), r)
}

func newStatusCommand(file *string) *command.Command {
	var asJSON bool
	cmd := &command.Command{
		Use:     "status",
		Short:   "what the phone is doing, and what is heard in its earpiece",
		Example: "  sidetone-agent ctl status --json",
		Run: func(cmd *command.Command, _ []string) error {
			reply, err := ask(cmd, *file, control.Request{Verb: control.Status})
			if err != nil {
				return err
			}
			if asJSON {
				_, err = fmt.Fprintf(cmd.Out(), "%s\n", reply.Data)
				return err
			}
			var st status
			if err := json.Unmarshal(reply.Data, &st); err != nil {
				return fmt.Errorf("read status: %w", err)
			}
			_, err = fmt.Fprint(cmd.Out(), terminal.Plain(st.text(phrase.En, inEnglish)))
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "for programs")
	return cmd
}
