// Package samples keeps the sample forms that items name by their address. What
// the items name flows in; each form is fetched once from the platform, or from a
// host that the settings allow, looked into, and kept with pictures of its pages;
// kiosks show and print it, also while the platform is away. It is asked for again
// from time to time, and goes when no item names it any more. Nobody who asks the
// hall can make it fetch anything.
package samples

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"smarthall/hall-server/internal/store"
)

// Table keeps what is known of the forms; store.Store.
type Table interface {
	Samples(ctx context.Context) ([]store.Sample, error)
	SaveSample(ctx context.Context, f store.Sample) error
	DropSample(ctx context.Context, url string) error
	Items(ctx context.Context) ([]store.Item, error)
}

// Config is what New needs.
type Config struct {
	// Dir is the folder of the forms' bytes.
	Dir   string
	Table Table
	// Platform is the origin of the platform's pages; empty: forms there aren't
	// fetched.
	Platform string
	// Hosts may be fetched from besides, by https: names, with a port where it
	// isn't the usual one.
	Hosts []string
	Log   *slog.Logger
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Client fetches; nil means one that follows no redirect.
	Client *http.Client
}

// Bounds of what is kept, and times.
const (
	MaxFile  = 10 << 20 // bytes of a form
	maxAll   = 1 << 30  // bytes of all
	maxFiles = 1000
	maxURL   = 300 // bytes

	every     = 15 * time.Second // between two looks at what the items name
	fetchWait = time.Minute      // for one form
	// asked is after what time a form is asked for again, again after what time
	// one that failed, at first.
	asked = 6 * time.Hour
	again = 2 * time.Minute
)

// ErrNone says that there is no such form, or no such page of it.
var ErrNone = errors.New("no such sample form")

// Service keeps the forms. Make it with New, then Run it; its other methods may
// be called from anywhere.
type Service struct {
	conf   Config
	origin *url.URL // nil without a platform
	client *http.Client

	mu    sync.Mutex // held while forms are fetched
	files sync.RWMutex
}

// New opens the folder of the forms.
func New(conf Config) (*Service, error) {
	s := &Service{conf: conf, client: conf.Client}
	if conf.Now == nil {
		s.conf.Now = time.Now
	}
	if s.client == nil {
		s.client = &http.Client{
			Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: 1, IdleConnTimeout: 30 * time.Second, MaxResponseHeaderBytes: 16 << 10},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
	}
	if conf.Platform != "" {
		origin, err := url.Parse(conf.Platform)
		if err != nil {
			return nil, fmt.Errorf("the platform's address: %w", err)
		}
		s.origin = origin
	}
	if err := os.MkdirAll(conf.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of sample forms: %w", err)
	}
	return s, nil
}

