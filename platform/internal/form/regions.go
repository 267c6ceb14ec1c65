package form

import (
	_ "embed" // the list of provinces
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

//go:embed regions.yaml
var provinces []byte

// Region is a province, a city, a county or a street (GB/T 2260 and the
// statistics' codes below it).
type Region struct {
	Code string `json:"code"`
	Name string `json:"name"`
	// More tells that it has regions below.
	More bool `json:"more"`
}

// Regions are those that addresses offer, step by step. It never changes.
type Regions struct {
	names map[string]string
	below map[string][]string // codes by the code above, "" for provinces
}

// DefaultRegions are the provinces of the country.
func DefaultRegions() (*Regions, error) { return ReadRegions(provinces) }

// MergeRegions are the provinces with a file of one's own over them.
func MergeRegions(own []byte) (*Regions, error) { return ReadRegions(provinces, own) }

// ReadRegions reads names by code, from several files of which a later one
// wins.
func ReadRegions(files ...[]byte) (*Regions, error) {
	r := &Regions{names: map[string]string{}, below: map[string][]string{}}
	for _, f := range files {
		var m map[string]string
		if err := yaml.Unmarshal(f, &m); err != nil {
			return nil, fmt.Errorf("read regions: %w", err)
		}
		maps.Copy(r.names, m)
	}
	for _, code := range slices.Sorted(maps.Keys(r.names)) {
		if !regions.MatchString(code) {
			return nil, fmt.Errorf("read regions: %q is no code", code)
		}
		above := r.above(code)
		r.below[above] = append(r.below[above], code)
	}
	return r, nil
}

// above is the nearest region that a code lies in.
func (r *Regions) above(code string) string {
	short := strings.TrimRight(code, "0")
	for _, digits := range []int{9, 6, 4, 2} {
		if digits >= len(short) {
			continue
		}
		up := code[:digits]
		if digits < 6 {
			up += strings.Repeat("0", 6-digits)
		}
		if _, ok := r.names[up]; ok && up != code {
			return up
		}
	}
	return ""
}

// Below are the regions right below a code; an empty code means the country.
func (r *Regions) Below(code string) []Region {
	list := []Region{}
	for _, c := range r.below[code] {
		list = append(list, Region{Code: c, Name: r.names[c], More: len(r.below[c]) > 0})
	}
	return list
}

// Name is the whole name of a region, from its province down; empty if the
// code isn't known.
func (r *Regions) Name(code string) string {
	name := r.names[code]
	for up := r.above(code); up != "" && name != ""; up = r.above(up) {
		name = r.names[up] + name
	}
	return name
}
