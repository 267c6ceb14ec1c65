// Package uplink makes the hall a node of a platform. The hall's log flows up:
// record by record, each event that the platform needs is published into a
// stream on the hall's own disk, from where the platform takes it when the link
// is up. What the platform publishes for the hall flows down: appointments into
// the queue, items, notices, laws and ranges of numbers into tables.
//
// The hall works on while the link or the platform is away. Nothing is lost or
// done twice: upward the log itself is the queue, with a cursor and ids that
// stay the same when a crash makes an event be sent again; downward the cursor
// is kept with the mark that the event was taken, and commands to the queue
// carry the event's id as their key.
package uplink

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"smarthall/hall-server/internal/core"
	"smarthall/hall-server/internal/hall"
	"smarthall/hall-server/internal/queue"
	"smarthall/hall-server/internal/store"
	"smarthall/internal/bus"
	"smarthall/internal/privacy"
)

// Queue is the hall's queue; core.Core.
type Queue interface {
	Do(ctx context.Context, req core.Request) (core.Result, error)
	Read(f func(s *queue.State, now queue.Time))
	Seq() uint64
	Since(seq uint64) ([]core.Record, bool)
	Watch() (<-chan struct{}, func())
}

// Store keeps how far the hall and the platform have heard each other;
// store.Store.
type Store interface {
	Uplink(ctx context.Context, first store.Uplink) (store.Uplink, error)
	FirstOf(ctx context.Context, days int) (uint64, error)
	RenewUplink(ctx context.Context, epoch string) error
	SaveSent(ctx context.Context, seq uint64) error
	Records(ctx context.Context, seq uint64, limit int) ([]core.Record, error)
	Taken(ctx context.Context, id string) (bool, error)
	SaveDown(ctx context.Context, d *store.Down) error
	SweepUplink(ctx context.Context, now time.Time) error
	Announcements(ctx context.Context) ([]store.Announcement, error)
	IntakeAnnounced(ctx context.Context, id string) error
	AnnounceAgain(ctx context.Context) error
	ItemStore
	NumberStore
}

// Config is what New needs.
type Config struct {
	// Platform is where the platform is, and who the hall is there.
	Platform Platform
	// Dir is the folder of the hall's stream.
	Dir string
	// Key encrypts the hall's stream at rest.
	Key   []byte
	Queue Queue
	Store Store
	Hall  *hall.Live
	Vault privacy.Vault
	// Items and Numbers get what comes down.
	Items   *Items
	Numbers *Numbers
	Log     *slog.Logger
	// Now is the hall's clock, which events are stamped with; nil: the
	// machine's.
	Now func() time.Time
	// Live says how the hall is right now; nil: the platform isn't told.
	Live func() Live
	// Save is how often the way through the log is kept while all goes well;
	// zero means every half second. What a crash forgets of it is sent again,
	// under the same ids.
	Save time.Duration
}

// Platform is where the platform is, and who the hall is there.
type Platform struct {
	// Hall is the hall's id on the platform.
	Hall string
	url  string // with the hall's token
}

// ParsePlatform reads an address such as nats-leaf://hall:token@host:7422, or
// tls://… where the link is encrypted. The error doesn't show it: it holds a
// secret.
func ParsePlatform(address string) (Platform, error) {
	u, err := url.Parse(address)
	if err != nil {
		return Platform{}, errPlatform
	}
	token, ok := u.User.Password()
	_, port, err := net.SplitHostPort(u.Host)
	if u.Scheme != "nats-leaf" && u.Scheme != "tls" || !ok || token == "" || err != nil || port == "" ||
		u.Hostname() == "" || u.Path != "" || u.RawQuery != "" || u.Fragment != "" || !validHall(u.User.Username()) {
		return Platform{}, errPlatform
	}
	return Platform{Hall: u.User.Username(), url: address}, nil
}

var errPlatform = errors.New("the platform's address must be nats-leaf://hall:token@host:port or tls://hall:token@host:port")

func validHall(id string) bool {
	other := func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' }
	return len(id) >= 2 && len(id) <= 40 && !strings.ContainsFunc(id, other)
}

// Token is the hall's secret on the platform; empty without one.
func (p Platform) Token() string {
	u, err := url.Parse(p.url)
	if err != nil || u.User == nil {
		return ""
	}
	token, _ := u.User.Password()
	return token
}

// domain is the hall's name on the bus.
func (p Platform) domain() string { return "hall-" + p.Hall }

// platformDomain is the platform's.
const platformDomain = "platform"

// Service is the hall's side of the link. Make it with New, then Run it; its
// other methods may be called from anywhere.
type Service struct {
	conf Config
	// described asks to say anew what the hall is.
	described chan struct{}
	// announced asks to announce intakes; news tells that there may be some.
	announced chan struct{}
	news      atomic.Bool
	rewinds   chan rewind // what the platform has missed
	// sent is the last record whose events the stream has; past the cursor that
	// is kept by what a crash would send again.
	sent  atomic.Uint64
	epoch string // set by Run before anything is sent

	mu     sync.Mutex
	bus    *bus.Bus          // nil while none runs; guarded by mu
	counts map[string]uint64 // events by direction and outcome; guarded by mu
}

