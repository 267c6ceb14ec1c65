//go:build unix

package server_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"testing"
	"testing/fstest"
	"time"

	"smarthall/hall-server/server"
	"smarthall/internal/datalock"
)

func TestASecondHallOnTheSameDataIsRefused(t *testing.T) {
	conf := server.Config{
		Data: t.TempDir(), Listen: "127.0.0.1:0", Pages: fstest.MapFS{}, Log: slog.New(slog.DiscardHandler),
		Clock: time.Date(2026, 11, 23, 9, 0, 0, 0, time.FixedZone("", 8*3600)),
	}
	begin := func() (stop func()) {
		s, err := server.New(t.Context(), conf)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- s.Run(ctx) }()
		awaitReady(t, s.Addr())
		return func() {
			cancel()
			if err := <-ended; err != nil {
				t.Errorf("run: %v", err)
			}
		}
	}
	stop := begin()
	if _, err := server.New(t.Context(), conf); !errors.Is(err, datalock.ErrTaken) {
		t.Errorf("the second hall: got %v", err)
	}
	stop()
	begin()() // a hall that has ended leaves its data to the next
	taken := conf
	taken.Listen = "127.0.0.1:999999"
	if _, err := server.New(t.Context(), taken); err == nil || errors.Is(err, datalock.ErrTaken) {
		t.Errorf("a port that can't be opened: got %v", err)
	}
	begin()() // nor does a hall that failed to start keep it
}

// awaitReady waits until the hall at addr is in force.
func awaitReady(t *testing.T, addr string) {
	t.Helper()
	until := time.Now().Add(time.Minute)
	for time.Now().Before(until) {
		if res, err := http.Get("http://" + addr + "/readyz"); err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return
			}
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatal("the hall isn't ready")
}
