package signage

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"smarthall/internal/link"
)

const (
	// fetchAgain is how long a file that didn't come is waited for.
	fetchAgain = 5 * time.Second
	fetchTime  = 5 * time.Minute
	// maxFetched is the largest file, in bytes; the hall takes no larger.
	maxFetched = 64 << 20
)

// files are the pictures and videos of layouts, kept on the disk so that
// screens have them while the hall is away. Its methods may be called from any
// goroutine.
type files struct {
	dir, base, token string
	client           *http.Client
	log              *slog.Logger
	wake             chan struct{}

	mu   sync.Mutex
	want []link.LayoutFile // guarded by mu
}

// openFiles keeps files in dir; hall is the address of its link.
func openFiles(dir, hall, token string, log *slog.Logger) (*files, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make folder of layout files: %w", err)
	}
	u, err := url.Parse(hall)
	if err != nil {
		return nil, fmt.Errorf("hall's address: %w", err)
	}
	scheme := "http"
	if u.Scheme == "wss" {
		scheme = "https"
	}
	return &files{
		dir: dir, base: scheme + "://" + u.Host + "/api/v1/layouts/files/", token: token, log: log, wake: make(chan struct{}, 1),
		client: &http.Client{
			Timeout:   fetchTime,
			Transport: &http.Transport{MaxIdleConnsPerHost: 1, IdleConnTimeout: time.Minute, Proxy: nil},
			// A token goes to the hall and nowhere else.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

// set says which files are needed from now on.
func (f *files) set(want []link.LayoutFile) {
	f.mu.Lock()
	same := slices.Equal(f.want, want)
	f.want = want
	f.mu.Unlock()
	if same {
		return
	}
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// wanted returns the file of an id, if it is needed.
func (f *files) wanted(id string) (link.LayoutFile, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	i := slices.IndexFunc(f.want, func(w link.LayoutFile) bool { return w.ID == id })
	if i < 0 {
		return link.LayoutFile{}, false
	}
	return f.want[i], true
}

// run fetches what is missing and deletes what is needed no more, until ctx
// ends.
func (f *files) run(ctx context.Context) {
	defer f.client.CloseIdleConnections()
	again := time.NewTimer(0)
	defer again.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-f.wake:
		case <-again.C:
		}
		if f.sync(ctx) {
			f.sweep()
		} else {
			again.Reset(fetchAgain)
		}
	}
}

// sync fetches what is missing; false if some didn't come, or nobody knows yet
// what is needed.
func (f *files) sync(ctx context.Context) bool {
	f.mu.Lock()
	want := f.want
	f.mu.Unlock()
	whole := true
	for _, file := range want {
		if info, err := os.Stat(filepath.Join(f.dir, file.ID)); err == nil && info.Size() == file.Size {
			continue
		}
		if err := f.fetch(ctx, file); err != nil && ctx.Err() == nil {
			f.log.Warn("layout file didn't come", slog.String("file", file.ID), slog.Any("err", err))
			whole = false
		}
	}
	return whole && len(want) > 0
}

// errFile says that the hall sent something else than the file.
var errFile = errors.New("not the file that was asked for")

// fetch brings one file from the hall; only a whole one gets its name.
func (f *files) fetch(ctx context.Context, file link.LayoutFile) error {
	if sum, err := hex.DecodeString(file.ID); err != nil || len(sum) != sha256.Size || file.Size > maxFetched {
		return fmt.Errorf("fetch layout file: %w", errFile)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, f.base+file.ID+"/content", nil)
	if err != nil {
		return fmt.Errorf("fetch layout file: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+f.token)
	res, err := f.client.Do(req)
	if err != nil {
		return fmt.Errorf("fetch layout file: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("fetch layout file: the hall answers %s: %w", res.Status, errFile)
	}
	out, err := os.CreateTemp(f.dir, "fetch-*")
	if err != nil {
		return fmt.Errorf("fetch layout file: %w", err)
	}
	defer func() { _ = os.Remove(out.Name()) }() // renamed if it is whole
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(out, sum), io.LimitReader(res.Body, file.Size+1))
	if err := errors.Join(err, out.Sync(), out.Close()); err != nil {
		return fmt.Errorf("fetch layout file: %w", err)
	}
	if n != file.Size || hex.EncodeToString(sum.Sum(nil)) != file.ID {
		return fmt.Errorf("fetch layout file: %w", errFile)
	}
	if err := os.Rename(out.Name(), filepath.Join(f.dir, file.ID)); err != nil {
		return fmt.Errorf("fetch layout file: %w", err)
	}
	return nil
}

// sweep deletes what no layout shows.
func (f *files) sweep() {
	names, err := os.ReadDir(f.dir)
	if err != nil {
		f.log.Warn("layout files not looked through", slog.Any("err", err))
		return
	}
	for _, name := range names {
		if _, ok := f.wanted(name.Name()); ok {
			continue
		}
		if err := os.Remove(filepath.Join(f.dir, name.Name())); err != nil {
			f.log.Warn("layout file not deleted", slog.String("file", name.Name()), slog.Any("err", err))
		}
	}
}

// ServeHTTP serves /files/{id} to pages, parts of videos included.
func (f *files) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	file, ok := f.wanted(r.PathValue("id"))
	if !ok {
		http.NotFound(w, r)
		return
	}
	in, err := os.Open(filepath.Join(f.dir, file.ID))
	if err != nil {
		http.NotFound(w, r) // it is on its way
		return
	}
	defer in.Close()
	h := w.Header()
	h.Set("Content-Type", file.Type)
	h.Set("Cache-Control", "private, max-age=31536000, immutable")
	http.ServeContent(w, r, "", time.Time{}, in)
}
