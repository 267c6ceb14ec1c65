// Package server is the platform's door: it joins the contexts, their common
// ground and the HTTP surface, and runs them until told to stop. It is the only
// place that knows them all.
package server

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/sync/errgroup"

	"smarthall/internal/datalock"
	"smarthall/internal/fonts/rare"
	"smarthall/internal/privacy"
	"smarthall/internal/sqldb"
	"smarthall/internal/webpages"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/httpd"
	"smarthall/platform/internal/keys"
	"smarthall/platform/internal/store"
)

// Config is what New needs.
type Config struct {
	// Data is the folder of secrets and files.
	Data string
	// Listen is the TCP address, such as 127.0.0.1:8090; port 0 takes a free one.
	Listen string
	// Database is a postgres:// URL; empty means platform.db in Data.
	Database string
	// Halls is where halls connect as leaf nodes; empty means nowhere.
	Halls string
	// Files is where what people bring is kept: a folder, or an S3-compatible
	// store by s3://key:secret@host/bucket; empty means files in Data.
	Files string
	// Bus names the servers of a NATS cluster that several processes share, where
	// halls connect: nats://user:password@host:port, separated by commas. Empty
	// means that this process has a server of its own if Halls says so.
	Bus string
	// BaseURL is how people reach the platform, in links that are printed or sent
	// out, without a slash at its end; empty takes what a request came by.
	BaseURL string
	// Frames are the origins of kiosks that may show the portal in a frame.
	Frames []string
	// Demo begins an empty database with a demo city, DemoLife gives that a past:
	// cases in all states.
	Demo, DemoLife bool
	// Clock is the instant at which the platform's clock starts; zero means now.
	Clock   time.Time
	Version string
	// Pages holds the built pages in its folder dist.
	Pages fs.FS
	Log   *slog.Logger

	// passwordCost is lower in tests.
	passwordCost int
}

// Server is a platform process that can be run once.
type Server struct {
	log      *slog.Logger
	store    *store.Store
	contexts *contexts
	listener net.Listener
	http     *http.Server
	lock     *datalock.Lock // of the data; nil beside a database of its own
}

// New opens the platform's data and its port. Run must follow.
func New(ctx context.Context, conf Config) (*Server, error) {
	lock, err := datalock.Take(conf.Data)
	if err != nil {
		return nil, err
	}
	s, err := open(ctx, conf)
	if err != nil {
		return nil, errors.Join(err, lock.Release())
	}
	s.lock = lock
	return s, nil
}

func open(ctx context.Context, conf Config) (*Server, error) {
	target := conf.Database
	if target == "" {
		target = filepath.Join(conf.Data, "platform.db")
	} else if !sqldb.IsURL(target) {
		return nil, fmt.Errorf("the database must be a postgres:// URL, not %q", target)
	}
	secret, err := keys.Load(conf.Data)
	if err != nil {
		return nil, err
	}
	holder, err := processName(conf.Data)
	if err != nil {
		return nil, err
	}
	st, err := store.Open(ctx, store.Config{
		Target: target, Clock: clockFrom(conf.Clock), Sealer: privacy.NewSealer(secret.For("events")),
		Secret: hex.EncodeToString(secret.For("fingerprint")[:8]), Holder: holder, Alone: conf.Database == "", Log: conf.Log,
	})
	if err != nil {
		return nil, err
	}
	s, err := build(ctx, conf, st, secret)
	if err != nil {
		return nil, errors.Join(err, st.Close())
	}
	return s, nil
}

// processName is what the process with this data folder is called among those
// that share a database: the same after a restart, since the folder is locked,
// and another on another machine, should the folder be copied.
func processName(dir string) (string, error) {
	path := filepath.Join(dir, "process")
	id, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		id = []byte(store.NewID())
		err = os.WriteFile(path, id, 0o600)
	}
	if err != nil {
		return "", fmt.Errorf("name this process: %w", err)
	}
	host, err := os.Hostname()
	if err != nil {
		return "", fmt.Errorf("name this process: %w", err)
	}
	return string(id) + "@" + host, nil
}

