// Package escposdb reads the public printer database escpos-printer-db
// (github.com/receipt-print-hq/escpos-printer-db, CC BY 4.0) and drafts firmware
// profiles of its ticket printers. Files flow in, as the one that the project
// publishes (dist/capabilities.json or .yml) or as those it is made from
// (data/profile/*.yml); models come out, and each becomes a profile or a reason
// why it can't be one. What the database says has an effect on what is sent, or
// it is left out: code pages, bar codes, drawers and colours aren't used here.
package escposdb

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Bounds of what is taken from a file.
const (
	maxFile   = 4 << 20 // bytes; the published file has 110 KB
	maxModels = 2000
	maxDepth  = 8  // of inheritance, and of nested values
	maxText   = 80 // characters of a name
)

// ErrFormat is the error of files that aren't the database's.
var ErrFormat = errors.New("not a file of escpos-printer-db")

// File is one file of the database.
type File struct {
	Name string
	Data []byte
}

// Model is what the database says of one printer, as far as it is used.
type Model struct {
	// Key is the database's name for it, such as TM-T88V.
	Key          string
	Vendor, Name string
	// Dots is the width of the print in dots, MM that of the paper or the
	// print, and DPI the resolution; 0 if the database doesn't know.
	Dots, MM, DPI float64
	// Columns is how many characters of the first font fit into a line.
	Columns int
	// FullCut and PartCut tell of a cutter, QR of the command for QR codes,
	// Raster of the one for pictures (GS v 0), Star of Star's own commands.
	FullCut, PartCut, QR, Raster, Star bool
}

// raw is one model as it is written.
type raw = map[string]any

// Read reads the models of all files, sorted by key. What a model inherits may
// stand in another of the files. An error names the file or the model.
func Read(files ...File) ([]Model, error) {
	all := map[string]raw{}
	for _, f := range files {
		found, err := readFile(f.Data)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", f.Name, err)
		}
		for key, r := range found {
			if _, twice := all[key]; twice {
				return nil, fmt.Errorf("read %s: model %q was read before: %w", f.Name, key, ErrFormat)
			}
			all[key] = r
		}
		if len(all) > maxModels {
			return nil, fmt.Errorf("read %s: more than %d models: %w", f.Name, maxModels, ErrFormat)
		}
	}
	models := make([]Model, 0, len(all))
	for _, key := range slices.Sorted(maps.Keys(all)) {
		whole, err := inherited(all, key)
		if err != nil {
			return nil, err
		}
		m, err := modelOf(key, whole)
		if err != nil {
			return nil, fmt.Errorf("model %q: %w", key, err)
		}
		models = append(models, m)
	}
	return models, nil
}

// readFile is the models of one file by their keys.
func readFile(data []byte) (map[string]raw, error) {
	if len(data) > maxFile {
		return nil, fmt.Errorf("larger than %d MB: %w", maxFile>>20, ErrFormat)
	}
	top, err := decode(data)
	if err != nil {
		return nil, err
	}
	if profiles, published := top["profiles"]; published {
		inner, ok := profiles.(raw)
		if !ok {
			return nil, fmt.Errorf("profiles is no mapping: %w", ErrFormat)
		}
		top = inner
	}
	out := make(map[string]raw, len(top))
	for key, v := range top {
		r, ok := v.(raw)
		if !ok {
			return nil, fmt.Errorf("%q is no model: %w", key, ErrFormat)
		}
		if err := plainText("key", key); err != nil {
			return nil, err
		}
		out[key] = r
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("no model: %w", ErrFormat)
	}
	return out, nil
}

// decode reads JSON, or YAML without anchors, as one mapping.
func decode(data []byte) (raw, error) {
	if trimmed := bytes.TrimSpace(data); len(trimmed) > 0 && trimmed[0] == '{' {
		var out raw
		if err := json.Unmarshal(trimmed, &out); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrFormat, err)
		}
		return out, nil
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if len(doc.Content) != 1 {
		return nil, fmt.Errorf("empty: %w", ErrFormat)
	}
	v, err := value(doc.Content[0], 0)
	if err != nil {
		return nil, err
	}
	out, ok := v.(raw)
	if !ok {
		return nil, fmt.Errorf("no mapping: %w", ErrFormat)
	}
	return out, nil
}

