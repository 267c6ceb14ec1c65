package form

import (
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"smarthall/platform/internal/fault"
)

// Check tells every wrong field, in the form's order, with one sentence each.
// What is hidden doesn't count. A cell of a table is named like owners[1].share,
// a part of a person or an address like agent.phone.
func (f *Form) Check(values Values, answers Answers, now time.Time) []fault.Field {
	values, visible := f.clean(values, answers, now)
	s := &scope{values: values, answers: answers, now: now}
	wrong := []fault.Field{}
	bad := map[string]bool{} // fields with something wrong in them
	for _, in := range visible {
		n := len(wrong)
		wrong = in.check(wrong, s)
		bad[in.Name] = len(wrong) > n
	}
	for _, r := range f.Judged {
		if s.judges(&r, visible, bad) && s.eval(r.That) != true {
			wrong = append(wrong, fault.Field{Name: r.At, Message: r.Message})
			bad[r.At] = true
		}
	}
	return wrong
}

// judges tells whether a rule can be judged: its field is there, and what it
// names is given and right.
func (s *scope) judges(r *Judge, visible []*Input, bad map[string]bool) bool {
	if !slices.ContainsFunc(visible, func(in *Input) bool { return in.Name == r.At }) || bad[r.At] {
		return false
	}
	for _, name := range r.Names {
		if _, given := s.values[name]; !given || bad[name] {
			return false
		}
	}
	return true
}

// check adds what is wrong with a field.
func (in *Input) check(wrong []fault.Field, s *scope) []fault.Field {
	v, given := s.values[in.Name]
	switch {
	case in.Widget == Note:
		return wrong
	case given:
		return in.checkValue(wrong, v, s)
	case in.Required || in.RequiredWhen != nil && s.holds(in.RequiredWhen):
		return append(wrong, fault.Field{Name: in.Name, Message: say(in.missing(), words{"label": in.Label})})
	default:
		return wrong
	}
}

// missing is the key of what is said where nothing is filled in.
func (in *Input) missing() string {
	if in.Widget.chosen() {
		return "choose"
	}
	return "fill"
}

// checkValue checks a value against the schema, then what a schema can't say.
func (in *Input) checkValue(wrong []fault.Field, v any, s *scope) []fault.Field {
	found := in.violations(v)
	if len(found) == 0 {
		found = in.moving(v, s)
	}
	for _, at := range in.places(v) {
		if x, ok := found[at.path]; ok {
			wrong = append(wrong, fault.Field{Name: in.Name + at.path, Message: at.say(x)})
		}
	}
	return wrong
}

// moving is what is wrong with a value that the schema has nothing against, by
// what moves with the day: the bounds of dates and births.
func (in *Input) moving(v any, s *scope) map[string]violation {
	found := map[string]violation{}
	put := func(path, key, bound string) { found[path] = violation{key: key, want: bound} }
	switch in.Widget {
	case Table:
		rows, _ := v.([]any)
		for i, row := range rows {
			m, _ := row.(map[string]any)
			for _, c := range in.Columns {
				for _, x := range c.moving(m[c.Name], s) {
					put("["+strconv.Itoa(i)+"]."+c.Name, x.key, x.want)
				}
			}
		}
	case Person:
		if m, _ := v.(map[string]any); !isID(text(m["number"]), s.now) {
			put(".number", formatID, "")
		}
	case IDNumber:
		if number, ok := v.(string); ok && !isID(number, s.now) {
			put("", formatID, "")
		}
	case Date:
		day, ok := v.(string)
		if from := resolve(in.Earliest, s.now); ok && from != "" && day < from {
			put("", "earliest", from)
		}
		if to := resolve(in.Latest, s.now); ok && to != "" && day > to {
			put("", "latest", to)
		}
	}
	return found
}

func resolve(bound string, now time.Time) string {
	if bound == "today" {
		return today(now)
	}
	return bound
}

// violation is one thing that a schema says no to.
type violation struct {
	rank int
	key  string
	want string
}

// violations are the worst of each place below a field, by path: "" is the
// field itself.
func (in *Input) violations(v any) map[string]violation {
	err := in.schema.Validate(v)
	if err == nil {
		return nil
	}
	found := map[string]violation{}
	var ve *jsonschema.ValidationError
	if !errors.As(err, &ve) {
		found[""] = violation{key: "type"}
		return found
	}
	in.collect(ve, found)
	return found
}

