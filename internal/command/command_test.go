package command

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// ran is what a command was run with.
type ran struct {
	Path string
	Args []string
	File string
	Loud bool
}

// tree is a small command line; what runs is noted in got.
func tree(got *ran) *Command {
	var file string
	var loud, quiet bool
	root := &Command{Use: "tool", Short: "a tool", Example: "  tool look x"}
	group := &Command{Use: "ctl [-c FILE] VERB", Short: "drive it"}
	group.PersistentFlags().StringVarP(&file, "config", "c", "default", "a `file`")
	note := func(c *Command, args []string) error {
		*got = ran{c.Path(), args, file, loud}
		return nil
	}
	look := &Command{Use: "look -c FILE.yaml THING [MORE]", Short: "look at it", Long: "look looks.", Example: "  tool look x", Run: note}
	look.Flags().StringVarP(&file, "config", "c", "default", "a `file`")
	look.Flags().BoolVar(&loud, "loud", false, "say more")
	look.Flags().BoolVar(&quiet, "quiet", false, "say less")
	look.Exclude("loud", "quiet")
	group.Add(&Command{Use: "hold [CALL]", Short: "hold it", Run: note}, &Command{Use: "fail", Run: func(*Command, []string) error { return errWork }})
	root.Add(look, group)
	return root
}

var errWork = errors.New("work")

func TestCommandIsFoundWithItsFlagsWhereverTheyStand(t *testing.T) {
	for line, want := range map[string]ran{
		"look x":                     {"tool look", []string{"x"}, "default", false},
		"look x y --loud":            {"tool look", []string{"x", "y"}, "default", true},
		"look --loud x -c f":         {"tool look", []string{"x"}, "f", true},
		"look -- -x":                 {"tool look", []string{"-x"}, "default", false},
		"look -":                     {"tool look", []string{"-"}, "default", false},
		"ctl hold":                   {"tool ctl hold", []string{}, "default", false},
		"ctl -c f hold 1":            {"tool ctl hold", []string{"1"}, "f", false},
		"ctl -cf hold 1":             {"tool ctl hold", []string{"1"}, "f", false},
		"ctl --config f hold":        {"tool ctl hold", []string{}, "f", false},
		"ctl --config=f hold":        {"tool ctl hold", []string{}, "f", false},
		"ctl hold --config hold 2":   {"tool ctl hold", []string{"2"}, "hold", false},
		"look --config=ctl ctl hold": {"tool look", []string{"ctl", "hold"}, "ctl", false},
	} {
		var got ran
		if err := tree(&got).Execute(t.Context(), strings.Fields(line)); err != nil {
			t.Errorf("%s: %v", line, err)
		} else if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", line, diff)
		}
	}
}

func TestWrongLineIsAFaultThatSaysWhereHelpIs(t *testing.T) {
	for line, want := range map[string]string{
		"explode":               `unknown command "explode"; see tool --help`,
		"lok x":                 `unknown command "lok", did you mean look?; see tool --help`,
		"ctl hol":               `unknown command "hol", did you mean hold?; see tool ctl --help`,
		"--loud":                `unknown flag: --loud; see tool --help`,
		"look x --louder":       `unknown flag: --louder; see tool look --help`,
		"look x -c":             `flag needs an argument: 'c' in -c; see tool look --help`,
		"look":                  `THING is missing; write it as: tool look -c FILE.yaml THING [MORE]; see tool look --help`,
		"look a b c":            `"c" is too much; write it as: tool look -c FILE.yaml THING [MORE]; see tool look --help`,
		"look x --loud=maybe":   `invalid argument "maybe" for "--loud" flag: strconv.ParseBool: parsing "maybe": invalid syntax; see tool look --help`,
		"look x --loud --quiet": `--loud and --quiet exclude each other; see tool look --help`,
		"ctl -x hold":           `unknown shorthand flag: 'x' in -x; see tool ctl hold --help`,
	} {
		var got ran
		err := tree(&got).Execute(t.Context(), strings.Fields(line))
		var fault *Fault
		if !errors.As(err, &fault) || err.Error() != want || got.Path != "" {
			t.Errorf("%s:\n%v\nwant\n%s", line, err, want)
		}
	}
}

func TestWhatACommandFailsAtIsNoFault(t *testing.T) {
	var got ran
	err := tree(&got).Execute(t.Context(), []string{"ctl", "fail"})
	var fault *Fault
	if !errors.Is(err, errWork) || errors.As(err, &fault) {
		t.Errorf("%v", err)
	}
}

func TestHelpShowsUseExampleCommandsAndFlags(t *testing.T) {
	for line, want := range map[string][]string{
		"":                 {"a tool", "tool COMMAND", "look -c FILE.yaml THING [MORE]  look at it", "tool COMMAND --help"},
		"help":             {"tool COMMAND"},
		"--help":           {"tool COMMAND"},
		"ctl":              {"drive it", "tool ctl [-c FILE] VERB", "hold [CALL]  hold it", "-c, --config file   a file (default \"default\")"},
		"look --help":      {"look looks.", "tool look -c FILE.yaml THING [MORE]", "  tool look x", "--loud          say more"},
		"help look":        {"look looks."},
		"ctl hold -h":      {"hold it", "tool ctl hold [CALL] [flags]", "--config file"},
		"look x --loud -h": {"look looks."},
	} {
		var got ran
		var out bytes.Buffer
		root := tree(&got)
		root.Connect(nil, &out, nil)
		if err := root.Execute(t.Context(), strings.Fields(line)); err != nil || got.Path != "" {
			t.Errorf("%q: %v", line, err)
		}
		for _, s := range want {
			if !strings.Contains(out.String(), s) {
				t.Errorf("%q: no %q in\n%s", line, s, out.String())
			}
		}
	}
}
