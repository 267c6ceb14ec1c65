package files_test

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"smarthall/internal/awaytest"
	"smarthall/platform/internal/files"
)

// TestAStoreThatIsAwayIsNotWaitedFor: whatever an S3-compatible store does
// instead of answering, each question to it ends in its time.
func TestAStoreThatIsAwayIsNotWaitedFor(t *testing.T) {
	for _, server := range awaytest.Servers(t) {
		back, err := files.ParseBack("s3+http://key:secret@" + server.Addr + "/city")
		if err != nil {
			t.Fatal(err)
		}
		// A store that has said that all is well is believed; what a file is made
		// of has to come.
		said := strings.HasSuffix(server.Name, " its answer")
		for name, ask := range map[string]func(ctx context.Context) error{
			"put": func(ctx context.Context) error {
				return back.Put(ctx, "a", bytes.NewReader([]byte(pdfText)), int64(len(pdfText)))
			},
			"get":    func(ctx context.Context) error { return read(ctx, back) },
			"stat":   func(ctx context.Context) error { _, err := back.Stat(ctx, "a"); return err },
			"delete": func(ctx context.Context) error { return back.Delete(ctx, "a") },
			"check":  back.Check,
		} {
			if said && name != "get" {
				continue
			}
			t.Run(name+" at one that "+server.Name, func(t *testing.T) {
				t.Parallel()
				ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
				defer cancel()
				begun := time.Now()
				if err := ask(ctx); err == nil {
					t.Error("it is done")
				}
				if took := time.Since(begun); took > awaytest.Patience {
					t.Errorf("it was waited for %s", took)
				}
			})
		}
	}
}

// read reads a whole file.
func read(ctx context.Context, back files.Back) error {
	r, err := back.Get(ctx, "a")
	if err != nil {
		return err
	}
	defer r.Close()
	_, err = new(bytes.Buffer).ReadFrom(r)
	return err
}
