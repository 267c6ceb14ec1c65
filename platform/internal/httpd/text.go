package httpd

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"smarthall/internal/problem"
)

// Text that no database keeps: NUL, and bytes that are no UTF-8. One engine
// refuses both, the other would keep them; here nobody does.

// unkept says that a request has such text.
func unkept() *problem.Problem {
	return problem.New(http.StatusUnprocessableEntity, "request.text", "内容含有不能保存的字符，请修改后重试")
}

// keepable tells whether a text can be kept.
func keepable(text string) bool { return utf8.ValidString(text) && !strings.Contains(text, "\x00") }

// cleanQuery replaces in a page's query what can't be kept. People follow links
// that other sites wrote in other encodings: they get a page, not a lesson.
func cleanQuery(r *http.Request) {
	query, dirty := url.Values{}, false
	for name, values := range r.URL.Query() {
		for _, v := range values {
			query.Add(clean(name), clean(v))
			dirty = dirty || !keepable(name) || !keepable(v)
		}
	}
	if dirty {
		r.URL.RawQuery = query.Encode()
	}
}

func clean(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\ufffd"), "\x00", "\ufffd")
}

// readForm reads a page's form, bounded, and tells what is wrong with it. Pages
// with other bodies read them themselves.
func readForm(w http.ResponseWriter, r *http.Request, limit int64) *problem.Problem {
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		return nil
	}
	r.Body = http.MaxBytesReader(w, r.Body, cmp.Or(limit, maxBody))
	if err := r.ParseForm(); err != nil {
		return problem.New(http.StatusUnprocessableEntity, "request.form", "填写的内容过长或有误，请修改后重试")
	}
	for name, values := range r.PostForm {
		if !keepable(name) || slices.ContainsFunc(values, func(v string) bool { return !keepable(v) }) {
			return unkept()
		}
	}
	return nil
}

// maxDepth bounds how deep a request's body is looked into; JSON deeper than
// that isn't read by any operation.
const maxDepth = 32

var rawJSON = reflect.TypeFor[json.RawMessage]()

// keepableInput tells whether every text of an operation's input can be kept.
// Bytes are files, which may have anything in them.
func keepableInput(v reflect.Value, depth int) bool {
	if depth > maxDepth {
		return true
	}
	switch v.Kind() {
	case reflect.String:
		return keepable(v.String())
	case reflect.Pointer, reflect.Interface:
		return v.IsNil() || keepableInput(v.Elem(), depth+1)
	case reflect.Slice, reflect.Array:
		return keepableList(v, depth)
	case reflect.Map:
		for entries := v.MapRange(); entries.Next(); {
			if !keepableInput(entries.Key(), depth+1) || !keepableInput(entries.Value(), depth+1) {
				return false
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() && !keepableInput(v.Field(i), depth+1) {
				return false
			}
		}
	default: // numbers and the like
	}
	return true
}

func keepableList(v reflect.Value, depth int) bool {
	if v.Type() == rawJSON {
		return !bytes.Contains(v.Bytes(), []byte(`\u0000`)) && utf8.Valid(v.Bytes())
	}
	switch v.Type().Elem().Kind() {
	case reflect.String, reflect.Pointer, reflect.Interface, reflect.Slice, reflect.Array, reflect.Map, reflect.Struct:
		for i := range v.Len() {
			if !keepableInput(v.Index(i), depth+1) {
				return false
			}
		}
	default: // bytes and numbers
	}
	return true
}