// Run keeps the forms as the items name them until ctx ends. What goes wrong is
// logged and tried again.
func (s *Service) Run(ctx context.Context) error {
	defer s.client.CloseIdleConnections()
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if err := s.Sync(ctx); err != nil && ctx.Err() == nil {
			s.conf.Log.Warn("sample forms aren't up to date", slog.Any("error", err))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Sync fetches what is due and lets go of what no item names. A form that fails
// holds up no other.
func (s *Service) Sync(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	wanted, err := s.wanted(ctx)
	if err != nil {
		return err
	}
	list, err := s.conf.Table.Samples(ctx)
	if err != nil {
		return err
	}
	known := map[string]store.Sample{}
	var total int64
	for _, f := range list {
		if !slices.Contains(wanted, f.URL) {
			if err := s.conf.Table.DropSample(ctx, f.URL); err != nil {
				return err
			}
			continue
		}
		known[f.URL] = f
		total += f.Size
	}
	for _, address := range wanted {
		f, ok := known[address]
		if ok && s.conf.Now().Before(due(f)) {
			continue
		}
		f.URL = address
		before := f.Size
		f = s.renew(ctx, f, maxAll-total+before)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := s.conf.Table.SaveSample(ctx, f); err != nil {
			return err
		}
		total += f.Size - before
	}
	return s.sweep(ctx)
}

// due is when a form is asked for again.
func due(f store.Sample) time.Time {
	if f.Failed == 0 {
		return f.Tried.Add(asked)
	}
	return f.Tried.Add(min(asked, again<<min(f.Failed-1, 10)))
}

// wanted are the addresses that items name and that may be fetched, in order.
func (s *Service) wanted(ctx context.Context) ([]string, error) {
	items, err := s.conf.Table.Items(ctx)
	if err != nil {
		return nil, err
	}
	var list []string
	for _, item := range items {
		var body struct {
			Materials []json.RawMessage `json:"materials"`
		}
		if json.Unmarshal(item.Body, &body) != nil {
			continue // its other readers have said so
		}
		for _, raw := range body.Materials {
			var m struct {
				Blank, Sample struct {
					URL  string `json:"url"`
					Text string `json:"text"`
				}
			}
			if json.Unmarshal(raw, &m) != nil { // a name alone
				continue
			}
			for _, f := range []struct{ url, text string }{{m.Blank.URL, m.Blank.Text}, {m.Sample.URL, m.Sample.Text}} {
				if f.url != "" && f.text == "" && s.address(f.url) != nil {
					list = append(list, f.url)
				}
			}
		}
	}
	slices.Sort(list)
	list = slices.Compact(list)
	if len(list) > maxFiles {
		s.conf.Log.Warn("too many sample forms: the last ones aren't kept", slog.Int("forms", len(list)), slog.Int("kept", maxFiles))
		list = list[:maxFiles]
	}
	return list, nil
}

// address is where a form is fetched from; nil if that isn't allowed: neither the
// platform nor one of the hosts.
func (s *Service) address(text string) *url.URL {
	u, err := url.Parse(text)
	if err != nil || len(text) > maxURL || u.User != nil || strings.Contains(text, "\\") {
		return nil
	}
	switch {
	case u.Scheme == "" && u.Host == "" && strings.HasPrefix(u.Path, "/") && !strings.HasPrefix(text, "//"):
		if s.origin == nil {
			return nil
		}
		return s.origin.ResolveReference(u)
	case s.origin != nil && u.Scheme == s.origin.Scheme && strings.EqualFold(u.Host, s.origin.Host):
		return u
	case u.Scheme == "https" && slices.ContainsFunc(s.conf.Hosts, func(h string) bool { return strings.EqualFold(h, u.Host) }):
		return u
	}
	return nil
}

// List are the forms that are here, by address.
func (s *Service) List(ctx context.Context) ([]store.Sample, error) {
	all, err := s.conf.Table.Samples(ctx)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(f store.Sample) bool { return f.Content == "" }), nil
}

// Open returns the bytes of a form by its content, or with a page from 1 the
// picture of that page, and the type; ErrNone if there is none.
func (s *Service) Open(ctx context.Context, content string, page int) ([]byte, string, error) {
	list, err := s.List(ctx)
	if err != nil {
		return nil, "", err
	}
	i := slices.IndexFunc(list, func(f store.Sample) bool { return f.Content == content })
	if i < 0 || page < 0 || page > list[i].Pages {
		return nil, "", ErrNone
	}
	name, kind := content, list[i].Type
	if page > 0 && kind == typePDF {
		name, kind = pageName(content, page), typePNG
	}
	s.files.RLock()
	defer s.files.RUnlock()
	data, err := os.ReadFile(filepath.Join(s.conf.Dir, name)) // the name is one of ours
	if errors.Is(err, fs.ErrNotExist) {
		return nil, "", ErrNone
	}
	if err != nil {
		return nil, "", fmt.Errorf("read sample form: %w", err)
	}
	return data, kind, nil
}

func pageName(content string, page int) string { return content + "-" + strconv.Itoa(page) + ".png" }

// sweep removes the files of forms that are gone.
func (s *Service) sweep(ctx context.Context) error {
	list, err := s.conf.Table.Samples(ctx)
	if err != nil {
		return err
	}
	kept := map[string]bool{}
	for _, f := range list {
		kept[f.Content] = true
	}
	s.files.Lock()
	defer s.files.Unlock()
	files, err := os.ReadDir(s.conf.Dir)
	if err != nil {
		return fmt.Errorf("read the folder of sample forms: %w", err)
	}
	for _, file := range files {
		content, _, _ := strings.Cut(file.Name(), "-")
		if kept[content] {
			continue
		}
		if err := os.RemoveAll(filepath.Join(s.conf.Dir, file.Name())); err != nil {
			return fmt.Errorf("remove a sample form: %w", err)
		}
	}
	return nil
}
