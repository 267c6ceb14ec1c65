// Package same holds hand-written JSON to what encoding/json writes: one test
// a type, which fails as soon as a field is added and forgotten.
package same

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
	"time"
)

// Test compares write with encoding/json, without the escapes for HTML, for the
// zero value of T, for each of its fields alone and for all of them.
func Test[T any](t *testing.T, write func(v *T) ([]byte, error)) {
	t.Helper()
	var all T
	compare(t, "nothing", &all, write)
	each(reflect.ValueOf(&all).Elem(), nil, func(path []int, name string) {
		var one T
		fill(reflect.ValueOf(&one).Elem().FieldByIndex(path))
		compare(t, name, &one, write)
		fill(reflect.ValueOf(&all).Elem().FieldByIndex(path))
	})
	compare(t, "everything", &all, write)
}

// each calls f for every field that isn't a struct of our own.
func each(v reflect.Value, path []int, f func(path []int, name string)) {
	for i := range v.NumField() {
		here := append(append([]int{}, path...), i)
		if v.Field(i).Kind() == reflect.Struct && v.Field(i).Type() != reflect.TypeFor[time.Time]() {
			each(v.Field(i), here, f)
			continue
		}
		f(here, v.Type().Field(i).Name)
	}
}

func fill(v reflect.Value) {
	at := time.Date(2026, 2, 17, 8, 59, 0, 123_000_000, time.FixedZone("", 8*3600))
	switch v.Kind() {
	case reflect.String:
		v.SetString(`窗口 "3" <a&b>`)
	case reflect.Int, reflect.Int64:
		v.SetInt(-7)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(v.Index(1))
	case reflect.Struct:
		v.Set(reflect.ValueOf(at))
	default:
		panic("same: no sample of a " + v.Type().String())
	}
}

func compare[T any](t *testing.T, what string, v *T, write func(v *T) ([]byte, error)) {
	t.Helper()
	var want bytes.Buffer
	e := json.NewEncoder(&want)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		t.Fatalf("%T with %s: %v", *v, what, err)
	}
	got, err := write(v)
	if err != nil {
		t.Fatalf("%T with %s: %v", *v, what, err)
	}
	if string(got)+"\n" != want.String() {
		t.Errorf("%T with %s:\n%s\nencoding/json writes\n%s", *v, what, got, want.Bytes())
	}
}
