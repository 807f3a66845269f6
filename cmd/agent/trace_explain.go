package main

import (
	"fmt"
	"io"
	"strings"

	"sidetone/internal/command"
	"sidetone/trace/story"
	"sidetone/trace/terminal"
)

func newTraceExplainCommand() *command.Command {
	var lang string
	cmd := &command.Command{
		Use:   "explain CODE",
		Short: "what a SIP status means",
		Long:  "explain says what a status means: a SIP status, 0 (nothing came back), 18X (any ringing), 9XX (blocked on the device), BYE or CANCEL.",
		Example: `  sidetone-agent trace explain 486
  sidetone-agent trace explain 0 --lang fr-CA`,
		Run: func(cmd *command.Command, args []string) error {
			lang, err := parseLang(lang)
			if err != nil {
				return err
			}
			e, err := story.Explain(args[0], lang)
			if err != nil {
				return usageError(err)
			}
			return writeExplanation(cmd.Out(), e, lang)
		},
	}
	addLangFlag(cmd, &lang)
	return cmd
}

func writeExplanation(w io.Writer, e story.Explanation, lang story.Lang) error {
	say := wordsIn(lang)
	title := strings.TrimSpace(e.Status + " " + e.Phrase)
	if e.RFC != "" {
		title += " · " + fmt.Sprintf(say.definedIn, e.RFC)
	} else {
		title += " · " + say.ownCode
	}
	lines := []string{title}
	lines = append(lines, terminal.Wrap(e.Sentence, terminalWidth(w))...)
	if e.Where != "" {
		lines = append(lines, terminal.Wrap(fmt.Sprintf(say.comesFrom, e.Where), terminalWidth(w))...)
	}
	if e.Q850 != "" {
		lines = append(lines, fmt.Sprintf(say.causedBy, e.Q850))
	}
	_, err := io.WriteString(w, terminal.Plain(strings.Join(lines, "\n"))+"\n")
	return err
}
