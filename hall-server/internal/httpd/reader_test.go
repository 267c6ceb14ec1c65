package httpd_test

import (
	"net/http"
	"strings"
	"testing"

	"smarthall/internal/testkit"
)

func TestMistakesAreSaidInTheReadersLanguage(t *testing.T) {
	f := newFixture(t)
	_, base := f.file()
	camera := edit("set", "windows/1/camera", map[string]any{"name": "C-1", "rtsp": "rtsp://admin:secret@10.0.0.9/1"})
	for _, tt := range []struct{ language, want string }{
		{"", "地址里不能写口令"},
		{"zh-CN", "地址里不能写口令"},
		{"*", "地址里不能写口令"},
		{"en", "An address must not hold a password"},
		{"en-US,zh;q=0.5", "An address must not hold a password"},
		{"ja;q=0.9", "An address must not hold a password"},
	} {
		var p struct {
			Detail string
			Errors []struct{ Location, Message string }
		}
		f.hall.Must(http.StatusUnprocessableEntity, testkit.Request{
			Method: "POST", Path: api + "/hall/config/edits", Token: f.tokens[admin], Header: http.Header{"Accept-Language": {tt.language}},
			Body: map[string]any{"base": base, "edits": []any{camera}},
		}, &p)
		if len(p.Errors) != 1 || p.Errors[0].Message != tt.want || p.Errors[0].Location != "windows/0/camera/rtsp" {
			t.Errorf("%q: got %+v, want %s at its setting", tt.language, p, tt.want)
		}
		if !strings.HasSuffix(p.Detail, tt.want) {
			t.Errorf("%q: got %s", tt.language, p.Detail)
		}
	}
}
