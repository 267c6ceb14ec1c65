package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"

	"smarthall/platform/internal/httpd"
)

var sentText = regexp.MustCompile(`Zq(\d+):`)

// intact checks that what was sent and is in a text is there from end to end.
// shortened texts say so by an ellipsis.
func (s *sweep) intact(where, text string) {
	for _, at := range sentText.FindAllStringSubmatchIndex(text, -1) {
		n, err := strconv.Atoi(text[at[2]:at[3]])
		if err != nil || n >= len(s.put) {
			s.Fatalf("%s: %q was never sent", where, text[at[0]:at[1]])
		}
		rest := text[at[0]:]
		if strings.HasPrefix(rest, s.put[n]) {
			continue
		}
		if cut, _, ok := strings.Cut(rest, "…"); ok && strings.HasPrefix(s.put[n], cut) {
			continue
		}
		s.Errorf("%s: %.80q has become %.120q", where, s.put[n], rest)
	}
}

// texts does what with every text in a JSON value.
func texts(v any, what func(string)) {
	switch v := v.(type) {
	case string:
		what(v)
	case []any:
		for _, one := range v {
			texts(one, what)
		}
	case map[string]any:
		for name, one := range v {
			what(name)
			texts(one, what)
		}
	}
}

// whole checks the texts of an answer, and that a page has no programs in it.
// What was only asked for may be told shortened.
func (s *sweep) whole(where string, answer []byte, asked bool) {
	var v any
	if json.Unmarshal(answer, &v) == nil {
		texts(v, func(text string) { s.intact(where, text) })
		return
	}
	if !bytes.HasPrefix(bytes.TrimSpace(bytes.ToLower(answer[:min(len(answer), 200)])), []byte("<!doctype html")) {
		return // a file
	}
	root, err := html.Parse(bytes.NewReader(answer))
	if err != nil {
		s.Errorf("%s: %v", where, err)
		return
	}
	for n := range root.Descendants() {
		switch n.Type {
		case html.TextNode:
			if n.Parent != nil && n.Parent.Data == "script" && strings.Contains(n.Data, "alert(") {
				s.Errorf("%s: a program %.80q", where, n.Data)
			}
			if !asked {
				s.intact(where, n.Data)
			}
		case html.ElementNode:
			for _, a := range n.Attr {
				if strings.HasPrefix(a.Key, "on") {
					s.Errorf("%s: <%s %s=%.80q>", where, n.Data, a.Key, a.Val)
				}
				if !asked && a.Key != "href" && a.Key != "src" { // addresses are encoded
					s.intact(where, a.Val)
				}
			}
		default:
		}
	}
}

// keptWhole looks through the whole database for what was sent; nothing has room
// for the longest text.
func (s *sweep) keptWhole() {
	var tables []string
	s.rows(`SELECT name FROM sqlite_master WHERE type = 'table'`, func(_ []string, values []any) { tables = append(tables, fmt.Sprint(values[0])) })
	found := 0
	for _, table := range tables {
		s.rows(`SELECT * FROM "`+table+`"`, func(columns []string, values []any) {
			for i, v := range values {
				text, ok := v.(string)
				if !ok || !strings.Contains(text, "Zq") {
					continue
				}
				found++
				where := table + "." + columns[i]
				if len(text) > 50_000 {
					s.Errorf("%s keeps %d bytes: %.80q", where, len(text), text)
				}
				var inner any
				if strings.ContainsAny(text[:1], "{[\"") && json.Unmarshal([]byte(text), &inner) == nil {
					texts(inner, func(text string) { s.intact(where, text) })
					continue
				}
				s.intact(where, text)
			}
		})
	}
	if found < 50 && !raceDetector {
		s.Errorf("only %d kept texts were met", found)
	}
}

// rows does what with each row of a query.
func (s *sweep) rows(query string, what func(columns []string, values []any)) {
	rows, err := s.c.store.Read().QueryContext(s.Context(), query)
	if err != nil {
		s.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		s.Fatal(err)
	}
	for rows.Next() {
		values := make([]any, len(columns))
		into := make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			s.Fatal(err)
		}
		what(columns, values)
	}
	if err := rows.Err(); err != nil {
		s.Fatal(err)
	}
}

// pageIDs are what pages show by their id.
var pageIDs = map[string]string{
	"/items/{id}": "business-licence", "/departments/{id}": "market", "/halls/{id}": "demo", "/themes/{id}": "l-establish",
}