func (in *Input) collect(ve *jsonschema.ValidationError, found map[string]violation) {
	for _, cause := range ve.Causes {
		in.collect(cause, found)
	}
	path := in.rollUp(ve.InstanceLocation)
	put := func(path string, x violation) {
		if old, ok := found[path]; !ok || x.rank < old.rank {
			found[path] = x
		}
	}
	switch k := ve.ErrorKind.(type) {
	case *kind.Type:
		key := "type"
		switch {
		case slices.Contains(k.Want, "integer") && k.Got == "number":
			key = "integer"
		case slices.Contains(k.Want, "integer"), slices.Contains(k.Want, "number"):
			key = "number"
		}
		put(path, violation{1, key, ""})
	case *kind.Required:
		for _, name := range k.Missing {
			put(path+"."+name, violation{2, "required", ""})
		}
	case *kind.Enum:
		put(path, violation{3, "enum", ""})
	case *kind.MinLength:
		put(path, violation{5, "minLength", strconv.Itoa(k.Want)})
	case *kind.MaxLength:
		put(path, violation{6, "maxLength", strconv.Itoa(k.Want)})
	case *kind.Format:
		put(path, violation{4, k.Want, ""})
	case *kind.Pattern:
		put(path, violation{7, "pattern", ""})
	case *kind.Minimum:
		f, _ := k.Want.Float64()
		put(path, violation{8, "minimum", decimal(f)})
	case *kind.Maximum:
		f, _ := k.Want.Float64()
		put(path, violation{9, "maximum", decimal(f)})
	case *kind.MultipleOf:
		put(path, violation{10, "decimals", strconv.Itoa(len(k.Want.Denom().String()) - 1)})
	case *kind.MinItems:
		put(path, violation{11, "minItems", strconv.Itoa(k.Want)})
	case *kind.MaxItems:
		put(path, violation{12, "maxItems", strconv.Itoa(k.Want)})
	case *kind.UniqueItems:
		put(path, violation{13, "unique", ""})
	}
}

// decimal is a number as people write it.
func decimal(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// rollUp is the nearest place that the form knows: a field, a row, a cell, a
// part.
func (in *Input) rollUp(location []string) string {
	switch {
	case len(location) == 0 || in.Widget != Table && in.Widget.parts() == nil:
		return ""
	case in.Widget == Table && len(location) == 1:
		return "[" + location[0] + "]"
	case in.Widget == Table:
		return "[" + location[0] + "]." + location[1]
	default:
		return "." + location[0]
	}
}

// place is somewhere in a field that something can be wrong with.
type place struct {
	path string
	// before stands before the message, label names the place.
	before, label string
	input         *Input
	missing       string
}

// say is the sentence for a violation here.
func (p *place) say(x violation) string {
	key := x.key
	switch {
	case key == "required":
		key = p.missing
	case key == "pattern" && p.input.PatternMessage != "":
		return p.before + p.input.PatternMessage
	case (key == "minItems" || key == "maxItems") && p.input.Widget == Table:
		key += "Rows"
	}
	return p.before + say(key, words{"label": p.label, "n": x.want, "unit": p.input.Unit})
}

// places are all of a value, in the order in which they are told.
func (in *Input) places(v any) []place {
	list := []place{{path: "", label: in.Label, input: in}}
	for _, p := range in.Widget.parts() {
		missing := "fill"
		if p.name == "region" {
			missing = "choose"
		}
		list = append(list, place{path: "." + p.name, label: say("part", words{"label": in.Label, "part": p.label}), input: in, missing: missing})
	}
	rows, _ := v.([]any)
	if in.Widget != Table {
		rows = nil
	}
	for i := range rows {
		row, before := "["+strconv.Itoa(i)+"]", say("row", words{"n": strconv.Itoa(i + 1)})
		list = append(list, place{path: row, before: before, label: in.Label, input: in})
		for _, c := range in.Columns {
			list = append(list, place{path: row + "." + c.Name, before: before, label: c.Label, input: c, missing: c.missing()})
		}
	}
	return list
}
