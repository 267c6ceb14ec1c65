package licence

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/store"
)

// Type is a kind of licence: an entry of the catalogue (证照目录).
type Type struct {
	ID   string `json:"id" yaml:"id" maxLength:"40"`
	Name string `json:"name" yaml:"name" maxLength:"60"`
	// Holder is person, legal or any.
	Holder string `json:"holder" yaml:"holder" enum:"person,legal,any"`
	// Years is how long it is valid; 0: it doesn't end.
	Years int `json:"years,omitempty" yaml:"years,omitempty" minimum:"0" maximum:"99"`
	// Single tells that a holder has one of the kind: a new one takes its place.
	Single bool `json:"single,omitempty" yaml:"single,omitempty"`
	// Authority is the credit code of the body that defines the kind, Code its
	// three characters there (GB/T 36904).
	Authority string `json:"authority" yaml:"authority" maxLength:"18"`
	Code      string `json:"code" yaml:"code" maxLength:"3"`
	// Prefix begins its numbers, such as JY for food licences.
	Prefix string  `json:"prefix,omitempty" yaml:"prefix,omitempty" maxLength:"10"`
	Fields []Field `json:"fields" yaml:"fields" maxItems:"40"`
}

// Field is one fact on a licence.
type Field struct {
	ID    string `json:"id" yaml:"id" maxLength:"40"`
	Label string `json:"label" yaml:"label" maxLength:"30"`
	// From names where its text comes from: values.* of the form, holder.name,
	// holder.number, holder.person, holder.address, case.item, case.number,
	// body.name. Otherwise is used where that is empty.
	From      string `json:"from" yaml:"from" maxLength:"80"`
	Otherwise string `json:"otherwise,omitempty" yaml:"otherwise,omitempty" maxLength:"80"`
}

var (
	typeID     = regexp.MustCompile(`^[a-z][a-z0-9-]{1,39}$`)
	typeCode   = regexp.MustCompile(`^[0-9A-Z]{3}$`)
	authority  = regexp.MustCompile(`^[0-9A-Z]{18}$`)
	fieldFrom  = regexp.MustCompile(`^(values\.[A-Za-z][A-Za-z0-9_]{0,60}|holder\.(name|number|person|address)|case\.(item|number)|body\.name)$`)
	typePrefix = regexp.MustCompile(`^[A-Z]{0,10}$`)
)

// check tells what is wrong with a kind.
func (t Type) check() error {
	err := ErrType
	switch {
	case !typeID.MatchString(t.ID):
		err = err.Wrong("id", "编号由小写字母、数字和连字符组成")
	case strings.TrimSpace(t.Name) == "" || utf8.RuneCountInString(t.Name) > 60:
		err = err.Wrong("name", "请填写证照名称（60 字以内）")
	case t.Holder != "person" && t.Holder != "legal" && t.Holder != "any":
		err = err.Wrong("holder", "持证主体应为自然人、法人或不限")
	case t.Years < 0 || t.Years > 99:
		err = err.Wrong("years", "有效期为 0 至 99 年")
	case !authority.MatchString(t.Authority):
		err = err.Wrong("authority", "定义机构代码应为 18 位统一社会信用代码")
	case !typeCode.MatchString(t.Code):
		err = err.Wrong("code", "类型代码为 3 位数字或大写字母")
	case !typePrefix.MatchString(t.Prefix):
		err = err.Wrong("prefix", "编号前缀只能用大写字母")
	case len(t.Fields) == 0 || len(t.Fields) > 40:
		err = err.Wrong("fields", "请至少定义一项照面信息，最多 40 项")
	}
	seen := map[string]bool{}
	for _, f := range t.Fields {
		if seen[f.ID] || f.ID == "" || strings.TrimSpace(f.Label) == "" || utf8.RuneCountInString(f.Label) > 30 {
			err = err.Wrong("fields", "照面信息的编号不能重复，名称不能为空")
		}
		if !fieldFrom.MatchString(f.From) || f.Otherwise != "" && !fieldFrom.MatchString(f.Otherwise) {
			err = err.Wrong("fields", "照面信息“"+f.Label+"”的来源有误")
		}
		seen[f.ID] = true
	}
	if len(err.Fields) > 0 {
		return err
	}
	return nil
}

