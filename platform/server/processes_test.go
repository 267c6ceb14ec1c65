package server

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"image"
	"image/png"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	"golang.org/x/crypto/bcrypt"

	"smarthall/internal/bus/bustest"
	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/keys"
	"smarthall/platform/internal/store"
)

// run starts a platform process for the length of the test.
func run(t *testing.T, conf Config) string {
	t.Helper()
	conf.Listen, conf.Version, conf.Pages, conf.Log = "127.0.0.1:0", "test", fstest.MapFS{}, slog.New(slog.DiscardHandler)
	s, err := New(t.Context(), conf)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
	})
	return "http://" + s.Addr()
}

// call asks a process and reads its answer into out.
func call(t *testing.T, method, url, token string, body io.Reader, out any) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if text, ok := out.(*[]byte); ok {
		*text = data
	} else if out != nil {
		if err := json.Unmarshal(data, out); err != nil {
			t.Fatalf("%s: %v in %s", url, err, data)
		}
	}
	return res.StatusCode
}

// TestTwoProcessesAreOnePlatform runs two processes on one PostgreSQL, one
// cluster and one file store: who signs in at one is known at the other, and a
// file that one took is read at the other.
func TestTwoProcessesAreOnePlatform(t *testing.T) {
	secret := bytes.Repeat([]byte{7}, 32)
	t.Setenv(keys.Env, base64.StdEncoding.EncodeToString(secret))
	k, err := keys.Load(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	mem := s3mem.New()
	if err := mem.CreateBucket("city"); err != nil {
		t.Fatal(err)
	}
	files := httptest.NewServer(gofakes3.New(mem).Server())
	defer files.Close()
	conf := Config{
		Database: sqldbtest.Postgres(t), Bus: bustest.Start(t, domain, k.For("bus issuer")).Servers(), Demo: true,
		Files:        "s3+http://key:secret@" + strings.TrimPrefix(files.URL, "http://") + "/city",
		passwordCost: bcrypt.MinCost,
	}
	conf.Data = t.TempDir()
	one := run(t, conf)
	conf.Data = t.TempDir()
	two := run(t, conf)

	var session struct{ Token string }
	login := `{"account":"13800000101","password":"demo1234","code":"` + demoCode + `"}`
	if status := call(t, http.MethodPost, one+"/api/v1/sessions", "", strings.NewReader(login), &session); status != http.StatusOK && status != http.StatusCreated {
		t.Fatalf("sign in: %d", status)
	}
	var me struct{ Kind string }
	if call(t, http.MethodGet, two+"/api/v1/me", session.Token, nil, &me); me.Kind != "person" {
		t.Errorf("the other process sees %q", me.Kind)
	}
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 9, 9))); err != nil {
		t.Fatal(err)
	}
	var file struct{ ID string }
	if status := call(t, http.MethodPost, one+"/api/v1/files?name=a.png", session.Token, bytes.NewReader(picture.Bytes()), &file); status != http.StatusCreated {
		t.Fatalf("upload: %d", status)
	}
	var got []byte
	if status := call(t, http.MethodGet, two+"/api/v1/files/"+file.ID, session.Token, nil, &got); status != http.StatusOK || !bytes.Equal(got, picture.Bytes()) {
		t.Errorf("the other process reads %d bytes, %d", len(got), status)
	}
	t.Setenv(keys.Env, base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{8}, 32)))
	conf.Data, conf.Log = t.TempDir(), slog.New(slog.DiscardHandler)
	if _, err := New(t.Context(), conf); !errors.Is(err, store.ErrOtherSecret) {
		t.Errorf("a process with another secret: %v", err)
	}
}

func TestFlags(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		want string // of the base URL
		ok   bool
	}{
		"none":                {nil, "", true},
		"an address":          {[]string{"--base-url", "https://zwfw.example.cn/"}, "https://zwfw.example.cn", true},
		"with a port":         {[]string{"--base-url", "http://10.0.0.1:8090"}, "http://10.0.0.1:8090", true},
		"no scheme":           {[]string{"--base-url", "zwfw.example.cn"}, "", false},
		"with a path":         {[]string{"--base-url", "https://example.cn/zwfw"}, "", false},
		"with a password":     {[]string{"--base-url", "https://u:p@example.cn"}, "", false},
		"a script":            {[]string{"--base-url", "javascript:alert(1)"}, "", false},
		"one word too many":   {[]string{"serve"}, "", false},
		"a flag that isn't":   {[]string{"--port", "1"}, "", false},
		"a clock that is not": {[]string{"--clock", "noon"}, "", false},
	} {
		conf, err := ParseFlags(c.args)
		if c.ok != (err == nil) || c.ok && conf.BaseURL != c.want {
			t.Errorf("%s: %q, %v", name, conf.BaseURL, err)
		}
	}
}

func TestACityOnAClusterNeedsADatabaseForAll(t *testing.T) {
	for name, conf := range map[string]Config{
		"SQLite":       {Bus: "nats://127.0.0.1:4222"},
		"its own port": {Bus: "nats://127.0.0.1:4222", Halls: "127.0.0.1:0", Database: "postgres://nobody@127.0.0.1:1/x?connect_timeout=1"},
	} {
		conf.Data, conf.Listen, conf.Log, conf.Pages = t.TempDir(), "127.0.0.1:0", slog.New(slog.DiscardHandler), fstest.MapFS{}
		if s, err := New(t.Context(), conf); err == nil {
			t.Errorf("%s: it starts", name)
			_ = s.listener.Close()
		}
	}
}
