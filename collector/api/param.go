package api

import (
	"fmt"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"sidetone/trace/story"
)

// optional is a query parameter whose absence differs from its zero value.
type optional[T any] struct {
	Value T
	set   bool
}

// Schema implements huma.SchemaProvider.
func (optional[T]) Schema(r huma.Registry) *huma.Schema {
	return huma.SchemaFromType(r, reflect.TypeFor[T]())
}

// Receiver implements huma.ParamWrapper.
func (o *optional[T]) Receiver() reflect.Value { return reflect.ValueOf(&o.Value).Elem() }

// OnParamSet implements huma.ParamReactor.
func (o *optional[T]) OnParamSet(set bool, _ any) { o.set = set }

// pointer is nil for a parameter that was not given.
func (o *optional[T]) pointer() *T {
	if !o.set {
		return nil
	}
	return &o.Value
}

// instant is a point in time as a query parameter: RFC 3339, or a date alone, which is its midnight UTC.
type instant struct{ time.Time }

// UnmarshalText implements encoding.TextUnmarshaler.
func (i *instant) UnmarshalText(text []byte) error {
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
		if t, err := time.Parse(layout, string(text)); err == nil {
			i.Time = t.UTC()
			return nil
		}
	}
	return fmt.Errorf("%q is no time: want 2026-11-21T03:38:47Z or 2026-11-21", text)
}

// parseLang reads the lang parameter; without it, English.
func parseLang(tag string) (story.Lang, error) {
	if tag == "" {
		return story.En, nil
	}
	lang, err := story.ParseLang(tag)
	if err != nil {
		return lang, huma.Error422UnprocessableEntity("lang: " + err.Error())
	}
	return lang, nil
}
