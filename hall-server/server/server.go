// Package server is the hall-server's door: it joins the queue's core, its
// store, the link and the API, and runs them until told to stop. It is the only
// place that knows them all.
package server

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"smarthall/hall-server/internal/access"
	"smarthall/hall-server/internal/core"
	"smarthall/hall-server/internal/documents"
	"smarthall/hall-server/internal/estimate"
	"smarthall/hall-server/internal/feed"
	"smarthall/hall-server/internal/hall"
	"smarthall/hall-server/internal/httpd"
	"smarthall/hall-server/internal/hub"
	"smarthall/hall-server/internal/intake"
	"smarthall/hall-server/internal/layout"
	"smarthall/hall-server/internal/message"
	"smarthall/hall-server/internal/profiles"
	"smarthall/hall-server/internal/queue"
	"smarthall/hall-server/internal/registry"
	"smarthall/hall-server/internal/relay"
	"smarthall/hall-server/internal/samples"
	"smarthall/hall-server/internal/statistics/follow"
	"smarthall/hall-server/internal/store"
	"smarthall/hall-server/internal/uplink"
	"smarthall/hall-server/internal/view"
	"smarthall/hall-server/internal/webhook"
	"smarthall/internal/datalock"
	"smarthall/internal/languages"
	"smarthall/internal/link"
	"smarthall/internal/privacy"
)

// GCPercent is the garbage collector's setting of a hall-server, for its main
// to set: a hall's day is small and kept in memory, and memory is cheaper than
// the time of whoever waits for a ticket.
const GCPercent = 400

// Config is what New needs.
type Config struct {
	// Data is the folder of the database, the secrets and, unless Hall names
	// another, the hall file.
	Data string
	// Listen is the TCP address, such as 127.0.0.1:8080; port 0 takes a free one.
	Listen string
	// Hall is the hall file; empty means hall.yaml in Data, begun as the demo.
	Hall string
	// Clock is the instant at which the hall's clock starts; zero means now.
	Clock   time.Time
	Version string
	// Pages holds the built pages in its folder dist.
	Pages fs.FS
	// Languages is the folder of language files for the pages; empty means
	// languages in Data.
	Languages string
	Log       *slog.Logger
	// Platform is where the platform is that the hall hangs on; the zero value
	// leaves the hall on its own.
	Platform uplink.Platform
	// PlatformPages is the origin of the platform's pages, where clerks go on
	// with a visit's case; empty if there are none to open.
	PlatformPages string
	// SampleHosts may sample forms be fetched from, besides the platform.
	SampleHosts []string
	// FeedHosts may feeds of screens be fetched from.
	FeedHosts []string
	// Heartbeat is how often agents are asked for a sign of life; zero means
	// link.HeartbeatEvery.
	Heartbeat time.Duration
}

// Server is a hall that can be run once.
type Server struct {
	log       *slog.Logger
	listener  net.Listener
	http      *http.Server
	hall      *hall.Live
	core      *core.Core
	hub       *hub.Hub
	webhooks  *webhook.Service
	messages  *message.Service
	documents *documents.Service
	relay     *relay.Service
	samples   *samples.Service
	feeds     *feed.Service
	intakes   *intake.Service // nil for a hall on its own
	board     *board
	store     *store.Store
	visits    *follow.Follower
	forecasts *estimate.Forecaster
	taken     *taken
	uplink    *uplink.Service // nil for a hall on its own
	lock      *datalock.Lock  // of the data
}

// New opens the hall's data and its port. Run must follow. Data that another
// process works with is datalock.ErrTaken: two halls on one log would give the
// same number twice.
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
	keys, err := access.Load(conf.Data)
	if err != nil {
		return nil, err
	}
	live, err := openHall(conf)
	if err != nil {
		return nil, err
	}
	db, err := store.Open(ctx, filepath.Join(conf.Data, "hall.db"))
	if err != nil {
		return nil, err
	}
	if err := live.Keep(ctx, db, clockFrom(conf.Clock)); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	s, err := build(ctx, conf, keys, live, db)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return s, nil
}

