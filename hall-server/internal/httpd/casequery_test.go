package httpd_test

import (
	"net/http"
	"strings"
	"testing"
)

// TestCasesAreAskedOfAPlatformOnly: a hall on its own says so, and what makes no
// sense isn't passed on.
func TestCasesAreAskedOfAPlatformOnly(t *testing.T) {
	f := newFixture(t)
	long := strings.Repeat("9", 200)
	for _, tt := range []struct {
		name, path string
		body       any
		status     int
		code       string
	}{
		{"a hall on its own", "/case-query", map[string]any{"number": "SQ1", "idTail": "0012"}, http.StatusServiceUnavailable, "platform.none"},
		{"its rating", "/case-rating", map[string]any{"number": "SQ1", "idTail": "0012", "case": "SQ1", "score": 5}, http.StatusServiceUnavailable, "platform.none"},
		{"a long number", "/case-query", map[string]any{"number": long}, http.StatusUnprocessableEntity, "request.invalid"},
		{"another member", "/case-query", map[string]any{"kiosk": "kiosk-9"}, http.StatusUnprocessableEntity, "request.invalid"},
		{"six faces", "/case-rating", map[string]any{"case": "SQ1", "score": 6}, http.StatusUnprocessableEntity, "request.invalid"},
	} {
		answer := f.as(kiosk, http.MethodPost, api+tt.path, tt.body)
		if p := f.problem(answer); answer.Status != tt.status || p.Code != tt.code {
			t.Errorf("%s: %d %s, want %d %s", tt.name, answer.Status, p.Code, tt.status, tt.code)
		}
	}
}
