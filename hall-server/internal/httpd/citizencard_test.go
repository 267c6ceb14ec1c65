package httpd_test

import (
	"net/http"
	"strings"
	"testing"
)

// TestCitizenCardsAreAskedOfAPlatformOnly: a hall on its own says what to do
// instead, and what is no card's code isn't passed on.
func TestCitizenCardsAreAskedOfAPlatformOnly(t *testing.T) {
	f := newFixture(t)
	for _, tt := range []struct {
		name   string
		body   any
		status int
		code   string
	}{
		{"a hall on its own", map[string]any{"code": "DHM1202611230001"}, http.StatusServiceUnavailable, "card.away"},
		{"another code", map[string]any{"code": "20261122E012"}, http.StatusUnprocessableEntity, "card.unknown"},
		{"a script", map[string]any{"code": "<script>alert(1)</script>"}, http.StatusUnprocessableEntity, "card.unknown"},
		{"nothing", map[string]any{"code": ""}, http.StatusUnprocessableEntity, "request.invalid"},
		{"too much", map[string]any{"code": strings.Repeat("9", 513)}, http.StatusUnprocessableEntity, "request.invalid"},
		{"another member", map[string]any{"code": "DHM1202611230001", "machine": "kiosk-9"}, http.StatusUnprocessableEntity, "request.invalid"},
	} {
		answer := f.as(kiosk, http.MethodPost, api+"/citizen-card", tt.body)
		p := f.problem(answer)
		if answer.Status != tt.status || p.Code != tt.code {
			t.Errorf("%s: %d %s, want %d %s", tt.name, answer.Status, p.Code, tt.status, tt.code)
		}
		if strings.HasPrefix(tt.code, "card.") && !strings.Contains(p.Detail, "身份证") {
			t.Errorf("%s says no other way: %s", tt.name, p.Detail)
		}
	}
}
