package httpd_test

import (
	"net/http"
	"strings"
	"testing"

	"smarthall/internal/testkit"
)

func TestSelfServiceIsForKiosksAlone(t *testing.T) {
	hall := testkit.Hall(t)
	const visit = "/api/v1/terminal/visits/one"
	for _, who := range []string{"", hall.Token("manager", "", ""), hall.Token("clerk", "1", "counter-1"), hall.Token("display", "", "display-1")} {
		for _, op := range [][2]string{
			{"POST", visit},
			{"DELETE", visit},
			{"GET", visit + "/platform/me/cases"},
			{"PUT", visit + "/platform/cases/c/values"},
			{"GET", visit + "/phone"},
			{"POST", visit + "/phone"},
			{"POST", visit + "/voucher"},
			{"POST", "/api/v1/terminal/voucher"},
		} {
			got := hall.Do(testkit.Request{Method: op[0], Path: op[1], Token: who, Body: map[string]any{}})
			if got.Status != http.StatusUnauthorized && got.Status != http.StatusForbidden {
				t.Errorf("%s %s: %d", op[0], op[1], got.Status)
			}
		}
	}
}

func TestAHallWithoutAPlatformSendsPeopleToAWindow(t *testing.T) {
	hall := testkit.Hall(t)
	kiosk := hall.Token("kiosk", "", "kiosk-1")
	tests := []struct {
		name, method, path string
		body               any
		status             int
		code               string
	}{
		{"a card", "POST", "", map[string]string{"name": "周样例", "number": "110000197903080003"}, 503, "terminal.none"},
		{"an unknown field", "POST", "", map[string]string{"name": "周样例", "role": "admin"}, 422, "request.invalid"},
		{"no body", "POST", "", nil, 422, "request.invalid"},
		{"a request without a visit", "GET", "/platform/me/cases", nil, 410, "terminal.over"},
		{"a phone without a visit", "GET", "/phone", nil, 410, "terminal.over"},
		{"a voucher without a visit", "POST", "/voucher", map[string]string{"staff": "zhao", "password": "demo1234"}, 410, "terminal.over"},
		{"an end without a visit", "DELETE", "", nil, 204, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := hall.Do(testkit.Request{Method: tt.method, Path: "/api/v1/terminal/visits/one" + tt.path, Token: kiosk, Body: tt.body})
			if got.Status != tt.status || tt.code != "" && !strings.Contains(got.Body, `"code":"`+tt.code+`"`) {
				t.Errorf("got %d %s, want %d %s", got.Status, got.Body, tt.status, tt.code)
			}
		})
	}
}
