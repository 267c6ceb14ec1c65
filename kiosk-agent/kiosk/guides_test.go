package kiosk_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"smarthall/internal/agent"
	"smarthall/kiosk-agent/kiosk"
)

func TestTheGuidesStayWhileTheHallIsAway(t *testing.T) {
	var away bool
	hall := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case away:
			w.WriteHeader(http.StatusBadGateway)
		case r.URL.Path != "/api/v1/items" || r.Header.Get("Authorization") != "Bearer secret":
			w.WriteHeader(http.StatusForbidden)
		default:
			_, _ = io.WriteString(w, `{"items":[]}`)
		}
	}))
	defer hall.Close()
	conf := &agent.Config{Hall: "ws" + strings.TrimPrefix(hall.URL, "http") + "/link", Token: "secret"}
	guides := func() (http.Handler, func()) {
		h, age, err := kiosk.Guides(conf, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		return h, age
	}
	ask := func(h http.Handler) *httptest.ResponseRecorder {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodGet, "/guides", http.NoBody))
		return w
	}
	h, age := guides()
	if w := ask(h); w.Code != 200 || w.Body.String() != `{"items":[]}` {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	away = true
	age()
	if w := ask(h); w.Code != 200 || w.Body.String() != `{"items":[]}` {
		t.Errorf("while the hall is away: %d %s", w.Code, w.Body)
	}
	fresh, _ := guides()
	if w := ask(fresh); w.Code != http.StatusServiceUnavailable {
		t.Errorf("begun while the hall is away: %d", w.Code)
	}
}
