package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// shape is what a value looks like in YAML.
type shape uint8

const (
	text  shape = iota // a string, or anything that can be read as one
	whole              // an integer
	truth              // true or false
	listing
	section // a list of mappings, each with settings of its own
)

// want says what a value of the shape looks like, for whoever wrote another one.
func (s shape) want() string {
	switch s {
	case text:
		return "want a text"
	case whole:
		return "want a whole number"
	case truth:
		return "want true or false"
	case listing:
		return "want a list, such as [one, two]"
	case section:
		return "want a list of sections, each beginning with a dash"
	}
	return "want another value"
}

// setting is one key of the file, bound to the field that it sets. An error says what is wrong and what is allowed.
type setting struct {
	key   string // full path, "calls.hold.method"; relative within an item
	shape shape
	set   func(string) error // of a text, whole or truth; of a listing, one item after the other
	clear func()             // of a listing or section: it replaces the default
	item  func() []setting   // of a section: begins another item
	show  func() string      // the value as it would be written
}

// check refuses a text.
type check func(string) error

func textKey(key string, field *string, checks ...check) setting {
	return setting{key: key, set: func(s string) error {
		for _, check := range checks {
			if err := check(s); err != nil {
				return err
			}
		}
		*field = s
		return nil
	}, show: func() string { return *field }}
}

func boolKey(key string, field *bool) setting {
	return setting{key: key, shape: truth, set: func(s string) error {
		*field = s == "true"
		return nil
	}, show: func() string { return strconv.FormatBool(*field) }}
}

// intKey is a whole number of least to most; also are allowed besides.
func intKey(key string, field *int, least, most int, also ...int) setting {
	return setting{key: key, shape: whole, set: func(s string) error {
		n, err := strconv.Atoi(s)
		if err != nil {
			return fmt.Errorf("%s is no plain whole number", s)
		}
		if (n < least || n > most) && !slices.Contains(also, n) {
			allowed := fmt.Sprintf("%d to %d", least, most)
			for _, n := range also {
				allowed = fmt.Sprintf("%d, or %s", n, allowed)
			}
			return fmt.Errorf("%s is out of range; allowed: %s", s, allowed)
		}
		*field = n
		return nil
	}, show: func() string { return strconv.Itoa(*field) }}
}

// durationKey is a duration of least to most; also are allowed besides.
func durationKey(key string, field *time.Duration, least, most time.Duration, also ...time.Duration) setting {
	return setting{key: key, set: func(s string) error {
		d := Never
		if s != never || !slices.Contains(also, Never) {
			var err error
			if d, err = parseDuration(s); err != nil {
				return err
			}
		}
		if (d < least || d > most) && !slices.Contains(also, d) || d < 0 && s != never {
			allowed := fmt.Sprintf("%s to %s", formatDuration(least), formatDuration(most))
			for _, d := range also {
				allowed = fmt.Sprintf("%s, or %s", formatDuration(d), allowed)
			}
			return fmt.Errorf("%s is out of range; allowed: %s", s, allowed)
		}
		*field = d
		return nil
	}, show: func() string { return formatDuration(*field) }}
}

func sizeKey(key string, field *int64, least, most int64) setting {
	return setting{key: key, set: func(s string) error {
		n, err := parseSize(s)
		if err != nil {
			return err
		}
		if n != 0 && (n < least || n > most) {
			return fmt.Errorf("%s is out of range; allowed: 0, or %s to %s", s, formatSize(least), formatSize(most))
		}
		*field = n
		return nil
	}, show: func() string { return formatSize(*field) }}
}

func portsKey(key string, field *PortRange) setting {
	return setting{key: key, set: func(s string) error {
		r, err := parsePortRange(s)
		if err != nil {
			return err
		}
		*field = r
		return nil
	}, show: func() string { return field.String() }}
}

func enumKey[E ~string](key string, field *E, allowed []E) setting {
	return setting{key: key, set: func(s string) error {
		if err := oneOf(s, allowed); err != nil {
			return err
		}
		*field = E(s)
		return nil
	}, show: func() string { return string(*field) }}
}

// listKey is a list of different texts, each of which must pass.
func listKey[E ~string](key string, field *[]E, check check) setting {
	return setting{key: key, shape: listing, set: func(s string) error {
		if err := check(s); err != nil {
			return err
		}
		if slices.Contains(*field, E(s)) {
			return fmt.Errorf("%s is listed twice", s)
		}
		*field = append(*field, E(s))
		return nil
	}, clear: func() { *field = nil }, show: func() string {
		items := make([]string, len(*field))
		for i, v := range *field {
			items[i] = string(v)
		}
		return "[" + strings.Join(items, ", ") + "]"
	}}
}

// oneOf refuses what is not in a list, and suggests what is near.
func oneOf[E ~string](s string, allowed []E) error {
	if slices.Contains(allowed, E(s)) {
		return nil
	}
	names := make([]string, len(allowed))
	for i, a := range allowed {
		names[i] = string(a)
	}
	return fmt.Errorf("%q is not known%s; allowed: %s", s, didYouMean(s, names), strings.Join(names, ", "))
}
