package httpd_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// hostiles are put into every text of every operation: raw is what stands in
// JSON for text, if not what encoding gives; never, that nothing may take it.
var hostiles = []struct {
	name, text, raw string
	never           bool
}{
	{name: "an SQL quote", text: `'); DROP TABLE log; --"`},
	{name: "a script", text: `"><script>alert(1)</script>`},
	{name: "a turned direction", text: "\u202egnp.tset"},
	{name: "a family", text: "👩\u200d👧𠮷"},
	{name: "100 kB", text: strings.Repeat("长", 100<<10/3)},
	{name: "NUL", text: "a\x00b", never: true},
	{name: "no UTF-8", text: "a\xff\xfe", raw: "a\xff\xfe", never: true},
	{name: "half a character", text: "a\xed\xa0\x80", raw: `a\ud800`, never: true},
}

// sweep asks the hall everything that its description describes.
type sweep struct {
	*fixture
	schemas map[string]*schema
	records string
	taken   int
}

// schema is what examples are made by.
type schema struct {
	Ref                  string `json:"$ref"`
	Type                 any    `json:"type"`
	Enum                 []any
	Format               string
	Minimum              *float64
	MinLength            *int
	Items                *schema
	Properties           map[string]*schema
	Required             []string
	AdditionalProperties any
}

// operationSchema is an operation with the schemas of what it takes.
type operationSchema struct {
	OperationID string
	Parameters  []struct {
		Name, In string
		Required bool
		Schema   *schema
	}
	RequestBody *struct {
		Content map[string]struct{ Schema *schema }
	}
}

// TestEveryOperationBearsHostileText puts hostile texts into every text of every
// operation (body, path and query), with the rights of the administrator or, if
// those aren't right, of the machine that may: no answer is a defect, what is
// refused is a problem document and leaves no record, and what is taken is never
// text that nobody can keep.
func TestEveryOperationBearsHostileText(t *testing.T) {
	f := newFixture(t)
	var doc struct {
		Paths      map[string]map[string]operationSchema
		Components struct{ Schemas map[string]*schema }
	}
	f.must(http.StatusOK, "GET", api+"/openapi.json", nil, &doc)
	s := &sweep{fixture: f, schemas: doc.Components.Schemas}
	n := 0
	for _, path := range slices.Sorted(maps.Keys(doc.Paths)) {
		for _, method := range slices.Sorted(maps.Keys(doc.Paths[path])) {
			// The race detector is too slow for all of them.
			if n++; !raceDetector || n%8 == 0 {
				s.operation(strings.ToUpper(method), path, doc.Paths[path][method])
			}
		}
	}
	if s.taken < 20 && !raceDetector {
		t.Errorf("only %d texts were taken", s.taken)
	}
	t.Logf("%d operations, %d texts taken", n, s.taken)
}

// operation asks one operation with each text in each place.
func (s *sweep) operation(method, path string, op operationSchema) {
	var body any
	if op.RequestBody != nil {
		body = s.example(op.RequestBody.Content["application/json"].Schema, 0)
	}
	plain, err := json.Marshal(body)
	if err != nil {
		s.Fatal(err)
	}
	if body == nil {
		plain = nil
	}
	target, query := path, url.Values{}
	for _, p := range op.Parameters {
		value := fmt.Sprint(s.example(p.Schema, 0))
		switch {
		case p.In == "path" && p.Name == "id" && strings.Contains(path, "/windows/"):
			target = strings.ReplaceAll(target, "{id}", "4")
		case p.In == "path":
			target = strings.ReplaceAll(target, "{"+p.Name+"}", url.PathEscape(value))
		case p.In == "query" && (p.Required || s.isText(p.Schema)):
			query.Set(p.Name, value)
		}
	}
	who := s.best(method, target+"?"+query.Encode(), plain)
	s.records = s.fixture.records()
	for _, h := range hostiles {
		what := func(where string) string {
			return fmt.Sprintf("%s %s as %s, %s in %s", method, path, who, h.name, where)
		}
		for _, p := range op.Parameters {
			switch {
			case p.In == "path" && s.isText(p.Schema) && strings.Contains(path, "{"+p.Name+"}"):
				segments := strings.Split(target, "/")
				segments[slices.Index(strings.Split(path, "/"), "{"+p.Name+"}")] = url.PathEscape(h.text)
				s.try(what("the path"), who, method, strings.Join(segments, "/")+"?"+query.Encode(), plain, h.never)
			case p.In == "query" && s.isText(p.Schema):
				one := maps.Clone(query)
				one.Set(p.Name, h.text)
				s.try(what(p.Name), who, method, target+"?"+one.Encode(), plain, h.never)
			}
		}
		raw, err := json.Marshal(h.text)
		if err != nil {
			s.Fatal(err)
		}
		if h.raw != "" {
			raw = []byte(`"` + h.raw + `"`)
		}
		for i := range strings.Count(string(plain), `"`+example+`"`) {
			parts := strings.SplitN(string(plain), `"`+example+`"`, i+2)
			one := strings.Join(parts[:i+1], `"`+example+`"`) + string(raw) + parts[i+1]
			s.try(what(fmt.Sprintf("text %d of the body", i)), who, method, target+"?"+query.Encode(), []byte(one), h.never)
		}
	}
}

