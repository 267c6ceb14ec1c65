package form

import (
	"strconv"
	"strings"
	"time"
)

// Filled is a section of a filled form, in words.
type Filled struct {
	Title string `json:"title"`
	Lines []Line `json:"lines"`
}

// Line is one field in words.
type Line struct {
	Name  string `json:"name"`
	Label string `json:"label"`
	// Text is empty where nothing is filled in.
	Text string `json:"text"`
	// Head and Rows are a table's.
	Head []string   `json:"head,omitempty"`
	Rows [][]string `json:"rows,omitempty"`
	// Note tells that the text is the form's own.
	Note bool `json:"note,omitempty"`

	width Width
}

// Lines are what is filled in, in words and in the form's order: for pages,
// documents and print. Sections of which nothing is there are left out.
func (f *Form) Lines(values Values, answers Answers, now time.Time) []Filled {
	values, visible := f.clean(values, answers, now)
	list := []Filled{}
	last := -1
	for _, in := range visible {
		if in.section != last {
			last = in.section
			list = append(list, Filled{Title: f.Parts[last].Title})
		}
		part := &list[len(list)-1]
		part.Lines = append(part.Lines, in.line(values[in.Name]))
	}
	return list
}

func (in *Input) line(v any) Line {
	l := Line{Name: in.Name, Label: in.Label, width: in.Width}
	switch in.Widget {
	case Note:
		l.Text, l.Note = in.Text, true
	case Table:
		for _, c := range in.Columns {
			l.Head = append(l.Head, c.headed())
		}
		rows, _ := v.([]any)
		for _, row := range rows {
			m, _ := row.(map[string]any)
			cells := make([]string, len(in.Columns))
			for i, c := range in.Columns {
				cells[i] = c.spoken(m[c.Name], false)
			}
			l.Rows = append(l.Rows, cells)
		}
	default:
		l.Text = in.spoken(v, true)
	}
	return l
}

// headed is a column's heading with its unit.
func (in *Input) headed() string {
	if in.Unit == "" {
		return in.Label
	}
	return in.Label + "（" + in.Unit + "）"
}

// spoken is a value in words.
func (in *Input) spoken(v any, unit bool) string {
	switch v := v.(type) {
	case string:
		switch in.Widget {
		case Choice:
			return in.option(v)
		case Date:
			return day(v)
		}
		return v
	case bool:
		if v {
			return "是"
		}
		return "否"
	case float64:
		return in.amount(v, unit)
	case []any:
		chosen := make([]string, len(v))
		for i, member := range v {
			chosen[i] = in.option(text(member))
		}
		return strings.Join(chosen, "、")
	case map[string]any:
		if in.Widget == Address {
			return text(v["area"]) + text(v["street"])
		}
		var parts []string
		for _, name := range []string{"name", "number", "phone"} {
			if t := text(v[name]); t != "" {
				parts = append(parts, t)
			}
		}
		return strings.Join(parts, "，")
	default:
		return ""
	}
}

func (in *Input) option(value string) string {
	for _, o := range in.Options {
		if o.Value == value {
			return o.Label
		}
	}
	return value
}

func (in *Input) amount(f float64, unit bool) string {
	t := decimal(f)
	if in.Widget == Money {
		t = strconv.FormatFloat(f, 'f', 2, 64)
	}
	switch {
	case !unit:
		return t
	case in.Unit != "":
		return t + " " + in.Unit
	case in.Widget == Money:
		return t + " 元"
	default:
		return t
	}
}

// day is a date as people write it.
func day(v string) string {
	t, err := time.Parse(time.DateOnly, v)
	if err != nil {
		return v
	}
	return t.Format("2006年1月2日")
}