func build(ctx context.Context, conf Config, st *store.Store, secret *keys.Keys) (*Server, error) {
	parts, err := openContexts(ctx, conf, st, secret)
	if err != nil {
		return nil, err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", conf.Listen)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the platform's port: %w", err), parts.close())
	}
	s := &Server{log: conf.Log, store: st, contexts: parts, listener: listener}
	s.http = &http.Server{
		Handler: s.surface(conf), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10,
		ErrorLog: slog.NewLogLogger(conf.Log.Handler(), slog.LevelDebug),
	}
	return s, nil
}

// surface is the platform's whole HTTP surface.
func (s *Server) surface(conf Config) http.Handler {
	router := httpd.New(httpd.Config{Version: conf.Version, Log: conf.Log, Caller: s.contexts.caller, Frames: conf.Frames})
	s.contexts.routes(router)
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	s.contexts.metrics(registry)
	page := func(id, path string, fn func(w http.ResponseWriter, r *http.Request) error) {
		router.Page(httpd.Operation{ID: id, Method: http.MethodGet, Path: path, Who: access.Everybody()}, fn)
	}
	page("health", "/healthz", func(w http.ResponseWriter, _ *http.Request) error {
		_, err := w.Write([]byte("ok\n"))
		return err
	})
	page("ready", "/readyz", s.ready)
	router.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	for _, built := range []string{"/assets/", rare.Path, "/login", "/register", "/book", "/my", "/units", "/account", "/apply", "/consult", "/scan"} {
		router.Handle("GET "+built, webpages.Handler(conf.Pages))
	}
	router.Handle("GET /cases/{id}", onePage(conf.Pages, "/cases"))
	// The workspace is one page, which finds its own way below /staff.
	router.Handle("GET /staff", onePage(conf.Pages, "/staff"))
	router.Handle("GET /staff/", onePage(conf.Pages, "/staff"))
	return router.Handler()
}

// onePage serves the page at a path for every path below it that nothing else
// answers.
func onePage(pages fs.FS, path string) http.Handler {
	page := webpages.Handler(pages)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		at := *r.URL
		at.Path = path
		r = r.WithContext(r.Context())
		r.URL = &at
		page.ServeHTTP(w, r)
	})
}

// ready tells whether the database answers.
func (s *Server) ready(w http.ResponseWriter, r *http.Request) error {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	if _, err := s.store.Unsent(ctx); err != nil {
		s.log.Error("not ready", slog.Any("err", err))
		w.WriteHeader(http.StatusServiceUnavailable)
		_, err := w.Write([]byte("database\n"))
		return err
	}
	_, err := w.Write([]byte("ready\n"))
	return err
}

// clockFrom returns the platform's clock, shifted so that it starts at start.
func clockFrom(start time.Time) func() time.Time {
	if start.IsZero() {
		return time.Now
	}
	begun := time.Now()
	return func() time.Time { return start.Add(time.Since(begun)) }
}

// Addr is where the platform listens.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// shutdownWait is how long requests may finish when the platform stops.
const shutdownWait = 5 * time.Second

// Run serves until ctx ends.
func (s *Server) Run(ctx context.Context) error {
	group, groupCtx := errgroup.WithContext(ctx)
	s.contexts.run(groupCtx, group)
	group.Go(func() error {
		if err := s.http.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve: %w", err)
		}
		return nil
	})
	group.Go(func() error {
		<-groupCtx.Done()
		return s.stopServing(context.WithoutCancel(ctx))
	})
	s.log.Info("platform ready", slog.String("address", "http://"+s.Addr()), slog.String("database", s.store.Engine().String()))
	err := group.Wait()
	s.log.Info("platform stopped")
	return errors.Join(err, s.contexts.close(), s.store.Close(), s.lock.Release())
}

func (s *Server) stopServing(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, shutdownWait)
	defer cancel()
	err := s.http.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		s.log.Warn("connections were cut while stopping", slog.Duration("after", shutdownWait))
		return s.http.Close()
	}
	if err != nil {
		return errors.Join(fmt.Errorf("stop serving: %w", err), s.http.Close())
	}
	return nil
}