// Demo is the hall file that a server whose data folder has none begins with.
func Demo() []byte { return bytes.Clone(hall.Demo) }

func openHall(conf Config) (*hall.Live, error) {
	if conf.Hall != "" {
		return hall.Open(conf.Hall, nil)
	}
	return hall.Open(filepath.Join(conf.Data, "hall.yaml"), hall.Demo)
}

func build(ctx context.Context, conf Config, keys *access.Keys, live *hall.Live, db *store.Store) (*Server, error) {
	clock := clockFrom(conf.Clock)
	var forecasts *estimate.Forecaster // looks at the core, which promises by it
	c, err := core.Open(ctx, core.Config{
		Journal: db, Clock: clock, Log: conf.Log,
		Promise: func(s *queue.State, service queue.ServiceID, ahead int, now queue.Time) queue.Promise {
			return forecasts.Promise(s, service, ahead, now)
		},
	})
	if err != nil {
		return nil, err
	}
	forecasts = estimate.NewForecaster(&forecastHall{core: c, store: db, live: live}, conf.Log)
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", conf.Listen)
	if err != nil {
		return nil, fmt.Errorf("open the hall's port: %w", err)
	}
	models, err := profiles.Open(ctx, profiles.Config{Dir: filepath.Join(conf.Data, "profiles"), Keeper: db, Now: c.Now, Log: conf.Log})
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	for _, m := range live.Know(models) { // the hall opens all the same
		conf.Log.Error("hall file names a device that can't be", slog.Int("line", m.Line), slog.String("mistake", m.Message))
	}
	reg := registry.New()
	expect(reg, live.Hall(), clock())
	items, err := uplink.OpenItems(ctx, db)
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	viewer := &view.Viewer{Hall: live, Registry: reg, URL: "http://" + listener.Addr().String(), Forecasts: forecasts, Items: items.Materials}
	chosen := &taken{core: c, store: db, log: conf.Log}
	viewer.Taken = chosen.of
	if conf.PlatformPages != "" && conf.Platform.Hall != "" {
		viewer.Platform = &link.PlatformView{Pages: conf.PlatformPages, Hall: conf.Platform.Hall}
	}
	door := access.NewDoor(live)
	door.Seen = seen(ctx, db, clock, conf.Log)
	vault := privacy.NewVault(keys.Person)
	var wall *board
	up := hang(conf, keys, c, db, live, vault, items, clock, func() uplink.Live { return liveHall(c, viewer, wall.alarms.Open) })
	var h *hub.Hub
	layouts, err := layout.Open(ctx, layout.Config{
		Table: db, Dir: filepath.Join(conf.Data, "layout-files"), Now: c.Now, Changed: func() { h.LayoutsChanged() }, Log: conf.Log,
	})
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	wall, err = newBoard(ctx, conf, c, db, live, viewer, up, func() { h.AlarmsChanged() })
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	h = hub.New(hub.Config{Core: c, View: viewer, Registry: reg, Door: door, Vault: vault, Layouts: layouts, Alarms: wall.alarms, Log: conf.Log})
	chosen.changed = h.Reset
	visits := follow.New(follow.Config{Source: c, Store: db, Log: conf.Log})
	hooks, err := webhook.Open(ctx, webhook.Config{Core: c, Store: db, View: viewer, Log: conf.Log})
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	messages := message.New(message.Config{
		Core: c, Table: db, Vault: vault, Log: conf.Log, Settings: func() message.Settings { return live.Hall().Messages }, Vars: viewer.MessageVars,
	})
	papers, err := documents.New(documents.Config{
		Dir: filepath.Join(conf.Data, "documents"), Table: db, Vault: vault, Log: conf.Log,
		Now: func() queue.Time { return queue.TimeOf(c.Now()) },
		Day: func() (day queue.Day) {
			c.Read(func(s *queue.State, _ queue.Time) { day = s.Day })
			return day
		},
		KeepDays: func() int { return live.Hall().Documents.KeepDays },
	})
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	visitors, err := relay.New(relay.Config{Platform: conf.PlatformPages, Hall: conf.Platform.Hall, Token: conf.Platform.Token(), Log: conf.Log})
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	forms, err := samples.New(samples.Config{Dir: filepath.Join(conf.Data, "samples"), Table: db, Platform: conf.PlatformPages, Hosts: conf.SampleHosts, Log: conf.Log})
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	fetcher := feed.New(feed.Config{Layouts: layouts, City: up, Hosts: conf.FeedHosts, Now: c.Now, Log: conf.Log})
	receiver := newIntake(conf, c, db, papers, vault, up)
	wall.intakes = receiver
	handler := httpd.New(httpd.Config{
		Core: c, View: viewer, Hall: live, Store: db, Keys: keys, Door: door, Vault: vault, Log: conf.Log,
		Statistics: visits, Pages: conf.Pages, Languages: languages.Open(cmp.Or(conf.Languages, filepath.Join(conf.Data, "languages")), conf.Log), Version: conf.Version, City: up, Webhooks: hooks, Messages: messages, Documents: papers, Layouts: layouts, Feeds: fetcher, Relay: visitors, Samples: forms, Intakes: receiver, Metrics: metrics(&hallCollector{core: c, hub: h, view: viewer, webhooks: hooks, messages: messages}, up),
		Agents: http.HandlerFunc(h.ServeAgent), Board: http.HandlerFunc(h.ServeBoard), Helped: h.AnswerHelp, Alarms: wall.alarms, Replay: wall.replay, Profiles: models, TestPrint: h.TestPrint, ResetRoll: h.ResetRoll, TryDevice: h.TryDevice,
		Saved: func(edited *hall.Hall) {
			expect(reg, edited, clock())
			h.Reset() // names and texts aren't in the log
			if up != nil {
				up.Describe()
			}
		},
	})
	var unasked fresh
	web := &http.Server{
		Handler: handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, ConnState: unasked.note,
		ErrorLog: slog.NewLogLogger(conf.Log.Handler(), slog.LevelDebug), MaxHeaderBytes: 16 << 10,
	}
	web.RegisterOnShutdown(unasked.close)
	web.RegisterOnShutdown(wall.replay.Close)
	return &Server{
		log: conf.Log, listener: listener, hall: live, core: c, hub: h, webhooks: hooks, messages: messages, documents: papers, relay: visitors, samples: forms, feeds: fetcher, intakes: receiver, board: wall, store: db, visits: visits, forecasts: forecasts, taken: chosen, uplink: up,
		http: web,
	}, nil
}

