package files_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"log/slog"
	"testing"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/files"
	"smarthall/platform/internal/keys"
	"smarthall/platform/internal/store"
)

// BenchmarkFile measures an upload of 5 MB, the size of a phone's picture, and
// its reading.
func BenchmarkFile(b *testing.B) {
	ctx := b.Context()
	st, err := store.Open(ctx, store.Config{Target: sqldbtest.File(b), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	defer st.Close()
	secret, err := keys.Load(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	s, err := files.Open(ctx, files.Config{Store: st, Keys: secret, Back: files.Folder(b.TempDir()), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	data := append([]byte(pdfText), bytes.Repeat([]byte(" "), 5_000_000)...)
	data = append(data, pdfText...)
	id := ""
	b.Run("upload", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		for i := range b.N {
			binary.BigEndian.PutUint64(data[len(pdfText):], uint64(i)|1<<62) // another file each time
			f, err := s.Upload(ctx, files.Upload{Name: "a.pdf", Reader: bytes.NewReader(data)})
			if err != nil {
				b.Fatal(err)
			}
			id = f.ID
		}
	})
	b.Run("read", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		for range b.N {
			body, _, err := s.Open(ctx, id)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, body); err != nil {
				b.Fatal(err)
			}
			if err := body.Close(); err != nil {
				b.Fatal(err)
			}
		}
	})
}
