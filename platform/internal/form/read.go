package form

import (
	"bytes"
	"errors"
	"math"
	"reflect"
	"strings"

	"smarthall/platform/internal/fault"
)

// ErrDefinition says that a definition is wrong; its fields are the mistakes.
var ErrDefinition = fault.New(fault.Invalid, "form.definition", "表单定义有误，请按提示修改")

// Read reads a definition strictly, from JSON or YAML. Mistakes are those of
// reading; where there are none, Compile finds those of meaning.
func Read(data []byte) (Definition, []Mistake) {
	var m mistakes
	var d Definition
	if len(data) > maxDefinition {
		m.add("", "表单定义不能超过 %d KB", maxDefinition>>10)
		return d, m.list
	}
	var t *tree
	if trimmed := bytes.TrimSpace(data); len(trimmed) > 0 && trimmed[0] == '{' {
		t = readJSON(data, maxDepth, &m)
	} else {
		t = readYAML(data, maxDepth, &m)
	}
	if t != nil {
		decode(t, reflect.ValueOf(&d).Elem(), "", &m)
	}
	return d, m.list
}

// Load reads and compiles a definition, and returns ErrDefinition with every
// mistake.
func Load(id string, version int, data []byte) (*Form, error) {
	d, wrong := Read(data)
	if len(wrong) > 0 {
		return nil, wrongDefinition(wrong)
	}
	f, wrong := Compile(id, version, d)
	if len(wrong) > 0 {
		return nil, wrongDefinition(wrong)
	}
	return f, nil
}

func wrongDefinition(list []Mistake) error {
	err := ErrDefinition.Because(errors.New(list[0].Path + ": " + list[0].Message))
	for _, m := range list {
		err = err.Wrong(m.Path, m.Message)
	}
	return err
}

// decode puts a tree into a value of the definition's types: structs by their
// json names, slices, strings, numbers and truths. Whatever doesn't fit is a
// mistake.
func decode(t *tree, v reflect.Value, path string, m *mistakes) {
	if t == nil {
		return // told
	}
	switch v.Kind() {
	case reflect.Struct:
		decodeStruct(t, v, path, m)
	case reflect.Slice:
		if t.kind != '[' {
			m.add(path, "应为列表")
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), len(t.kids), len(t.kids)))
		for i, k := range t.kids {
			decode(k, v.Index(i), index(path, i), m)
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		decode(t, v.Elem(), path, m)
	case reflect.String:
		s, ok := t.scalar.(string)
		if t.kind != 's' || !ok {
			m.add(path, "应为文字（数字和是否请加引号）")
			return
		}
		v.SetString(s)
	case reflect.Bool:
		b, ok := t.scalar.(bool)
		if !ok {
			m.add(path, "应为 true 或 false")
			return
		}
		v.SetBool(b)
	default:
		decodeNumber(t, v, path, m)
	}
}

func decodeNumber(t *tree, v reflect.Value, path string, m *mistakes) {
	f, ok := t.scalar.(float64)
	switch {
	case !ok:
		m.add(path, "应为数字")
	case v.Kind() == reflect.Float64:
		v.SetFloat(f)
	case f != math.Trunc(f) || math.Abs(f) > 1e9:
		m.add(path, "应为整数")
	default:
		v.SetInt(int64(f))
	}
}

func decodeStruct(t *tree, v reflect.Value, path string, m *mistakes) {
	if t.kind != '{' {
		m.add(path, "应为一组名称和内容")
		return
	}
	for i, key := range t.keys {
		f, ok := member(v, key)
		if !ok {
			m.add(join(path, key), "不认识“%s”", clip(key, 40))
			continue
		}
		decode(t.kids[i], f, join(path, key), m)
	}
}

// member is the field of a struct that JSON calls key.
func member(v reflect.Value, key string) (reflect.Value, bool) {
	for i := range v.NumField() {
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		if name == key {
			return v.Field(i), true
		}
	}
	return reflect.Value{}, false
}

// clip is text of at most n characters.
func clip(text string, n int) string {
	if r := []rune(text); len(r) > n {
		return string(r[:n]) + "…"
	}
	return text
}
