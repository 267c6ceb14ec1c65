package httpd_test

import (
	"context"
	"log/slog"
	"net/http"
	"testing"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/httpd"
)

// Actor is a word that the audit log has, too.
type Actor struct {
	Name string `json:"name"`
}

type both struct {
	Body struct {
		Ours   Actor       `json:"ours"`
		Theirs audit.Actor `json:"theirs"`
	}
}

func TestTwoContextsMayUseTheSameWord(t *testing.T) {
	r := httpd.New(httpd.Config{Version: "test", Log: slog.New(slog.DiscardHandler), Caller: func(*http.Request) (access.Caller, error) { return access.Caller{}, nil }})
	httpd.Register(r, httpd.Operation{ID: "get-both", Method: http.MethodGet, Path: "/both", Who: access.Everybody()},
		func(context.Context, *nothing) (*both, error) { return &both{}, nil })
	schemas := r.Description().Components.Schemas.Map()
	if schemas["AuditActor"] == nil || schemas["Httpd_testActor"] == nil || schemas["Httpd_testBothBody"] == nil {
		for name := range schemas {
			t.Log(name)
		}
		t.Error("a type isn't named after its context")
	}
}