// hang makes the hall's link to its platform; nil if it has none.
func hang(conf Config, keys *access.Keys, c *core.Core, db *store.Store, live *hall.Live, vault privacy.Vault, items *uplink.Items, clock core.Clock, how func() uplink.Live) *uplink.Service {
	if conf.Platform.Hall == "" {
		return nil
	}
	return uplink.New(uplink.Config{
		Platform: conf.Platform, Dir: filepath.Join(conf.Data, "bus"), Key: []byte(keys.Secret("bus")), Queue: c, Store: db, Hall: live, Vault: vault, Now: clock, Live: how,
		Items: items, Numbers: uplink.NewNumbers(conf.Platform.Hall, db, clock, conf.Log), Log: conf.Log,
	})
}

// seenTimeout bounds how long a sign-in waits to be noted.
const seenTimeout = 2 * time.Second

// seen notes who signs in, for the administrator who wonders which accounts are
// still in use. What can't be noted keeps nobody out.
func seen(ctx context.Context, db *store.Store, clock core.Clock, log *slog.Logger) func(staff string) {
	ctx = context.WithoutCancel(ctx)
	return func(staff string) {
		ctx, cancel := context.WithTimeout(ctx, seenTimeout)
		defer cancel()
		if err := db.StaffSeen(ctx, staff, clock()); err != nil {
			log.Warn("sign-in not noted", slog.String("staff", staff), slog.Any("err", err))
		}
	}
}

