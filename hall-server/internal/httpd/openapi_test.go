package httpd_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// contract are the paths that scripts rely on.
var contract = map[string][]string{
	"/tickets":                {"get", "post"},
	"/tickets/{id}":           {"get"},
	"/tickets/{id}/recall":    {"post"},
	"/tickets/{id}/arrive":    {"post"},
	"/tickets/{id}/no-show":   {"post"},
	"/tickets/{id}/put-back":  {"post"},
	"/tickets/{id}/finish":    {"post"},
	"/tickets/{id}/cancel":    {"post"},
	"/windows/{id}/sign-in":   {"post"},
	"/windows/{id}/sign-out":  {"post"},
	"/windows/{id}/pause":     {"post"},
	"/windows/{id}/continue":  {"post"},
	"/windows/{id}/call-next": {"post"},
	"/windows/{id}/call":      {"post"},
	"/windows":                {"get"},
	"/services":               {"get"},
	"/board":                  {"get"},
}

type operation struct {
	OperationID string
	Summary     string
	Parameters  []struct{ Name, In string }
	RequestBody *struct{ Content map[string]any }
	Responses   map[string]struct {
		Description string
		Content     map[string]struct{ Schema map[string]any }
	}
}

func TestTheAPIDescribesItself(t *testing.T) {
	f := newFixture(t)
	var doc struct {
		OpenAPI    string
		Info       struct{ Title, Version string }
		Paths      map[string]map[string]operation
		Components struct{ Schemas, SecuritySchemes map[string]any }
	}
	a := f.must(http.StatusOK, "GET", api+"/openapi.json", nil, &doc)
	if !strings.HasPrefix(doc.OpenAPI, "3.1.") || doc.Info.Title == "" || doc.Info.Version != "test" || doc.Components.SecuritySchemes["bearer"] == nil {
		t.Errorf("got OpenAPI %q of %+v", doc.OpenAPI, doc.Info)
	}
	for path, methods := range contract {
		for _, method := range methods {
			if doc.Paths[api+path][method].OperationID == "" {
				t.Errorf("%s %s isn't described", method, path)
			}
		}
	}
	ids := make(map[string]bool)
	for path, operations := range doc.Paths {
		for method, op := range operations {
			checkOperation(t, method+" "+path, method, op)
			if ids[op.OperationID] {
				t.Errorf("%s: operation id %s is used twice", path, op.OperationID)
			}
			ids[op.OperationID] = true
		}
	}
	if _, ok := doc.Paths[api+"/windows/{id}/call-next"]["post"].Responses["204"]; !ok {
		t.Error("call-next doesn't say that it may answer 204")
	}
	checkReferences(t, []byte(a.Body))
	checkSchemas(t, []byte(a.Body), doc.Components.Schemas)
}

// unkeyed are what may be done twice without harm.
var unkeyed = []string{
	"close-phone-upload", "create-document", "delete-document", "edit-hall", "make-agent-token", "open-phone-upload", "preview-ticket",
	"put-document-content", "remove-webhook", "restore-hall-version", "sign-in-person", "sign-out-person", "test-print",
	"answer-help", "reset-roll", "create-layout", "delete-feed", "delete-layout-file", "publish-layout", "query-cases", "rate-case", "query-licences", "print-licence", "tell-licence-outcome", "resolve-citizen-card",
	"remove-layout", "restore-screens", "save-layout", "set-screens", "set-feed-sources", "take-alarm", "tell-feed", "check-profile", "save-profile", "remove-profile", "restore-profile-version", "try-device", "try-feed-source",
}

func checkOperation(t *testing.T, name, method string, op operation) {
	t.Helper()
	if op.OperationID == "" || op.Summary == "" || len(op.Responses) < 2 {
		t.Errorf("%s: got %+v", name, op)
	}
	var keyed bool
	for _, p := range op.Parameters {
		keyed = keyed || (p.In == "header" && p.Name == "Idempotency-Key")
	}
	if command := method != "get" && !slices.Contains(unkeyed, op.OperationID); command != keyed {
		t.Errorf("%s: takes an Idempotency-Key: %v", name, keyed)
	}
	for status, r := range op.Responses {
		if status >= "400" && r.Content["application/problem+json"].Schema == nil {
			t.Errorf("%s: %s isn't a problem document", name, status)
		}
	}
}

// checkReferences follows every $ref.
func checkReferences(t *testing.T, data []byte) {
	t.Helper()
	var doc any
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if ref, ok := v["$ref"].(string); ok && !resolves(doc, ref) {
				t.Errorf("%s leads nowhere", ref)
			}
			for _, child := range v {
				walk(child)
			}
		case []any:
			for _, child := range v {
				walk(child)
			}
		}
	}
	walk(doc)
}

func resolves(doc any, ref string) bool {
	rest, ok := strings.CutPrefix(ref, "#/")
	for part := range strings.SplitSeq(rest, "/") {
		m, isMap := doc.(map[string]any)
		if !ok || !isMap {
			return false
		}
		doc, ok = m[part]
	}
	return ok
}

// checkSchemas compiles every schema: OpenAPI 3.1's are JSON Schema 2020-12.
func checkSchemas(t *testing.T, data []byte, names map[string]any) {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(data)))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	if err := c.AddResource("http://hall.example/openapi.json", doc); err != nil {
		t.Fatal(err)
	}
	if len(names) == 0 {
		t.Error("no schemas")
	}
	for name := range names {
		if _, err := c.Compile("http://hall.example/openapi.json#/components/schemas/" + name); err != nil {
			t.Errorf("schema %s: %v", name, err)
		}
	}
}
