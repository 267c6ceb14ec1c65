package signage

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
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

// Speaks tells whether a device would say a call now.
func (s *Signage) Speaks(id string) bool {
	out := s.outs.Load()
	v, l := s.voice, out.speakers[id]
	if t, ok := out.talkers[id]; ok {
		v, l = t.announcer, t.out
	}
	if l == nil {
		return false
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Contains(v.speakers, speaker(l))
}
