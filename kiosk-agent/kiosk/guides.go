package kiosk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"

	"smarthall/internal/agent"
)

// How long the page waits for guides and articles, how old they may be, how many
// bytes. Lists that belong together, such as items and the files of their forms,
// differ no longer than they may be old.
const (
	guidesPatience = 5 * time.Second
	guidesFresh    = 10 * time.Second
	maxGuides      = 16 << 20
)

// guides are a list of the hall's API to read: the items that may be done in the
// hall, or the platform's notices and laws. The last ones that came stay while the
// hall is away.
type guides struct {
	address, token string
	client         *http.Client
	log            *slog.Logger

	mu   sync.Mutex
	last []byte    // nil before the first; guarded by mu
	at   time.Time // of last; guarded by mu
}

// newGuides returns the list with a name in the API of the hall whose link is at
// an address.
func newGuides(conf *agent.Config, name string, log *slog.Logger) (*guides, error) {
	u, err := url.Parse(conf.Hall)
	if err != nil {
		return nil, fmt.Errorf("hall's address: %w", err)
	}
	scheme := "http"
	if u.Scheme == "wss" {
		scheme = "https"
	}
	return &guides{
		address: scheme + "://" + u.Host + "/api/v1/" + name, token: conf.Token, log: log,
		client: &http.Client{
			Timeout:   guidesPatience,
			Transport: &http.Transport{MaxIdleConnsPerHost: 1, IdleConnTimeout: time.Minute, Proxy: nil},
			// A token goes to the hall and nowhere else.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

// ServeHTTP gives the page the list, or 503 where none ever came.
func (g *guides) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	data, err := g.read(r.Context())
	if err != nil {
		g.log.Warn("guides not read", slog.Any("err", err))
		if data == nil {
			http.Error(w, "no guides", http.StatusServiceUnavailable)
			return
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write(data)
}

// read asks the hall unless it was asked just now. With an error come the last
// guides, if there are any.
func (g *guides) read(ctx context.Context) ([]byte, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.last != nil && time.Since(g.at) < guidesFresh {
		return g.last, nil
	}
	data, err := g.fetch(ctx)
	if err != nil {
		return g.last, err
	}
	g.last, g.at = data, time.Now()
	return data, nil
}

func (g *guides) fetch(ctx context.Context) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, g.address, http.NoBody)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+g.token)
	resp, err := g.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the hall answered with status %d", resp.StatusCode)
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxGuides+1))
	if err != nil {
		return nil, fmt.Errorf("read the hall's answer: %w", err)
	}
	if len(data) > maxGuides {
		return nil, errors.New("the hall's answer is too long")
	}
	return data, nil
}