// clockFrom returns the hall's clock, shifted so that it starts at start.
func clockFrom(start time.Time) core.Clock {
	if start.IsZero() {
		return time.Now
	}
	begun := time.Now()
	return func() time.Time { return start.Add(time.Since(begun)) }
}

func expect(reg *registry.Registry, h *hall.Hall, now time.Time) {
	agents := make([]link.AgentView, 0, len(h.Agents))
	for _, a := range h.Agents {
		agents = append(agents, link.AgentView{ID: a.ID, Role: link.Role(a.Role), Name: a.Name, Place: a.Place, Window: a.Window})
	}
	reg.Expect(agents, now)
}

// configure brings the hall file into the queue if it says something new.
func (s *Server) configure(ctx context.Context) error {
	config := s.hall.Hall().Queue()
	var same bool
	var err error
	s.core.Read(func(state *queue.State, _ queue.Time) { same, err = equal(state.Config, &config) })
	if err != nil || same {
		return err
	}
	if _, err := s.core.Do(ctx, core.Request{Actor: "hall", Command: queue.Configure{Config: config}}); err != nil {
		return fmt.Errorf("bring the hall file into force: %w", err)
	}
	return nil
}

func equal(a, b *queue.Config) (bool, error) {
	if a == nil {
		return false, nil
	}
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return bytes.Equal(x, y), errors.Join(errX, errY)
}

// Addr is where the hall listens.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// shutdownWait is how long requests may finish when the hall stops.
const shutdownWait = 5 * time.Second

// Run serves until ctx ends. What was accepted is made durable first.
func (s *Server) Run(ctx context.Context) error {
	group, groupCtx := errgroup.WithContext(ctx)
	coreCtx, stopCore := context.WithCancel(context.WithoutCancel(ctx))
	defer stopCore()
	group.Go(func() error { return s.core.Run(coreCtx) })
	if err := s.configure(groupCtx); err != nil {
		stopCore()
		if ctx.Err() != nil {
			err = nil // told to stop before it had begun
		}
		return errors.Join(err, group.Wait(), s.listener.Close(), s.board.Close(), s.store.Close(), s.lock.Release())
	}
	group.Go(func() error { return s.hub.Run(groupCtx) })
	group.Go(func() error { return s.webhooks.Run(groupCtx) })
	group.Go(func() error { return s.messages.Run(groupCtx) })
	group.Go(func() error { return s.documents.Run(groupCtx) })
	group.Go(func() error { return s.board.run(groupCtx) })
	group.Go(func() error { return s.relay.Run(groupCtx) })
	group.Go(func() error { return s.samples.Run(groupCtx) })
	group.Go(func() error { return s.feeds.Run(groupCtx) })
	group.Go(func() error { return s.intakes.Run(groupCtx) })
	group.Go(func() error { return s.visits.Run(groupCtx) })
	group.Go(func() error { return s.forecasts.Run(groupCtx) })
	group.Go(func() error { return s.taken.Run(groupCtx) })
	if s.uplink != nil {
		group.Go(func() error { return s.uplink.Run(groupCtx) })
	}
	group.Go(func() error {
		if err := s.http.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve: %w", err)
		}
		return nil
	})
	group.Go(func() error {
		<-groupCtx.Done()
		// Requests end before the core does, so that each gets its answer.
		defer stopCore()
		return s.stopServing(context.WithoutCancel(ctx))
	})
	s.log.Info("hall-server ready", slog.String("address", "http://"+s.Addr()))
	err := group.Wait()
	s.log.Info("hall-server stopped")
	return errors.Join(err, s.board.Close(), s.store.Close(), s.lock.Release())
}

func (s *Server) stopServing(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, shutdownWait)
	defer cancel()
	err := s.http.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		// Somebody reads very slowly. What was asked of the queue is done all the
		// same: the core stops later.
		s.log.Warn("connections were cut while stopping", slog.Duration("after", shutdownWait))
		return s.http.Close()
	}
	if err != nil {
		return errors.Join(fmt.Errorf("stop serving: %w", err), s.http.Close())
	}
	return nil
}
