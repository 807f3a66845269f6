package page

import (
	"fmt"
	"strings"
	"time"

	"sidetone/trace/phrase"
)

// stampLayout is what the script reads: UTC with microseconds.
const stampLayout = "2006-01-02T15:04:05.000000Z"

// Stamp writes a time for the datetime attribute.
func Stamp(t time.Time) string { return t.UTC().Format(stampLayout) }

// ClockTime writes the time of day, UTC.
func ClockTime(t time.Time) string { return t.UTC().Format("15:04:05") }

// exactTime writes the time of day to the microsecond, UTC.
func exactTime(t time.Time) string { return t.UTC().Format("15:04:05.000000") }

var weekdays = map[phrase.Lang][7]string{
	phrase.En:   {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
	phrase.FrCA: {"dimanche", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"},
}

var months = map[phrase.Lang][12]string{
	phrase.En: {
		"January", "February", "March", "April", "May", "June",
		"July", "August", "September", "October", "November", "December",
	},
	phrase.FrCA: {
		"janvier", "février", "mars", "avril", "mai", "juin",
		"juillet", "août", "septembre", "octobre", "novembre", "décembre",
	},
}

// Date writes a day with its weekday, UTC: "Saturday 21 November 2026", « dimanche 1er novembre 2026 ».
func Date(t time.Time, lang phrase.Lang) string {
	t = t.UTC()
	if _, known := weekdays[lang]; !known {
		lang = phrase.En
	}
	day := fmt.Sprint(t.Day())
	if lang == phrase.FrCA && t.Day() == 1 {
		day = "1er"
	}
	return strings.Join([]string{weekdays[lang][t.Weekday()], day, months[lang][t.Month()-1], fmt.Sprint(t.Year())}, " ")
}
