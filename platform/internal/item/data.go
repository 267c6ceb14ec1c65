package item

import (
	"errors"
	"fmt"
	"io"

	"go.yaml.in/yaml/v3"
)

// Data is a set of items as files hold it: the demo city's, or what an
// administration hands over.
type Data struct {
	Catalogue []Entry    `yaml:"catalogue,omitempty"`
	Items     []Item     `yaml:"items,omitempty"`
	Packages  []Package  `yaml:"packages,omitempty"`
	Synonyms  []Synonyms `yaml:"synonyms,omitempty"`
}

// Package is several items that belong to one event of a life or a business
// (一件事).
type Package struct {
	ID      string `json:"id" yaml:"id" maxLength:"40"`
	Name    string `json:"name" yaml:"name" maxLength:"120"`
	Object  Object `json:"object" yaml:"object"`
	Summary string `json:"summary" yaml:"summary" maxLength:"300"`
	// Items are ids, in the order in which they are done.
	Items    []string `json:"items" yaml:"items" maxItems:"30"`
	Keywords []string `json:"keywords,omitempty" yaml:"keywords,omitempty" maxItems:"40"`
}

// Synonyms are words that mean the same to those who search: whoever types Word
// also finds what has one of Means. It doesn't work backwards.
type Synonyms struct {
	Word  string   `json:"word" yaml:"word" maxLength:"20" doc:"The citizens' word, such as 开店"`
	Means []string `json:"means" yaml:"means" maxItems:"20" doc:"The items' words, such as 营业执照"`
}

// ReadData reads data in YAML. A key that isn't known is an error that names
// it with its line.
func ReadData(r io.Reader) (Data, error) {
	var d Data
	dec := yaml.NewDecoder(r)
	dec.KnownFields(true)
	if err := dec.Decode(&d); err != nil && !errors.Is(err, io.EOF) {
		return d, fmt.Errorf("read items: %w", err)
	}
	return d, nil
}
