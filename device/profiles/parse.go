package profiles

import (
	"errors"
	"fmt"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// parse reads a profile strictly. It walks the syntax tree, as the decoder of YAML costs more flash than all profiles.
func parse(name string, text []byte) (Profile, error) {
	p := Profile{Name: name}
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return Profile{}, fmt.Errorf("profile %s: %w", name, err)
	}
	for _, doc := range file.Docs {
		if err := eachKey(doc.Body, p.set); err != nil {
			return Profile{}, fmt.Errorf("profile %s: %w", name, err)
		}
	}
	return p, nil
}

// set takes one key of a profile.
func (p *Profile) set(key string, value ast.Node) error {
	parts := map[string]**Part{"hook": &p.Hook, "keypad": &p.Keypad, "ringer": &p.Ringer, "audio": &p.Audio, "handset": &p.Handset}
	switch field, ok := parts[key]; {
	case ok:
		part, err := readPart(value)
		*field = &part
		return err
	case key == "model":
		model, ok := value.(*ast.StringNode)
		if !ok {
			return errors.New("want a text")
		}
		p.Model = model.Value
		return nil
	case key == "lamps":
		p.Lamps = map[string]Part{}
		return eachKey(value, func(lamp string, value ast.Node) (err error) {
			p.Lamps[lamp], err = readPart(value)
			return err
		})
	}
	return errors.New("unknown key")
}

func readPart(value ast.Node) (Part, error) {
	var part Part
	err := eachKey(value, func(key string, value ast.Node) error {
		if key != "driver" {
			return errors.New("unknown key")
		}
		part.Driver = Driver(value.GetToken().Value)
		return nil
	})
	if err == nil && part.Driver != Simulated {
		err = fmt.Errorf("driver %q is not known; allowed: %s", part.Driver, Simulated)
	}
	return part, err
}

// eachKey visits the keys of a section. An error names the key that it is about.
func eachKey(section ast.Node, visit func(key string, value ast.Node) error) error {
	pairs, ok := section.(ast.MapNode)
	if !ok {
		return errors.New("want keys with values")
	}
	for it := pairs.MapRange(); it.Next(); {
		key := it.Key().GetToken().Value
		if err := visit(key, it.Value()); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
	}
	return nil
}
