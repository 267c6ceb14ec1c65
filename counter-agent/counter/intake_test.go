package counter

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"smarthall/internal/problem"
)

func TestWhatIsReceivedGoesToTheHallUnderTheCountersToken(t *testing.T) {
	var got []string
	hall := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = append(got, r.Method+" "+r.URL.String()+" "+string(body))
		if r.Header.Get("Authorization") != "Bearer secret" || r.Header.Get("Cookie") != "" || r.Header.Get("X-Forwarded-For") != "" {
			t.Errorf("got headers %v", r.Header)
		}
		problem.New(http.StatusConflict, "intake.visit", "只能为正在本窗口办理的号票收件").Write(w)
	}))
	defer hall.Close()
	intakes, err := newIntakes("ws"+strings.TrimPrefix(hall.URL, "http")+"/link", "secret", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	intakes.routes(mux)
	for _, tt := range []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"GET", "/intake", "", http.StatusConflict, "GET /api/v1/intake "},
		{"GET", "/intake/items?service=tax", "", http.StatusConflict, "GET /api/v1/intake/items?service=tax "},
		{"PUT", "/intake/one", `{"item":"x"}`, http.StatusConflict, `PUT /api/v1/intake/one {"item":"x"}`},
		{"DELETE", "/intake/one", "", http.StatusConflict, "DELETE /api/v1/intake/one "},
		{"POST", "/intake/one/print", "{}", http.StatusConflict, "POST /api/v1/intake/one/print {}"},
		{"PATCH", "/intake/one", "", http.StatusMethodNotAllowed, ""},
		{"GET", "/intake/one/secret", "", http.StatusNotFound, ""},
		{"PUT", "/intake/one", strings.Repeat("x", maxIntake+1), http.StatusServiceUnavailable, ""},
	} {
		got = nil
		r := httptest.NewRequest(tt.method, tt.path, strings.NewReader(tt.body))
		r.Header.Set("Cookie", "session=x")
		r.Header.Set("Authorization", "Bearer of the page")
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		if w.Code != tt.status || tt.want != "" && (len(got) != 1 || got[0] != tt.want) {
			t.Errorf("%s %s: got %d, the hall %q", tt.method, tt.path, w.Code, got)
		}
	}
}

func TestAHallThatIsAwayIsSaidInWords(t *testing.T) {
	intakes, err := newIntakes("ws://127.0.0.1:9/link", "secret", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	intakes.routes(mux)
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest("GET", "/intake", nil))
	if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), `"link.away"`) {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}