// told reads everything as everybody: what was sent is told as it was.
func (s *sweep) told() {
	for i, op := range s.router.Operations() {
		if op.Method != http.MethodGet || raceDetector && i%8 != 0 {
			continue
		}
		for _, caller := range []string{"person", "hall", "all of the centre", "all of the market", "nobody"} {
			if op.Who.Allows(s.caller(caller)) {
				w := s.get(caller, s.pathOf(op))
				s.whole(op.Method+" "+op.Path+" as "+caller, w.Body.Bytes(), false)
			}
		}
	}
}

// pathOf is an operation's path with a real id in it.
func (s *sweep) pathOf(op httpd.Operation) string {
	path := strings.ReplaceAll(op.Path, "{$}", "")
	for beginning, id := range pageIDs {
		if strings.HasPrefix(path, beginning) {
			path = strings.Replace(path, "{id}", id, 1)
		}
	}
	if beginning := ownerOf(op); beginning != "" {
		path = regexp.MustCompile(`\{[^}]*\}`).ReplaceAllLiteralString(path, s.ids[beginning])
	}
	return regexp.MustCompile(`\{[^}]*\}`).ReplaceAllString(path, "1")
}

func (s *sweep) get(caller, target string) *httptest.ResponseRecorder {
	return s.page(caller, http.MethodGet, target, nil)
}

func (s *sweep) page(caller, method, target string, form url.Values) *httptest.ResponseRecorder {
	s.asked++
	r := httptest.NewRequestWithContext(s.Context(), method, target, strings.NewReader(form.Encode()))
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	r.Header.Set("Accept", "text/html")
	r.Header.Set("X-Caller", caller)
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return w
}

// forms fills in every field of every form on the pages, and asks each page with
// each text in the parameters that pages read.
func (s *sweep) forms() {
	done := map[string]bool{}
	for i, op := range s.router.Operations() {
		if strings.HasPrefix(op.Path, httpd.Prefix) || op.Method != http.MethodGet || raceDetector && i%8 != 0 {
			continue
		}
		for _, caller := range []string{"person", "nobody", "all of the centre"} {
			if !op.Who.Allows(s.caller(caller)) {
				continue
			}
			path := s.pathOf(op)
			for _, h := range hostiles {
				for _, name := range []string{"q", "item", "next", "code", "page", "hall", "theme", "sort"} {
					if len(h.text) > 1000 && name != "q" {
						continue
					}
					text := s.mark(h)
					s.look(caller, http.MethodGet, path+"?"+url.Values{name: {text}}.Encode(), nil, h)
				}
			}
			root, err := html.Parse(s.get(caller, path).Body)
			if err != nil {
				s.Fatal(err)
			}
			for n := range root.Descendants() {
				if n.Type == html.ElementNode && n.Data == "form" {
					s.form(caller, path, n, done)
				}
			}
		}
	}
}

func (s *sweep) mark(h hostile) string {
	text := fmt.Sprintf("Zq%d:%sZ", len(s.put), h.text)
	s.put = append(s.put, text)
	return text
}

// form sends one form with each text in each of its fields.
func (s *sweep) form(caller, page string, form *html.Node, done map[string]bool) {
	fields := url.Values{}
	for n := range form.Descendants() {
		if name := attribute(n, "name"); n.Type == html.ElementNode && name != "" {
			value := attribute(n, "value")
			if value == "" {
				value = "13800000101"
			}
			if !fields.Has(name) {
				fields.Set(name, value)
			}
		}
	}
	method := strings.ToUpper(attribute(form, "method"))
	if method == "" {
		method = http.MethodGet
	}
	action := attribute(form, "action")
	if action == "" {
		action = page
	}
	key := fmt.Sprint(caller, method, action, slices.Sorted(maps.Keys(fields)))
	if done[key] {
		return
	}
	done[key] = true
	for _, h := range hostiles {
		for name := range fields {
			one := maps.Clone(fields)
			one[name] = []string{s.mark(h)}
			if method == http.MethodGet {
				s.look(caller, method, action+"?"+one.Encode(), nil, h)
			} else {
				s.look(caller, method, action, one, h)
			}
		}
	}
}

// look asks for a page and looks at it.
func (s *sweep) look(caller, method, target string, form url.Values, h hostile) {
	before := s.version()
	w := s.page(caller, method, target, form)
	what := fmt.Sprintf("%s %.120s as %s, %s", method, target, caller, h.name)
	changed := s.version() != before
	switch {
	case w.Code >= http.StatusInternalServerError && w.Code != http.StatusServiceUnavailable:
		s.Errorf("%s: %d %.300s", what, w.Code, w.Body)
	case changed && (w.Code >= http.StatusBadRequest || h.never && method != http.MethodGet):
		s.Errorf("%s: answered by %d and something has changed", what, w.Code)
	}
	if !h.never { // what no database keeps is shown with signs in its place
		s.whole(what, w.Body.Bytes(), method == http.MethodGet)
	}
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}
