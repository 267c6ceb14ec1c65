package item

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Gap is something that an item lacks, or that is wrong with it.
type Gap struct {
	// Path names the field, such as materials[2].name.
	Path    string `json:"path"`
	Message string `json:"message"`
}

// String tells it in one line.
func (g Gap) String() string { return g.Path + "：" + g.Message }

// worded is a constant with a Chinese word; one without is none of ours.
type worded interface{ Word() string }

// bounds tells every text that is too long or can't be stored, every list with
// too many entries, every number out of range and every constant that there is
// none of, as the types' tags say.
func bounds(v any) []Gap {
	var gaps []Gap
	walk(reflect.ValueOf(v), "", "", func(path, message string) { gaps = append(gaps, Gap{path, message}) })
	return gaps
}

func walk(v reflect.Value, path string, tag reflect.StructTag, tell func(path, message string)) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			walk(v.Elem(), path, tag, tell)
		}
	case reflect.Struct:
		walkFields(v, path, tell)
	case reflect.Slice:
		if limit := tagNumber(tag, "maxItems"); limit > 0 && int64(v.Len()) > limit {
			tell(path, fmt.Sprintf("最多 %d 项", limit))
			return
		}
		for i := range v.Len() {
			// A text's length is bounded by its element too.
			walk(v.Index(i), fmt.Sprintf("%s[%d]", path, i), tag, tell)
		}
	case reflect.String:
		walkText(v, path, tag, tell)
	case reflect.Int, reflect.Int64:
		if limit := tagNumber(tag, "maximum"); v.Int() < 0 || (limit > 0 && v.Int() > limit) {
			tell(path, "数值超出范围")
		}
	}
}

func walkFields(v reflect.Value, path string, tell func(path, message string)) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case !f.IsExported() || f.Tag.Get("readOnly") == "true":
		case f.Anonymous:
			walkFields(v.Field(i), path, tell)
		case path == "":
			walk(v.Field(i), name, f.Tag, tell)
		default:
			walk(v.Field(i), path+"."+name, f.Tag, tell)
		}
	}
}

// textLimit bounds texts that have no bound of their own, in characters.
const textLimit = 600

func walkText(v reflect.Value, path string, tag reflect.StructTag, tell func(path, message string)) {
	text := v.String()
	limit := tagNumber(tag, "maxLength")
	if limit == 0 {
		limit = textLimit
	}
	if w, ok := v.Interface().(worded); ok && text != "" && w.Word() == "" {
		tell(path, "没有这个取值："+clip(text, 40))
		return
	}
	if n := utf8.RuneCountInString(text); int64(n) > limit {
		tell(path, fmt.Sprintf("最多 %d 个字", limit))
	}
	if !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }) {
		tell(path, "含有不能显示的字符")
	}
}

func tagNumber(tag reflect.StructTag, key string) int64 {
	n, err := strconv.ParseInt(tag.Get(key), 10, 64)
	if err != nil {
		return 0 // there is no such tag
	}
	return n
}

// clip is the beginning of a text, of at most n characters.
func clip(text string, n int) string {
	runes := []rune(strings.ToValidUTF8(text, "�"))
	if len(runes) <= n {
		return string(runes)
	}
	return string(runes[:n]) + "…"
}
