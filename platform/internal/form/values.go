package form

import (
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"smarthall/platform/internal/fault"
)

// Values are what is filled in, by field. They are JSON: nil, bool, float64,
// string, []any, map[string]any.
type Values map[string]any

// Answers are an item's situation: chosen options by question.
type Answers = map[string]string

// ErrInput says that what was filled in is wrong; its fields say where.
var ErrInput = fault.New(fault.Invalid, "form.input", "填写的内容有误，请按提示修改")

// Schema implements huma.SchemaProvider.
func (Values) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true, Description: "Values of a form, by field."}
}

// UnmarshalJSON reads values strictly: every key once, not too deep, not too
// much.
func (v *Values) UnmarshalJSON(data []byte) error {
	var m mistakes
	if len(data) > maxValues {
		return ErrInput.With("填写的内容太多")
	}
	t := readJSON(data, valuesDepth, &m)
	switch {
	case len(m.list) > 0:
		return ErrInput.Wrong(clip(m.list[0].Path, 100), m.list[0].Message)
	case t.kind == 's' && t.scalar == nil:
		return nil
	case t.kind != '{':
		return ErrInput
	}
	*v, _ = t.plain().(map[string]any)
	return nil
}

// Clean is what of the values counts: what is hidden, unknown or empty is
// dropped, texts are trimmed, numbers of cards and telephones written as
// usual. values stay as they are.
func (f *Form) Clean(values Values, answers Answers, now time.Time) Values {
	clean, _ := f.clean(values, answers, now)
	return clean
}

// Visible are the fields that are there, in the form's order.
func (f *Form) Visible(values Values, answers Answers, now time.Time) []*Input {
	_, visible := f.clean(values, answers, now)
	return visible
}

// clean looks at the fields in their order: conditions name only what stands
// before them, so one pass is enough.
func (f *Form) clean(values Values, answers Answers, now time.Time) (Values, []*Input) {
	out := Values{}
	s := &scope{values: out, answers: answers, now: now}
	var visible []*Input
	for i := range f.Parts {
		p := &f.Parts[i]
		if !s.holds(p.When) {
			continue
		}
		for _, in := range p.Fields {
			if !s.holds(in.When) {
				continue
			}
			visible = append(visible, in)
			if v, ok := values[in.Name]; ok && in.Widget != Note {
				if v = in.clean(v); !empty(v) {
					out[in.Name] = v
				}
			}
		}
	}
	return out, visible
}

// clean is one value as it counts; a value of a wrong type stays, for Check.
func (in *Input) clean(v any) any {
	switch in.Widget {
	case Text, LongText, Date, Choice:
		return cleanText(v, trim)
	case IDNumber, CreditCode, Phone:
		return cleanText(v, narrow)
	case Several:
		return cleanList(v, func(member any) any { return member })
	case Person:
		return cleanObject(v, func(name string, part any) (any, bool) {
			switch name {
			case "name":
				return cleanText(part, trim), true
			case "number", "phone":
				return cleanText(part, narrow), true
			default:
				return nil, false
			}
		})
	case Address:
		return cleanObject(v, func(name string, part any) (any, bool) {
			known := name == "region" || name == "area" || name == "street"
			return cleanText(part, trim), known
		})
	case Table:
		return cleanList(v, func(row any) any {
			return cleanObject(row, func(name string, cell any) (any, bool) {
				for _, c := range in.Columns {
					if c.Name == name {
						return c.clean(cell), true
					}
				}
				return nil, false
			})
		})
	default:
		return v
	}
}

func cleanText(v any, how func(string) string) any {
	s, ok := v.(string)
	if !ok {
		return v
	}
	return how(strings.ToValidUTF8(s, "\uFFFD"))
}

func cleanList(v any, how func(any) any) any {
	list, ok := v.([]any)
	if !ok {
		return v
	}
	out := make([]any, 0, len(list))
	for _, member := range list {
		if member = how(member); !empty(member) {
			out = append(out, member)
		}
	}
	return out
}

func cleanObject(v any, how func(name string, part any) (any, bool)) any {
	m, ok := v.(map[string]any)
	if !ok {
		return v
	}
	out := map[string]any{}
	for name, part := range m {
		if part, known := how(name, part); known && !empty(part) {
			out[name] = part
		}
	}
	return out
}

// empty tells whether a value is none.
func empty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	default:
		return false
	}
}
