package languages_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"smarthall/internal/languages"
)

const tibetan = `{"name": "བོད་སྐད།", "fonts": "\"Noto Serif Tibetan\"", "texts": {"kiosk.nav.back": "ཕྱིར་ལོག"}}`

func TestParse(t *testing.T) {
	tests := []struct {
		name, in, wantErr string
	}{
		{"a language", tibetan, ""},
		{"from the right, with the mark that Windows editors write", "\ufeff" + `{"name": "ئۇيغۇرچە", "dir": "rtl", "texts": {"a": "b"}}`, ""},
		{"nothing", "", "the file is empty"},
		{"no JSON", "name: bo", "at byte"},
		{"a list", `["a"]`, "cannot unmarshal array"},
		{"an unknown field", `{"name": "x", "text": {"a": "b"}}`, `unknown field "text"`},
		{"two languages", tibetan + tibetan, "something follows"},
		{"no name", `{"name": " ", "texts": {"a": "b"}}`, "name must have"},
		{"a name that fills the page", `{"name": "` + strings.Repeat("x", 41) + `", "texts": {"a": "b"}}`, "name must have"},
		{"a direction that isn't one", `{"name": "x", "dir": "up", "texts": {"a": "b"}}`, "not ltr or rtl"},
		{"fonts that end the list", `{"name": "x", "fonts": "a; background: url(//x)", "texts": {"a": "b"}}`, "fonts must be"},
		{"no texts", `{"name": "x"}`, "texts are missing"},
		{"a text that is a number", `{"name": "x", "texts": {"a": 1}}`, "cannot unmarshal number"},
		{"another encoding", "{\"name\": \"\xb2\xd8\", \"texts\": {\"a\": \"b\"}}", "isn't UTF-8"},
		{"a huge file", `{"name": "x", "texts": {"a": "` + strings.Repeat("x", languages.MaxBytes) + `"}}`, "more than"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := languages.Parse([]byte(tt.in))
			if tt.wantErr == "" && err != nil || tt.wantErr != "" && (err == nil || !strings.Contains(err.Error(), tt.wantErr)) {
				t.Errorf("got %v, want %q", err, tt.wantErr)
			}
		})
	}
}

func TestFolder(t *testing.T) {
	outside := t.TempDir()
	dir := filepath.Join(outside, "languages")
	for name, text := range map[string]string{
		"secret.json":            `{"name": "secret", "texts": {"a": "b"}}`,
		"languages/bo.json":      tibetan,
		"languages/ug.json":      `not JSON`,
		"languages/en.json":      `{"name": "mine", "texts": {"a": "b"}}`,
		"languages/..x.json":     tibetan,
		"languages/readme.txt":   "bo is Tibetan",
		"languages/mn/mn.json":   tibetan,
		"languages/zu.json/file": "",
	} {
		path := filepath.Join(outside, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("../secret.json", filepath.Join(dir, "ln.json")); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	mux := http.NewServeMux()
	languages.Open(dir, slog.New(slog.NewTextHandler(&log, nil))).Routes(mux)

	t.Run("lists what can be chosen", func(t *testing.T) {
		var got []languages.Language
		if err := json.Unmarshal(get(mux, "/languages").Body.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		want := []languages.Language{{Tag: "zh-CN", Name: "中文"}, {Tag: "en", Name: "English"}, {Tag: "bo", Name: "བོད་སྐད།"}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
	for path, want := range map[string]int{
		"/languages/bo.json":                       http.StatusOK,
		"/languages/bo":                            http.StatusNotFound,
		"/languages/ug.json":                       http.StatusNotFound,
		"/languages/en.json":                       http.StatusNotFound,
		"/languages/readme.txt":                    http.StatusNotFound,
		"/languages/zu.json":                       http.StatusNotFound,
		"/languages/ln.json":                       http.StatusNotFound,
		"/languages/..%2fsecret.json":              http.StatusNotFound,
		"/languages/..%5csecret.json":              http.StatusNotFound,
		"/languages/mn%2fmn.json":                  http.StatusNotFound,
		"/languages/%00.json":                      http.StatusNotFound,
		"/languages/" + strings.Repeat("a", 5_000): http.StatusNotFound,
	} {
		if got := get(mux, path).Code; got != want {
			t.Errorf("%.60s: got %d, want %d", path, got, want)
		}
	}
	if got := strings.Count(log.String(), "\n"); got != 1 || !strings.Contains(log.String(), "file=ug.json") {
		t.Errorf("want one line about the bad file, got:\n%s", log.String())
	}

	t.Run("a file that was mended works at once", func(t *testing.T) {
		if err := os.WriteFile(filepath.Join(dir, "ug.json"), []byte(`{"name": "ئۇيغۇرچە", "dir": "rtl", "texts": {"a": "b"}}`), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := get(mux, "/languages/ug.json"); got.Code != http.StatusOK || !strings.Contains(got.Body.String(), `"dir":"rtl"`) {
			t.Errorf("got %d %s", got.Code, got.Body)
		}
	})
}

func TestNoFolder(t *testing.T) {
	var log bytes.Buffer
	mux := http.NewServeMux()
	languages.Open(filepath.Join(t.TempDir(), "none"), slog.New(slog.NewTextHandler(&log, nil))).Routes(mux)
	if got := strings.TrimSpace(get(mux, "/languages").Body.String()); got != `[{"tag":"zh-CN","name":"中文"},{"tag":"en","name":"English"}]` {
		t.Errorf("got %s", got)
	}
	if log.Len() > 0 {
		t.Errorf("a folder that isn't there is no trouble, got %s", log.String())
	}
}

func get(h http.Handler, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w
}
