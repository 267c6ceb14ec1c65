package demo

import (
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"smarthall/platform/internal/item"
)

// guideFile is a file of guides in this package's short form: a catalogue entry
// and its implementation in one, with what the city's items have in common
// (departments, places, laws, common materials) named by key.
type guideFile struct {
	Items    []guide        `yaml:"items"`
	Packages []item.Package `yaml:"packages"`
	// Synonyms are lines of a citizens' word and the items' words for it.
	Synonyms []string `yaml:"synonyms"`
}

// guide is one item. Texts in several parts are cut at bars: a basis is
// "law | article | text", a step "name | text | post | limit | output", a
// frequently asked question "question | answer".
type guide struct {
	ID   string `yaml:"id"`
	Code string `yaml:"code"` // basic code
	// Name, Type and Bases belong to the catalogue; an item that shares an entry
	// with another leaves them out.
	Name   string     `yaml:"name"`
	Type   item.Type  `yaml:"type"`
	Bases  []string   `yaml:"bases"`
	Parent string     `yaml:"parent"`
	Listed item.Level `yaml:"listed"` // by which level; national by default

	Title    string        `yaml:"title"`
	Org      string        `yaml:"org"`
	Level    item.Level    `yaml:"level"` // county by default
	Summary  string        `yaml:"summary"`
	Keywords []string      `yaml:"keywords"`
	Objects  []item.Object `yaml:"objects"`
	Themes   []string      `yaml:"themes"`

	Class      item.Class  `yaml:"class"`
	Form       item.Form   `yaml:"form"`
	Online     item.Online `yaml:"online"`
	Visits     int         `yaml:"visits"`
	Scope      item.Scope  `yaml:"scope"`
	ScopeNote  string      `yaml:"scopeNote"`
	Content    string      `yaml:"content"`
	Authority  string      `yaml:"authority"`
	Conditions []string    `yaml:"conditions"`
	Quota      string      `yaml:"quota"`

	Statutory limit      `yaml:"statutory"`
	Promised  limit      `yaml:"promised"`
	Materials []paper    `yaml:"materials"`
	Fees      []item.Fee `yaml:"fees"`
	Questions []question `yaml:"questions"`
	Steps     []string   `yaml:"steps"`
	Review    []string   `yaml:"review"`
	Result    result     `yaml:"result"`

	// Bookable is the note for those who book; empty: it can't be booked.
	Bookable string        `yaml:"bookable"`
	Pay      bool          `yaml:"pay"`
	Delivery item.Delivery `yaml:"delivery"`
	// At are places: "hall/service window", or "@key" of a place elsewhere.
	At       []string `yaml:"at"`
	FAQ      []string `yaml:"faq"`
	Mistakes []string `yaml:"mistakes"`
	Rights   []string `yaml:"rights"`
	Before   []string `yaml:"before"`
	After    []string `yaml:"after"`
}

// question is item.Question with the short form of limits.
type question struct {
	ID      string   `yaml:"id"`
	Text    string   `yaml:"text"`
	Help    string   `yaml:"help"`
	Options []option `yaml:"options"`
}

type option struct {
	ID        string   `yaml:"id"`
	Text      string   `yaml:"text"`
	Next      string   `yaml:"next"`
	Materials []string `yaml:"materials"`
	Fees      []string `yaml:"fees"`
	Without   []string `yaml:"without"`
	Promised  *limit   `yaml:"promised"`
	Note      string   `yaml:"note"`
	Refuse    string   `yaml:"refuse"`
	Instead   string   `yaml:"instead"`
}

type result struct {
	Name    string          `yaml:"name"`
	Kind    item.ResultKind `yaml:"kind"`
	Valid   string          `yaml:"valid"`
	Licence string          `yaml:"licence"`
	Sample  string          `yaml:"sample"`
}

// limit is "当场", "无", "5个工作日", "30日" or "2个月", and a note after a bar.
type limit item.Limit

var units = []struct {
	word string
	unit item.Unit
}{{"个工作日", item.WorkingDays}, {"个月", item.Months}, {"日", item.Days}}

// UnmarshalYAML implements yaml.Unmarshaler.
func (l *limit) UnmarshalYAML(node *yaml.Node) error {
	parsed, err := parseLimit(node.Value)
	if err != nil {
		return fmt.Errorf("line %d: %w", node.Line, err)
	}
	*l = limit(parsed)
	return nil
}

func parseLimit(text string) (item.Limit, error) {
	text, note := cut2(text)
	l := item.Limit{Note: note}
	switch text {
	case "当场":
		l.Unit = item.OnTheSpot
		return l, nil
	case "无":
		l.Unit = item.NoLimit
		return l, nil
	}
	for _, u := range units {
		if number, ok := strings.CutSuffix(text, u.word); ok {
			days, err := strconv.Atoi(number)
			if err != nil || days < 1 {
				break
			}
			l.Unit, l.Days = u.unit, days
			return l, nil
		}
	}
	return l, fmt.Errorf("no time limit: %q", text)
}

// parts cuts a text at its bars into exactly n parts; those that are missing at
// its end are empty.
func parts(text string, n int) ([]string, error) {
	list := strings.SplitN(text, "|", n)
	if strings.Contains(list[len(list)-1], "|") {
		return nil, fmt.Errorf("more than %d parts: %q", n, text)
	}
	for i := range list {
		list[i] = strings.TrimSpace(list[i])
	}
	for len(list) < n {
		list = append(list, "")
	}
	return list, nil
}

func cut2(text string) (first, rest string) {
	first, rest, _ = strings.Cut(text, "|")
	return strings.TrimSpace(first), strings.TrimSpace(rest)
}