// lines are the facts of a licence.
func (t Type) lines(o Order, body Body) []Line {
	text := func(from string) string {
		switch from {
		case "holder.name":
			return o.Holder.Name
		case "holder.number":
			return o.Holder.Number
		case "holder.person":
			return cmp.Or(o.Holder.Represented, o.Holder.Name)
		case "holder.address":
			return o.Holder.Address
		case "case.item":
			return o.Item
		case "case.number":
			return o.CaseNo
		case "body.name":
			return body.Name
		}
		return textOf(o.Values[strings.TrimPrefix(from, "values.")])
	}
	list := []Line{}
	for _, f := range t.Fields {
		line := Line{Label: f.Label, Text: text(f.From)}
		if line.Text == "" && f.Otherwise != "" {
			line.Text = text(f.Otherwise)
		}
		if line.Text != "" {
			list = append(list, line)
		}
	}
	return list
}

// maxText bounds a fact, in characters.
const maxText = 500

// textOf is a value of a form as it is printed.
func textOf(v any) string {
	var text string
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		text = v
	case bool:
		text = "否"
		if v {
			text = "是"
		}
	case float64:
		text = strings.TrimSuffix(fmt.Sprintf("%.2f", v), ".00")
	case []any:
		parts := make([]string, 0, len(v))
		for _, one := range v {
			if part := textOf(one); part != "" {
				parts = append(parts, part)
			}
		}
		text = strings.Join(parts, "、")
	default:
		return "" // tables have no place on a licence
	}
	runes := []rune(strings.TrimSpace(strings.ToValidUTF8(text, "")))
	return string(runes[:min(len(runes), maxText)])
}

// takeProduct takes the product's kinds in where the city has none of the id.
func (s *Service) takeProduct(ctx context.Context) error {
	var list []Type
	decoder := yaml.NewDecoder(bytes.NewReader(product))
	decoder.KnownFields(true)
	if err := decoder.Decode(&list); err != nil {
		return fmt.Errorf("read the product's licences: %w", err)
	}
	return s.Store.Write(ctx, "take the product's licences in", func(tx *store.Tx) error {
		for _, t := range list {
			if err := t.check(); err != nil {
				return fmt.Errorf("licence %s: %w", t.ID, err)
			}
			if err := putType(ctx, tx, t, `ON CONFLICT (id) DO NOTHING`); err != nil {
				return err
			}
		}
		return nil
	})
}

// putType stores a kind; conflict is no input.
func putType(ctx context.Context, tx *store.Tx, t Type, conflict string) error {
	data, err := json.Marshal(t)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO licence_type (id, body, changed_at) VALUES ($1, $2, $3) `+conflict, t.ID, string(data), store.Millis(tx.Now))
	if err != nil {
		return fmt.Errorf("store a kind of licences: %w", err)
	}
	return nil
}

// PutType adds a kind to the catalogue, or changes one. Licences that were
// issued stay as they are.
func (s *Service) PutType(ctx context.Context, t Type) error {
	if err := t.check(); err != nil {
		return err
	}
	return s.Store.Write(ctx, "change the catalogue of licences", func(tx *store.Tx) error {
		if err := putType(ctx, tx, t, `ON CONFLICT (id) DO UPDATE SET body = excluded.body, changed_at = excluded.changed_at`); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "licence.type", Object: t.ID})
	})
}

// Types are all kinds of the catalogue.
func (s *Service) Types(ctx context.Context) ([]Type, error) {
	rows, err := s.Store.Read().QueryContext(ctx, `SELECT body FROM licence_type ORDER BY id`)
	if err != nil {
		return nil, fmt.Errorf("read the catalogue of licences: %w", err)
	}
	defer rows.Close()
	list := []Type{}
	for rows.Next() {
		var body string
		var t Type
		if err := rows.Scan(&body); err != nil {
			return nil, fmt.Errorf("read the catalogue of licences: %w", err)
		}
		if err := json.Unmarshal([]byte(body), &t); err != nil {
			return nil, fmt.Errorf("read the catalogue of licences: %w", err)
		}
		list = append(list, t)
	}
	return list, rows.Err()
}

// general is the kind that is issued where the catalogue has no other.
const general = "general"

// kind reads a kind of the catalogue, or the general one.
func (s *Service) kind(ctx context.Context, q store.Querier, id string) (t Type, err error) {
	var body string
	err = q.QueryRowContext(ctx, `SELECT body FROM licence_type WHERE id IN ($1, $2) ORDER BY CASE WHEN id = $1 THEN 0 ELSE 1 END LIMIT 1`, id, general).Scan(&body)
	if err != nil {
		return t, fmt.Errorf("read a kind of licences: %w", err)
	}
	if err := json.Unmarshal([]byte(body), &t); err != nil {
		return t, fmt.Errorf("read a kind of licences: %w", err)
	}
	return t, nil
}