// best is whoever gets furthest.
func (s *sweep) best(method, target string, body []byte) string {
	best, rank := admin, -1
	for _, who := range []string{admin, kiosk, clerk, display, guest} {
		status, _ := s.send(who, method, target, body)
		got := slices.Index([]int{http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusUnprocessableEntity, http.StatusConflict}, status)
		if status < http.StatusBadRequest {
			got = 10
		}
		if got > rank {
			best, rank = who, got
		}
		if rank >= 3 {
			break
		}
	}
	return best
}

// try sends one request and looks at what became of it.
func (s *sweep) try(what, who, method, target string, body []byte, never bool) {
	status, answer := s.send(who, method, target, body)
	switch {
	case status >= http.StatusInternalServerError && status != http.StatusServiceUnavailable:
		s.Errorf("%s: %d %.300s", what, status, answer)
	case status >= http.StatusBadRequest:
		if now := s.fixture.records(); now != s.records {
			s.Errorf("%s: refused by %d, and %s records have become %s: %.200s", what, status, s.records, now, answer)
			s.records = now
		}
	case never && method != http.MethodGet:
		s.Errorf("%s: taken by %d: %.200s", what, status, answer)
	default:
		s.taken++
		s.records = s.fixture.records()
	}
}

// send asks with bytes as they are.
func (s *sweep) send(who, method, target string, body []byte) (int, string) {
	s.Helper()
	req, err := http.NewRequestWithContext(s.Context(), method, s.hall.URL+target, bytes.NewReader(body))
	if err != nil {
		s.Fatalf("%s %.100s: %v", method, target, err)
	}
	req.Header.Set("Content-Type", "application/json")
	if token := s.tokens[who]; token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		s.Fatalf("%s %.100s: %v", method, target, err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		s.Fatalf("%s %.100s: %v", method, target, err)
	}
	return resp.StatusCode, string(answer)
}

// example is the text in examples.
const example = "甲乙"

func (s *sweep) isText(of *schema) bool { return of != nil && s.kind(of) == "string" }

func (s *sweep) kind(of *schema) string {
	if list, ok := of.Type.([]any); ok && len(list) > 0 {
		return fmt.Sprint(list[0])
	}
	return fmt.Sprint(of.Type)
}

// example is a value that a schema lets through.
func (s *sweep) example(of *schema, depth int) any {
	if of == nil || depth > 6 {
		return nil
	}
	if name, ok := strings.CutPrefix(of.Ref, "#/components/schemas/"); ok {
		return s.example(s.schemas[name], depth+1)
	}
	if len(of.Enum) > 0 {
		return of.Enum[0]
	}
	switch s.kind(of) {
	case "string":
		switch {
		case of.Format == "date-time":
			return "2026-11-23T09:00:00+08:00"
		case of.Format == "date":
			return "2026-11-23"
		case of.MinLength != nil && *of.MinLength > 2:
			return strings.Repeat("1", *of.MinLength)
		}
		return example
	case "integer", "number":
		if of.Minimum != nil {
			return max(*of.Minimum, 1)
		}
		return 1
	case "boolean":
		return true
	case "array":
		return []any{s.example(of.Items, depth+1)}
	case "object":
		value := map[string]any{}
		for name, property := range of.Properties {
			if v := s.example(property, depth+1); v != nil || slices.Contains(of.Required, name) {
				value[name] = v
			}
		}
		if _, free := of.AdditionalProperties.(map[string]any); free {
			value["a"] = example
		}
		return value
	}
	return nil
}
