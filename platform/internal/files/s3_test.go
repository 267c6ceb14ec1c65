package files_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/files"
	"smarthall/platform/internal/keys"
	"smarthall/platform/internal/store"
)

// bucket is a back end in a store of this process.
func bucket(t *testing.T) (files.Back, *s3mem.Backend, *httptest.Server) {
	t.Helper()
	mem := s3mem.New()
	if err := mem.CreateBucket("city"); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(gofakes3.New(mem).Server())
	t.Cleanup(server.Close)
	back, err := files.ParseBack("s3+http://key:secret@" + strings.TrimPrefix(server.URL, "http://") + "/city")
	if err != nil {
		t.Fatal(err)
	}
	return back, mem, server
}

func TestBackEndsBehaveTheSame(t *testing.T) {
	folder := files.Folder(t.TempDir())
	s3, _, _ := bucket(t)
	for name, back := range map[string]files.Back{"folder": folder, "S3": s3} {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			if err := back.Check(ctx); err != nil {
				t.Fatal(err)
			}
			data := bytes.Repeat([]byte("0123456789"), 700_000)
			if err := back.Put(ctx, "PLACE1", bytes.NewReader(data), int64(len(data))); err != nil {
				t.Fatal(err)
			}
			if n, err := back.Stat(ctx, "PLACE1"); err != nil || n != int64(len(data)) {
				t.Errorf("stat: %d, %v", n, err)
			}
			r, err := back.Get(ctx, "PLACE1")
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(r)
			if err := errors.Join(err, r.Close()); err != nil || !bytes.Equal(got, data) {
				t.Errorf("read %d bytes, %v", len(got), err)
			}
			if err := back.Put(ctx, "PLACE2", bytes.NewReader(data[:5]), 10); err == nil {
				t.Error("half a file was taken")
			}
			if _, err := back.Stat(ctx, "PLACE2"); !errors.Is(err, files.ErrGone) {
				t.Errorf("half a file is there: %v", err)
			}
			for range 2 {
				if err := back.Delete(ctx, "PLACE1"); err != nil {
					t.Error(err)
				}
			}
			if _, err := back.Get(ctx, "PLACE1"); !errors.Is(err, files.ErrGone) {
				t.Errorf("after deletion: %v", err)
			}
		})
	}
}

func TestAFileLivesInABucket(t *testing.T) {
	back, _, server := bucket(t)
	k := open(t, sqldbtest.File(t))
	k.Back = back
	data := jpegOf(t, 9)
	f := k.upload(person(t.Context(), "p1"), "a.jpg", data)
	if got, err := k.read(f.ID); err != nil || !bytes.Equal(got, data) {
		t.Errorf("read %d bytes, %v", len(got), err)
	}
	k.later = 25 * time.Hour
	k.sweep()
	if _, err := k.read(f.ID); !errors.Is(err, files.ErrNone) {
		t.Errorf("after a day: %v", err)
	}
	server.Close()
	if _, err := k.Upload(person(t.Context(), "p1"), files.Upload{Reader: bytes.NewReader(data)}); !errors.Is(err, files.ErrUnavailable) {
		t.Errorf("without the store: %v", err)
	}
}

func TestAStoreThatHangsIsNotWaitedForLong(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	back, err := files.ParseBack("s3+http://key:secret@" + listener.Addr().String() + "/city")
	if err != nil {
		t.Fatal(err)
	}
	st, err := store.Open(t.Context(), store.Config{Target: sqldbtest.File(t), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	secret, err := keys.Load(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s, err := files.Open(t.Context(), files.Config{Store: st, Keys: secret, Back: back, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	begun := time.Now()
	_, err = s.Upload(ctx, files.Upload{Reader: strings.NewReader(pdfText)})
	if fault.Of(err) == nil || time.Since(begun) > 30*time.Second {
		t.Errorf("after %s: %v", time.Since(begun), err)
	}
}
