// Package feed fetches what screens show of other systems, such as the weather:
// from the addresses that the hall's sources name, at hosts that the server's
// settings allow, and from the city's platform. An answer flows through the
// source's templates into a feed of package layout, which keeps the last good one
// until it is too old; one that is too large, too late or not what the source
// says changes nothing.
package feed

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"smarthall/hall-server/internal/layout"
	"smarthall/internal/link"
)

// City is the platform: uplink.Service.
type City interface {
	Ask(ctx context.Context, topic, from string, question, answer any) error
}

// Config is what New needs.
type Config struct {
	Layouts *layout.Service
	// City is nil for a hall on its own.
	City City
	// Hosts may be asked: names or addresses, with a port where it isn't the
	// usual one.
	Hosts []string
	Now   func() time.Time
	Log   *slog.Logger
}

// Bounds of a fetch.
const (
	fetchWait = 10 * time.Second
	maxBytes  = 256 << 10
	maxHops   = 3
	// atOnce is how many are fetched at a time, look how often it is seen which
	// are due.
	atOnce = 4
	look   = 5 * time.Second
)

// Outcome is how a source did the last time.
type Outcome struct {
	// At is when it was asked, Failed what went wrong, in Chinese; empty if
	// nothing did.
	At     time.Time
	Failed string
}

// Service fetches feeds. Make it with New, then Run it.
type Service struct {
	conf   Config
	client *http.Client
	slots  chan struct{}

	mu   sync.Mutex
	seen map[string]seen // by the source's name; guarded by mu
}

// seen is a source that was asked, or is being asked.
type seen struct {
	as   layout.Source
	last Outcome
	busy bool
}

// New makes a service that has fetched nothing yet.
func New(conf Config) *Service {
	return &Service{
		conf: conf, slots: make(chan struct{}, atOnce), seen: map[string]seen{},
		client: &http.Client{
			Transport: &http.Transport{
				Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: 1, IdleConnTimeout: 30 * time.Second,
				MaxResponseHeaderBytes: 16 << 10, ResponseHeaderTimeout: fetchWait,
			},
			CheckRedirect: sameOrigin,
		},
	}
}

// errElsewhere is a redirect that leaves the address's own host.
var errElsewhere = errors.New("对方要求转到别的地址，没有照办")

// sameOrigin follows redirects on one host only, so that no other system can
// make the hall ask a third.
func sameOrigin(req *http.Request, via []*http.Request) error {
	first := via[0].URL
	if len(via) > maxHops || req.URL.Scheme != first.Scheme || !strings.EqualFold(req.URL.Host, first.Host) {
		return errElsewhere
	}
	return nil
}

// Run fetches what is due until ctx ends, and returns when nothing is being
// fetched any more.
func (s *Service) Run(ctx context.Context) error {
	defer s.client.CloseIdleConnections()
	var fetching sync.WaitGroup
	defer fetching.Wait()
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		for _, one := range s.due() {
			fetching.Go(func() { s.fetch(ctx, one) })
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// due returns the sources to be asked now and marks them as being asked. One
// that was changed is asked at once.
func (s *Service) due() []layout.Source {
	sources, _ := s.conf.Layouts.Sources()
	now := s.conf.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	var due []layout.Source
	named := map[string]bool{}
	for _, one := range sources {
		named[one.Name] = true
		was, known := s.seen[one.Name]
		age := now.Sub(was.last.At)
		fresh := known && was.as == one && age >= 0 && age < time.Duration(one.Every)*time.Minute
		if was.busy || fresh {
			continue
		}
		was.as, was.busy = one, true
		s.seen[one.Name] = was
		due = append(due, one)
	}
	for name, was := range s.seen {
		if !named[name] && !was.busy {
			delete(s.seen, name)
		}
	}
	return due
}

// fetch asks one source and keeps how it did.
func (s *Service) fetch(ctx context.Context, one layout.Source) {
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-ctx.Done():
		return
	}
	v, err := s.Ask(ctx, one)
	if err == nil {
		_, err = s.conf.Layouts.Fetched(ctx, one, v)
	}
	if ctx.Err() != nil {
		return
	}
	out := Outcome{At: s.conf.Now(), Failed: words(err)}
	s.mu.Lock()
	before := s.seen[one.Name].last
	s.seen[one.Name] = seen{as: one, last: out}
	s.mu.Unlock()
	if out.Failed != "" && out.Failed != before.Failed {
		s.conf.Log.Warn("feed isn't fetched", slog.String("feed", one.Name), slog.Any("error", err))
	} else if out.Failed == "" && before.Failed != "" {
		s.conf.Log.Info("feed is fetched again", slog.String("feed", one.Name))
	}
}

// Outcomes are how the sources did the last time, by their names; one that
// wasn't asked yet is left out.
func (s *Service) Outcomes() map[string]Outcome {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string]Outcome{}
	for name, was := range s.seen {
		if !was.last.At.IsZero() {
			out[name] = was.last
		}
	}
	return out
}

// Hosts are those that may be asked.
func (s *Service) Hosts() []string { return s.conf.Hosts }

// Ask asks a source now and returns what would be shown; nothing is kept. The
// source must have been checked.
func (s *Service) Ask(ctx context.Context, one layout.Source) (link.FeedView, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchWait)
	defer cancel()
	var v link.FeedView
	var err error
	if one.Kind == layout.SourceReady {
		v, err = s.ready(ctx)
	} else {
		v, err = s.get(ctx, one)
	}
	if err != nil {
		return link.FeedView{}, fmt.Errorf("ask feed %s: %w", one.Name, err)
	}
	v.Name = one.Name
	if one.Title != "" {
		v.Title = one.Title
	}
	return v, nil
}
