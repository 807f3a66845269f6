package main

import (
	"os"

	"sidetone/internal/command"
	"sidetone/trace/story"
)

// addLangFlag gives a command the flag for the language of what it tells.
func addLangFlag(cmd *command.Command, lang *string) {
	cmd.Flags().StringVar(lang, "lang", string(environmentLang(os.Getenv)), "language: en or fr-CA")
}

// environmentLang is the language of LC_ALL, else LC_MESSAGES, else LANG (POSIX.1-2017, XBD section 8.2), else English.
func environmentLang(getenv func(string) string) story.Lang {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if value := getenv(name); value != "" {
			lang, _ := story.ParseLang(value) // English when it is another
			return lang
		}
	}
	return story.En
}

// parseLang reads the flag.
func parseLang(flag string) (story.Lang, error) {
	lang, err := story.ParseLang(flag)
	if err != nil {
		return lang, usageError(err)
	}
	return lang, nil
}
