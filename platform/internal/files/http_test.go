package files_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/files"
	"smarthall/platform/internal/httpd"
)

// serve answers for a caller who names herself in a header.
func serve(t *testing.T, k *kit) *httptest.Server {
	t.Helper()
	router := httpd.New(httpd.Config{Log: slog.New(slog.DiscardHandler), Caller: func(r *http.Request) (access.Caller, error) {
		kind, id, _ := strings.Cut(r.Header.Get("X-Caller"), "/")
		return access.Caller{Kind: access.Kind(kind), ID: id}, nil
	}})
	k.Routes(router)
	server := httptest.NewServer(router.Handler())
	t.Cleanup(server.Close)
	return server
}

func do(t *testing.T, method, url, caller string, body io.Reader) (int, http.Header, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Caller", caller)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header, data
}

func TestAnUploadIsSeenByItsUploaderOnlyAndUntilItIsOwned(t *testing.T) {
	k := open(t, sqldbtest.File(t))
	api := serve(t, k).URL + httpd.Prefix + "/files"
	data := jpegOf(t, 10)
	status, _, body := do(t, http.MethodPost, api+"?name=%E8%AF%81%E4%BB%B6.jpeg", "person/p1", bytes.NewReader(data))
	var f files.File
	if err := json.Unmarshal(body, &f); err != nil || status != http.StatusCreated || f.Name != "证件.jpg" {
		t.Fatalf("%d %s, %v", status, body, err)
	}
	status, head, body := do(t, http.MethodGet, api+"/"+f.ID, "person/p1", nil)
	if status != http.StatusOK || !bytes.Equal(body, data) || head.Get("Content-Type") != "image/jpeg" || head.Get("X-Content-Type-Options") != "nosniff" ||
		!strings.HasPrefix(head.Get("Content-Security-Policy"), "default-src 'none'") || !strings.Contains(head.Get("Content-Disposition"), "%E8%AF%81") {
		t.Errorf("preview: %d %v", status, head)
	}
	for _, caller := range []string{"person/p2", "staff/p1", "hall/p1"} {
		if status, _, _ := do(t, http.MethodGet, api+"/"+f.ID, caller, nil); status != http.StatusNotFound {
			t.Errorf("%s: %d", caller, status)
		}
	}
	if status, _, _ := do(t, http.MethodPost, api, "", bytes.NewReader(data)); status != http.StatusUnauthorized {
		t.Errorf("nobody uploads: %d", status)
	}
	if err := k.own(person(t.Context(), "p1"), f.ID, "c1"); err != nil {
		t.Fatal(err)
	}
	if status, _, _ := do(t, http.MethodGet, api+"/"+f.ID, "person/p1", nil); status != http.StatusNotFound {
		t.Errorf("after it is owned: %d", status)
	}
}

func TestAHostileUploadIsOneClearNo(t *testing.T) {
	k := open(t, sqldbtest.File(t))
	api := serve(t, k).URL + httpd.Prefix + "/files"
	for name, c := range map[string]struct {
		body io.Reader
		want string
	}{
		"nothing":  {nil, "files.empty"},
		"a page":   {strings.NewReader("<html>"), "files.type"},
		"51 MiB":   {io.MultiReader(strings.NewReader(pdfText), io.LimitReader(zeros{}, files.MaxSize+1)), "files.too-large"},
		"SQL text": {strings.NewReader("'; DROP TABLE files_file; --"), "files.type"},
	} {
		status, _, body := do(t, http.MethodPost, api+"?name=x", "person/p1", c.body)
		if status != http.StatusUnprocessableEntity || !strings.Contains(string(body), `"`+c.want+`"`) {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
	for _, id := range []string{"..%2f..%2fetc%2fpasswd", "'%20OR%201=1", strings.Repeat("A", 5000)} {
		if status, _, _ := do(t, http.MethodGet, api+"/"+id, "person/p1", nil); status != http.StatusNotFound {
			t.Errorf("%.20s: %d", id, status)
		}
	}
	if list := k.stored(); len(list) > 0 {
		t.Errorf("kept %q", list)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }
