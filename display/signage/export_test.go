package signage

import (
	"context"
	"log/slog"
	"net/http"
	"testing"

	"smarthall/internal/link"
)

// Files are the files of layouts, for tests.
type Files struct{ f *files }

// OpenFiles fetches files from a hall until the test ends.
func OpenFiles(t *testing.T, hall, token string) Files {
	t.Helper()
	f, err := openFiles(t.TempDir(), hall, token, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		f.run(ctx)
	}()
	t.Cleanup(func() {
		stop()
		<-done
	})
	return Files{f}
}

func (f Files) Set(want []link.LayoutFile) { f.f.set(want) }

func (f Files) ServeHTTP(w http.ResponseWriter, r *http.Request) { f.f.ServeHTTP(w, r) }