// New returns a link that begins when it is run.
func New(conf Config) *Service {
	if conf.Save == 0 {
		conf.Save = 500 * time.Millisecond
	}
	if conf.Now == nil {
		conf.Now = time.Now
	}
	s := &Service{conf: conf, described: make(chan struct{}, 1), announced: make(chan struct{}, 1), rewinds: make(chan rewind), counts: make(map[string]uint64)}
	s.news.Store(true) // an earlier process may have left some
	return s
}

// Numbers are those that the platform granted the hall.
func (s *Service) Numbers() *Numbers { return s.conf.Numbers }

// Describe says anew what the hall is: its file has changed.
func (s *Service) Describe() { poke(s.described) }

// Announce tells that there is an intake to be announced: before anything else
// happens in its visit, so that its event stands in the visit's order.
func (s *Service) Announce() {
	s.news.Store(true)
	poke(s.announced)
}

func poke(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default: // it knows already
	}
}

// Waits of the link.
const (
	againWait  = time.Second      // after the disk or the queue failed
	startAgain = 10 * time.Second // after the stream couldn't be opened
	sweepEvery = 6 * time.Hour
	saveWait   = 5 * time.Second // bounds the last save of a hall that stops
)

// Run links the hall to the platform until ctx ends. A hall serves people
// without a platform too: what goes wrong is logged and tried again.
func (s *Service) Run(ctx context.Context) error {
	for {
		err := s.run(ctx)
		if ctx.Err() != nil {
			return nil
		}
		s.conf.Log.Error("the platform isn't reached for now", slog.Any("error", err))
		if !sleep(ctx, startAgain) {
			return nil
		}
	}
}

// sleep waits for d; false means that ctx ended.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// run links the hall until ctx ends or something has to be begun anew.
func (s *Service) run(ctx context.Context) error {
	at, err := s.begin(ctx)
	if err != nil {
		return err
	}
	b, err := bus.Start(bus.Config{Domain: s.conf.Platform.domain(), Dir: s.conf.Dir, Key: s.conf.Key, Hub: s.conf.Platform.url, Log: s.conf.Log})
	if err != nil {
		return err
	}
	defer func() {
		s.use(nil)
		if err := b.Close(); err != nil {
			s.conf.Log.Warn("the hall's stream wasn't closed well", slog.Any("error", err))
		}
	}()
	if err := b.Ensure(ctx, bus.StreamUp); err != nil {
		return err
	}
	s.use(b)
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() { s.sweep(ctx) })
	wg.Go(func() { s.tellLive(ctx) })
	wg.Go(func() {
		cursor := bus.Cursor{Epoch: at.DownEpoch, Seq: at.DownSeq}
		err := b.Follow(ctx, platformDomain, bus.StreamFor(s.conf.Platform.domain()), cursor, func(ctx context.Context, m bus.Message) error {
			return s.take(ctx, b, m)
		})
		if err != nil {
			s.conf.Log.Error("the platform isn't followed", slog.Any("error", err))
		}
	})
	s.up(ctx, b)
	return ctx.Err()
}

// begin finds out how far the link is. A hall that is linked for the first time
// begins with the open day. Where the stream is gone, the database may have
// been brought back from a copy: its log counts again what was sent before, and
// its numbers may have been given out.
func (s *Service) begin(ctx context.Context) (store.Uplink, error) {
	first, err := s.conf.Store.FirstOf(ctx, 1)
	if err != nil {
		return store.Uplink{}, err
	}
	epoch := newEpoch()
	at, err := s.conf.Store.Uplink(ctx, store.Uplink{Epoch: epoch, Sent: first})
	if err != nil {
		return at, err
	}
	if _, err := os.Stat(s.conf.Dir); errors.Is(err, fs.ErrNotExist) && at.Epoch != epoch {
		s.conf.Log.Warn("the stream to the platform is begun anew")
		if err := s.conf.Store.RenewUplink(ctx, epoch); err != nil {
			return at, err
		}
		at.Epoch = epoch
	}
	s.epoch = at.Epoch
	s.sent.Store(at.Sent)
	return at, nil
}

func newEpoch() string {
	raw := make([]byte, 5)
	_, _ = rand.Read(raw) // it never fails
	return strings.ToLower(base32.StdEncoding.EncodeToString(raw))
}

// sweep forgets old events now and then.
func (s *Service) sweep(ctx context.Context) {
	for {
		if err := s.conf.Store.SweepUplink(ctx, time.Now()); err != nil && ctx.Err() == nil {
			s.conf.Log.Warn("old events stay", slog.Any("error", err))
		}
		if !sleep(ctx, sweepEvery) {
			return
		}
	}
}

func (s *Service) use(b *bus.Bus) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bus = b
}

// Status is how the link fares.
type Status struct {
	// Linked tells whether the platform is reached now.
	Linked bool
	// Behind is how many records of the log aren't in the stream yet.
	Behind uint64
}

// Status tells how the link fares.
func (s *Service) Status() Status {
	s.mu.Lock()
	b := s.bus
	s.mu.Unlock()
	out := Status{Linked: b != nil && b.Linked()}
	if sent, last := s.sent.Load(), s.conf.Queue.Seq(); last > sent {
		out.Behind = last - sent
	}
	return out
}

func (s *Service) count(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts[what]++
}
