package form

import (
	"errors"
	"math"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// schemaOf is the JSON Schema of a form's values. What has to be there depends
// on what else is filled in, so only what always has to is in it.
func schemaOf(d *Definition) map[string]any {
	properties, required := map[string]any{}, []string{}
	for _, s := range d.Sections {
		for i := range s.Fields {
			f := &s.Fields[i]
			if f.Widget == Note {
				continue
			}
			properties[f.Name] = f.schema()
			if f.Required && f.When == "" && s.When == "" {
				required = append(required, f.Name)
			}
		}
	}
	return map[string]any{
		"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "title": d.Title,
		"properties": properties, "required": required, "additionalProperties": false,
	}
}

// schema is the JSON Schema of a field's value.
func (f *Field) schema() map[string]any {
	s := f.bare()
	s["title"] = f.Label
	return s
}

func (f *Field) bare() map[string]any {
	switch f.Widget {
	case Number, Money:
		return f.numberSchema()
	case YesNo:
		return map[string]any{"type": "boolean"}
	case Choice:
		return map[string]any{"type": "string", "enum": f.values()}
	case Several:
		return map[string]any{
			"type": "array", "uniqueItems": true, "maxItems": len(f.Options), "items": map[string]any{"type": "string", "enum": f.values()},
		}
	case Person, Address:
		return partsSchema(f.Widget.parts())
	case Table:
		return f.tableSchema()
	default:
		return f.textSchema()
	}
}

func (f *Field) values() []string {
	list := make([]string, len(f.Options))
	for i, o := range f.Options {
		list[i] = o.Value
	}
	return list
}

func (f *Field) numberSchema() map[string]any {
	s := map[string]any{"type": "number", "minimum": -maxSafe, "maximum": maxSafe}
	decimals := f.Decimals
	if f.Widget == Money {
		s["minimum"], s["maximum"], decimals = 0, maxMoney, 2
	}
	if f.Minimum != nil {
		s["minimum"] = *f.Minimum
	}
	if f.Maximum != nil {
		s["maximum"] = *f.Maximum
	}
	if decimals == 0 {
		s["type"] = "integer"
	} else {
		s["multipleOf"] = math.Pow10(-decimals)
	}
	return s
}

func partsSchema(parts []part) map[string]any {
	properties, required := map[string]any{}, []string{}
	for _, p := range parts {
		properties[p.name] = map[string]any{"type": "string", "title": p.label, "format": p.format, "maxLength": p.max}
		if p.required {
			required = append(required, p.name)
		}
	}
	return map[string]any{"type": "object", "properties": properties, "required": required, "additionalProperties": false}
}

func (f *Field) tableSchema() map[string]any {
	properties, required := map[string]any{}, []string{}
	for i := range f.Columns {
		c := &f.Columns[i]
		properties[c.Name] = c.schema()
		if c.Required {
			required = append(required, c.Name)
		}
	}
	most := f.MaxRows
	if most == 0 {
		most = defaultRows
	}
	return map[string]any{
		"type": "array", "minItems": f.MinRows, "maxItems": most,
		"items": map[string]any{"type": "object", "properties": properties, "required": required, "additionalProperties": false},
	}
}

func (f *Field) textSchema() map[string]any {
	s := map[string]any{"type": "string", "maxLength": 40}
	switch f.Widget {
	case LongText:
		s["format"], s["maxLength"] = formatText, defaultLong
	case Date:
		s["format"] = formatDate
	case IDNumber:
		s["format"] = formatID
	case CreditCode:
		s["format"] = formatCredit
	case Phone:
		s["format"] = formatPhone
	default:
		s["format"], s["maxLength"] = formatLine, defaultLine
	}
	if f.MaxLength > 0 {
		s["maxLength"] = f.MaxLength
	}
	if f.MinLength > 0 {
		s["minLength"] = f.MinLength
	}
	if f.Pattern != "" {
		s["pattern"] = whole(f.Pattern)
	}
	return s
}

// errFormat is what formats say; the sentence for people is made elsewhere.
var errFormat = errors.New("wrong format")

func format(name string, good func(string) bool) *jsonschema.Format {
	return &jsonschema.Format{Name: name, Validate: func(v any) error {
		if s, ok := v.(string); ok && !good(s) {
			return errFormat
		}
		return nil
	}}
}

// latest is later than any birth: whether a birth has been is not the schema's
// business.
var latest = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)

// formats are those of texts.
var formats = []*jsonschema.Format{
	format(formatLine, func(s string) bool { return !forbidden(s, false) }),
	format(formatText, func(s string) bool { return !forbidden(s, true) }),
	format(formatDate, isDate),
	format(formatID, func(s string) bool { return isID(s, latest) }),
	format(formatCredit, isCredit),
	format(formatPhone, isPhone),
	format(formatRegion, regions.MatchString),
}
