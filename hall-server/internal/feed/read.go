package feed

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"smarthall/hall-server/internal/layout"
	"smarthall/internal/link"
)

// What a feed may have; package layout refuses more.
const (
	maxRows  = 20
	maxLabel = 60 // characters
	maxText  = 200
)

// Read makes a feed of an answer, by the source's templates. What isn't as they
// say is an error.
func Read(one layout.Source, body []byte) (link.FeedView, error) {
	if !utf8.Valid(body) {
		return link.FeedView{}, wrong("内容不是 UTF-8 文字")
	}
	body = bytes.TrimPrefix(body, []byte("\xEF\xBB\xBF"))
	if one.Text == "" && one.Rows == "" {
		return readPlain(body)
	}
	doc, err := decode(body)
	if err != nil {
		return link.FeedView{}, err
	}
	var v link.FeedView
	if one.Text != "" {
		if v.Text, err = fill(one.Text, doc); err != nil {
			return v, err
		}
	}
	if one.Rows == "" {
		return v, nil
	}
	found, ok := at(doc, one.Rows)
	rows, isList := found.([]any)
	if !ok || !isList {
		return v, wrong("没有列表 " + one.Rows)
	}
	for _, row := range rows[:min(len(rows), maxRows)] {
		label, err := fill(one.Label, row)
		if err != nil {
			return v, err
		}
		value, err := fill(one.Value, row)
		if err != nil {
			return v, err
		}
		v.Rows = append(v.Rows, link.FeedRow{Label: shorten(label), Value: shorten(value)})
	}
	return v, nil
}

// readPlain reads a text, or a feed as tell-feed takes it.
func readPlain(body []byte) (link.FeedView, error) {
	text := strings.TrimSpace(string(body))
	switch {
	case strings.HasPrefix(text, "{"):
		var v struct {
			Title string         `json:"title"`
			Text  string         `json:"text"`
			Rows  []link.FeedRow `json:"rows"`
		}
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			return link.FeedView{}, wrong("内容不是约定的 JSON")
		}
		return link.FeedView{Title: v.Title, Text: v.Text, Rows: v.Rows[:min(len(v.Rows), maxRows)]}, nil
	case strings.HasPrefix(text, "<"):
		return link.FeedView{}, wrong("内容是网页，不是文字")
	case strings.HasPrefix(text, "["):
		return link.FeedView{}, wrong("内容是 JSON 列表，请写明列表里取哪些内容")
	case utf8.RuneCountInString(text) > maxText:
		return link.FeedView{}, wrong("文字超过 " + strconv.Itoa(maxText) + " 字")
	}
	return link.FeedView{Text: strings.Join(strings.Fields(text), " ")}, nil
}

// decode reads JSON with its numbers as they are written.
func decode(body []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var doc any
	if err := d.Decode(&doc); err != nil {
		return nil, wrong("内容不是 JSON")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, wrong("JSON 后面还有别的内容")
	}
	return doc, nil
}

// fill puts the values that a template's pointers name in their places.
func fill(template string, doc any) (string, error) {
	var out strings.Builder
	for rest := template; ; {
		before, after, open := strings.Cut(rest, "{")
		out.WriteString(before)
		if !open {
			break
		}
		pointer, then, closed := strings.Cut(after, "}")
		if !closed {
			return "", wrong("取值的写法少了 }")
		}
		found, ok := at(doc, pointer)
		if !ok {
			return "", wrong("内容里没有 " + shorten(pointer))
		}
		text, ok := scalar(found)
		if !ok {
			return "", wrong(shorten(pointer) + " 不是文字或数字")
		}
		out.WriteString(text)
		rest = then
	}
	return strings.TrimSpace(out.String()), nil
}

// scalar is a value in one line.
func scalar(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return strings.Join(strings.FieldsFunc(v, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " "), true
	case json.Number:
		return v.String(), true
	case nil:
		return "", true
	}
	return "", false
}

// at finds what a JSON pointer (RFC 6901) names.
func at(doc any, pointer string) (any, bool) {
	if pointer == "" {
		return doc, true
	}
	first, rest, _ := strings.Cut(pointer, "/")
	if first != "" {
		return nil, false
	}
	for part := range strings.SplitSeq(rest, "/") {
		part = strings.NewReplacer("~1", "/", "~0", "~").Replace(part)
		switch in := doc.(type) {
		case map[string]any:
			next, ok := in[part]
			if !ok {
				return nil, false
			}
			doc = next
		case []any:
			i, err := strconv.Atoi(part)
			if err != nil || i < 0 || i >= len(in) {
				return nil, false
			}
			doc = in[i]
		default:
			return nil, false
		}
	}
	return doc, true
}

// shorten cuts a text to what a row may hold.
func shorten(text string) string {
	if r := []rune(text); len(r) > maxLabel {
		return string(r[:maxLabel-1]) + "…"
	}
	return text
}
