package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"smarthall/internal/link"
)

const examples = "../testdata"

func TestGeneratedFilesAreCurrent(t *testing.T) {
	files, err := generate(".")
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range files {
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is stale: run go generate ./internal/link/gen", path)
		}
	}
}

func TestGenerationIsRepeatable(t *testing.T) {
	first, err := generate(".")
	if err != nil {
		t.Fatal(err)
	}
	second, err := generate(".")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, second); diff != "" {
		t.Errorf("two runs differ (-first +second):\n%s", diff)
	}
}

func TestEveryMessageSaysItsWay(t *testing.T) {
	src := mustReadSource(t)
	for _, g := range src.Groups {
		for _, m := range g.Messages {
			if m.Way == "" {
				t.Errorf("%s: its comment says neither (up) nor (down)", m.Type)
			}
		}
	}
}

// TestExamples holds every example to the Go types and to the schema: nothing
// unknown in it, nothing of it lost when Go writes it again.
func TestExamples(t *testing.T) {
	src := mustReadSource(t)
	schemas := mustCompile(t)
	known := map[string]bool{}
	for _, g := range src.Groups {
		for _, m := range g.Messages {
			known[m.Type+".json"] = true
			t.Run(m.Type, func(t *testing.T) { testExample(t, m, schemas[m.Body]) })
		}
	}
	entries, err := os.ReadDir(examples)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".json") && !known[e.Name()] {
			t.Errorf("%s is an example of no message", e.Name())
		}
	}
}

func testExample(t *testing.T, m message, schema *jsonschema.Schema) {
	data, err := os.ReadFile(filepath.Join(examples, m.Type+".json"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := link.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	if string(got.Type) != m.Type {
		t.Errorf("type = %q, want %q", got.Type, m.Type)
	}
	if got.At.IsZero() {
		t.Error("at is missing")
	}
	if m.Body == "" {
		if len(got.Body) > 0 {
			t.Errorf("body = %s, want none", got.Body)
		}
		return
	}
	body := newBody(t, m.Body)
	dec := json.NewDecoder(bytes.NewReader(got.Body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(body); err != nil {
		t.Fatalf("decode body as %s: %v", m.Body, err)
	}
	again, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(decoded(t, got.Body), decoded(t, again)); diff != "" {
		t.Errorf("%s changes in Go (-example +again):\n%s", m.Body, diff)
	}
	if err := schema.Validate(decoded(t, got.Body)); err != nil {
		t.Errorf("schema: %v", err)
	}
}

func TestSchemaRefusesForeignValues(t *testing.T) {
	schemas := mustCompile(t)
	tests := []struct{ name, body, in string }{
		{"unknown outcome", "PrintDone", `{"job":"1","ticket":"2","outcome":"eaten"}`},
		{"score out of range", "RateTicket", `{"ticket":"2","score":6}`},
		{"missing field", "TicketRef", `{}`},
		{"number as text", "RatingGiven", `{"ticket":"2","score":"5"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := schemas[tt.body].Validate(decoded(t, []byte(tt.in))); err == nil {
				t.Errorf("%s was accepted as %s", tt.in, tt.body)
			}
		})
	}
}

func TestReadMessage(t *testing.T) {
	tests := []struct {
		name, above, beside, group string
		want                       message
	}{
		{"doc comment", "TypeX (down) accepts it: Welcome.", "", "", message{"x", "Welcome", "down", "accepts it."}},
		{"doc comment with role", "TypeX (up, kiosk) forgets it. No body.", "", "", message{"x", "", "up, kiosk", "forgets it. No body."}},
		{"line comment", "", "TicketRef", "Commands (up).", message{"x", "TicketRef", "up", ""}},
		{"line comment with remark", "", "CallAck (board)", "Deltas (down).", message{"x", "CallAck", "down", "(board)"}},
		{"no body", "", "no body", "Commands (up).", message{"x", "", "up", ""}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, readMessage("x", "TypeX", tt.above, tt.beside, tt.group)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func mustReadSource(t *testing.T) *source {
	t.Helper()
	src, err := readSource("..")
	if err != nil {
		t.Fatal(err)
	}
	return src
}

func mustCompile(t *testing.T) map[string]*jsonschema.Schema {
	t.Helper()
	data, err := os.ReadFile("../schema.json")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("urn:smarthall:link", doc); err != nil {
		t.Fatal(err)
	}
	out := map[string]*jsonschema.Schema{}
	for _, b := range bodies {
		name := reflect.TypeOf(b).Name()
		out[name] = c.MustCompile("urn:smarthall:link" + refPrefix + name)
	}
	return out
}

func newBody(t *testing.T, name string) any {
	t.Helper()
	i := slices.IndexFunc(bodies, func(b any) bool { return reflect.TypeOf(b).Name() == name })
	if i < 0 {
		t.Fatalf("unknown body %s", name)
	}
	return reflect.New(reflect.TypeOf(bodies[i])).Interface()
}

// decoded is a JSON value as the schema library wants it.
func decoded(t *testing.T, data []byte) any {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return v
}
