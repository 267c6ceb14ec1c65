// Package form is one form for portal, kiosk, counter, telephone and paper. A
// definition (sections of fields, conditions, rules) is compiled once into a
// Form: a JSON Schema of its values, its layout, and its expressions as trees.
// What is filled in flows through Clean (what is hidden, unknown or empty is
// dropped) and Check (one Chinese sentence for each wrong field), then into
// pages, documents and a printed form. Browsers do the same from the same
// Form; shared vectors (testdata/vectors.json) hold the two together.
package form

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Form is a compiled version of a form. It is shared and never changes. Its
// JSON is what browsers take.
type Form struct {
	ID      string  `json:"id"`
	Version int     `json:"version"`
	Title   string  `json:"title"`
	Intro   string  `json:"intro,omitempty"`
	Parts   []Part  `json:"sections"`
	Judged  []Judge `json:"rules"`
	// Schema is the JSON Schema (2020-12) of the values.
	Schema map[string]any `json:"schema"`

	fields map[string]*Input // by name
	order  []*Input
}

// Part is a compiled section.
type Part struct {
	Title  string   `json:"title"`
	Note   string   `json:"note,omitempty"`
	When   *Node    `json:"when,omitempty"`
	Fields []*Input `json:"fields"`
}

// Input is a compiled field: what is shown; what its value may be is in the
// schema.
type Input struct {
	Name           string   `json:"name"`
	Widget         Widget   `json:"widget"`
	Label          string   `json:"label"`
	Help           string   `json:"help,omitempty"`
	Example        string   `json:"example,omitempty"`
	Unit           string   `json:"unit,omitempty"`
	Width          Width    `json:"width,omitempty"`
	When           *Node    `json:"when,omitempty"`
	Required       bool     `json:"required,omitempty"`
	RequiredWhen   *Node    `json:"requiredWhen,omitempty"`
	Options        []Option `json:"options,omitempty"`
	PatternMessage string   `json:"patternMessage,omitempty"`
	Earliest       string   `json:"earliest,omitempty"`
	Latest         string   `json:"latest,omitempty"`
	Columns        []*Input `json:"columns,omitempty"`
	MinRows        int      `json:"minRows,omitempty"`
	MaxRows        int      `json:"maxRows,omitempty"`
	Text           string   `json:"text,omitempty"`

	from    []string
	locked  bool
	section int
	schema  *jsonschema.Schema
}

// Judge is a compiled rule.
type Judge struct {
	That    *Node    `json:"that"`
	Names   []string `json:"names"` // fields that must have values
	At      string   `json:"at"`
	Message string   `json:"message"`
}

// schemaURL is where the compiler takes the schema to live.
const schemaURL = "form.json"

// compileSchema makes the validators of every field.
func (f *Form) compileSchema() error {
	data, err := json.Marshal(f.Schema)
	if err != nil {
		return fmt.Errorf("write the schema of form %s: %w", f.ID, err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return fmt.Errorf("read the schema of form %s: %w", f.ID, err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	for _, format := range formats {
		c.RegisterFormat(format)
	}
	if err := c.AddResource(schemaURL, doc); err != nil {
		return fmt.Errorf("add the schema of form %s: %w", f.ID, err)
	}
	s, err := c.Compile(schemaURL)
	if err != nil {
		return fmt.Errorf("compile the schema of form %s: %w", f.ID, err)
	}
	for _, in := range f.order {
		in.schema = s.Properties[in.Name]
	}
	return nil
}