// value is a YAML node as JSON would give it, but every scalar as its text. An
// alias is refused: a few lines of them unfold into more than memory holds.
func value(n *yaml.Node, depth int) (any, error) {
	if n.Kind == yaml.AliasNode || n.Anchor != "" {
		return nil, fmt.Errorf("line %d: anchors and aliases aren't read: %w", n.Line, ErrFormat)
	}
	if depth > maxDepth {
		return nil, fmt.Errorf("line %d: nested too deep: %w", n.Line, ErrFormat)
	}
	switch n.Kind {
	case yaml.ScalarNode:
		return n.Value, nil
	case yaml.SequenceNode:
		return nil, nil // lists only stand in encodings, which aren't used
	case yaml.MappingNode:
		out := make(raw, len(n.Content)/2)
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i]
			if _, twice := out[key.Value]; twice || key.Kind != yaml.ScalarNode {
				return nil, fmt.Errorf("line %d: %q is given twice or is no text: %w", key.Line, key.Value, ErrFormat)
			}
			v, err := value(n.Content[i+1], depth+1)
			if err != nil {
				return nil, err
			}
			out[key.Value] = v
		}
		return out, nil
	default:
		return nil, fmt.Errorf("line %d: not understood: %w", n.Line, ErrFormat)
	}
}

// inherited is a model with what it inherits, by the database's own rule: a
// key replaces its parent's, features are replaced one by one.
func inherited(all map[string]raw, key string) (raw, error) {
	whole, features := raw{}, raw{}
	for seen := []string{}; ; {
		r, ok := all[key]
		if !ok {
			return nil, fmt.Errorf("model %q inherits %q, which is in none of the files: %w", seen[0], key, ErrFormat)
		}
		if slices.Contains(seen, key) || len(seen) >= maxDepth {
			return nil, fmt.Errorf("model %q inherits itself, or too deep: %w", seen[0], ErrFormat)
		}
		seen = append(seen, key)
		own, _ := r["features"].(raw)
		for name, v := range own {
			if _, later := features[name]; !later {
				features[name] = v
			}
		}
		for name, v := range r {
			if _, later := whole[name]; !later {
				whole[name] = v
			}
		}
		parent, more := r["inherits"].(string)
		if !more {
			whole["features"] = features
			return whole, nil
		}
		key = parent
	}
}

// modelOf reads one model's facts.
func modelOf(key string, r raw) (Model, error) {
	m := Model{Key: key, Vendor: text(r["vendor"]), Name: text(r["name"])}
	if err := errors.Join(plainText("vendor", m.Vendor), plainText("name", m.Name)); err != nil {
		return Model{}, err
	}
	media, _ := r["media"].(raw)
	width, _ := media["width"].(raw)
	fonts, _ := r["fonts"].(raw)
	font, _ := fonts["0"].(raw)
	var columns float64
	for _, n := range []struct {
		into *float64
		name string
		v    any
	}{{&m.Dots, "media.width.pixels", width["pixels"]}, {&m.MM, "media.width.mm", width["mm"]}, {&m.DPI, "media.dpi", media["dpi"]}, {&columns, "fonts.0.columns", font["columns"]}} {
		var err error
		if *n.into, err = number(n.v); err != nil {
			return Model{}, fmt.Errorf("%s: %w", n.name, err)
		}
	}
	m.Columns = int(columns)
	features, _ := r["features"].(raw)
	for name, into := range map[string]*bool{
		"paperFullCut": &m.FullCut, "paperPartCut": &m.PartCut, "qrCode": &m.QR, "bitImageRaster": &m.Raster, "starCommands": &m.Star,
	} {
		var err error
		if *into, err = truth(features[name]); err != nil {
			return Model{}, fmt.Errorf("features.%s: %w", name, err)
		}
	}
	return m, nil
}

func text(v any) string {
	s, _ := v.(string)
	return strings.TrimSpace(s)
}

// plainText refuses a name that is empty or too long, or that a line of YAML
// can't hold.
func plainText(what, s string) error {
	bad := func(r rune) bool { return r == utf8.RuneError || !unicode.IsPrint(r) }
	if s == "" || utf8.RuneCountInString(s) > maxText || strings.ContainsFunc(s, bad) {
		return fmt.Errorf("%s is missing, too long or no plain text: %w", what, ErrFormat)
	}
	return nil
}

// number is a measure; 0 where the database has none or says Unknown.
func number(v any) (float64, error) {
	const most = 10000
	var n float64
	switch v := v.(type) {
	case nil:
		return 0, nil
	case float64:
		n = v
	case string:
		if v == "Unknown" {
			return 0, nil
		}
		var err error
		if n, err = strconv.ParseFloat(v, 64); err != nil {
			return 0, fmt.Errorf("%q is no number: %w", v, ErrFormat)
		}
	default:
		return 0, fmt.Errorf("no number: %w", ErrFormat)
	}
	if !(n > 0 && n <= most) {
		return 0, fmt.Errorf("%v is out of bounds: %w", n, ErrFormat)
	}
	return n, nil
}

// truth is a feature; false where the database has none.
func truth(v any) (bool, error) {
	switch v {
	case nil, false, "false", "no":
		return false, nil
	case true, "true", "yes":
		return true, nil
	}
	return false, fmt.Errorf("neither yes nor no: %w", ErrFormat)
}
