package message

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"smarthall/hall-server/internal/core"
	"smarthall/hall-server/internal/queue"
	"smarthall/internal/privacy"
)

// Config is what New needs.
type Config struct {
	Core  *core.Core
	Table Table
	Vault privacy.Vault
	Log   *slog.Logger
	// Settings are those in force.
	Settings func() Settings
	// Vars are what templates may say of t. It runs inside the core's lock.
	Vars func(s *queue.State, t *queue.Ticket, now queue.Time) Vars
	// Client reaches gateways; nil means one of its own.
	Client *http.Client
	// Retry says how often faults are tried again; zero means the usual.
	Retry Retry
	// Look is how often the table is looked at without a reason; zero means
	// every second.
	Look time.Duration
}

// Retry is the patience with a provider.
type Retry struct {
	// First is the pause after the first fault; each further one is twice as
	// long, up to Most.
	First, Most time.Duration
	// Tries is how often a message is handed over at most.
	Tries int
}

// usual is the patience of halls.
var usual = Retry{First: 5 * time.Second, Most: 5 * time.Minute, Tries: 6}

// after is the pause after the n-th try.
func (r Retry) after(n int) time.Duration {
	pause := r.First
	for range n - 1 {
		if pause >= r.Most {
			break
		}
		pause *= 2
	}
	return min(pause, r.Most)
}

// Service follows the hall's log and sends messages. Make it with New, then
// Run it.
type Service struct {
	conf   Config
	client *http.Client
	// wake tells the sender of new work.
	wake chan struct{}

	mu      sync.Mutex
	choices map[choiceKey]bool // of today, guarded by mu
	// early are receipts that came before the answer that names the message;
	// guarded by mu.
	early map[string]Receipt
	// saving makes a receipt and an answer about one message come one by one.
	saving sync.Mutex

	// handed and failed count what providers took and didn't since the start.
	handed, failed atomic.Int64
}

// Sent is how many messages providers took since the start of the program, and
// how many attempts failed.
func (s *Service) Sent() (handed, failed int64) { return s.handed.Load(), s.failed.Load() }

type choiceKey struct {
	ticket  queue.TicketID
	channel Channel
}

// New returns a Service that Run starts.
func New(conf Config) *Service {
	if conf.Retry == (Retry{}) {
		conf.Retry = usual
	}
	conf.Look = cmp.Or(conf.Look, time.Second)
	client := conf.Client
	if client == nil {
		client = &http.Client{Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: senders, IdleConnTimeout: time.Minute,
		}}
	}
	return &Service{
		conf: conf, client: client, wake: make(chan struct{}, 1),
		choices: make(map[choiceKey]bool), early: make(map[string]Receipt),
	}
}

// Run follows and sends until ctx ends. It returns nil after a clean stop. A
// fault of the table is logged and tried again: messages never stop a hall.
func (s *Service) Run(ctx context.Context) error {
	defer s.client.CloseIdleConnections()
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { s.follow(ctx); return nil })
	group.Go(func() error { s.send(ctx); return nil })
	return group.Wait()
}

// Settings are those in force.
func (s *Service) Settings() Settings { return s.conf.Settings() }

// Choose stores a citizen's wish for one ticket and channel.
func (s *Service) Choose(ctx context.Context, c Choice) error {
	if err := s.conf.Table.SetChoice(ctx, c); err != nil {
		return fmt.Errorf("store a citizen's choice: %w", err)
	}
	s.mu.Lock()
	s.choices[choiceKey{c.Ticket, c.Channel}] = c.Wanted
	s.mu.Unlock()
	return nil
}

// Offer tells whether messages can go to t by c, so that its holder may choose,
// and whether they do.
func (s *Service) Offer(t *queue.Ticket, zone string, c Channel) (possible, wanted bool) {
	settings := s.conf.Settings()
	conf := settings.Channel(c)
	if t.Person.Sealed == "" || !conf.carries(Called, zone) {
		return false, false
	}
	return true, s.wants(conf, t.ID, c)
}

// wants tells what the holder of a ticket chose, or the hall for those who did
// not.
func (s *Service) wants(conf *ChannelSettings, ticket queue.TicketID, c Channel) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if wanted, chosen := s.choices[choiceKey{ticket, c}]; chosen {
		return wanted
	}
	return conf.Unasked
}

// List returns messages, the newest first.
func (s *Service) List(ctx context.Context, f Filter) ([]Message, error) {
	list, err := s.conf.Table.Messages(ctx, f)
	if err != nil {
		return nil, fmt.Errorf("list messages: %w", err)
	}
	return list, nil
}

// Again sends a message that failed or was dropped once more, if its moment
// hasn't passed. The error is ErrUnknown or ErrState if it can't be.
func (s *Service) Again(ctx context.Context, id string) (Message, error) {
	s.saving.Lock()
	defer s.saving.Unlock()
	m, err := s.conf.Table.Message(ctx, id)
	if err != nil {
		return m, fmt.Errorf("send a message again: %w", err)
	}
	if m.State != Failed && m.State != Dropped {
		return m, ErrState
	}
	now := s.now()
	m.State, m.Reason, m.Receipt, m.Due, m.Changed = Pending, "", "", now, now
	m.Attempts = 0
	m.Expires = max(m.Expires, now.Add(life))
	if err := s.conf.Table.SaveMessages(ctx, []Message{m}); err != nil {
		return m, fmt.Errorf("send a message again: %w", err)
	}
	s.rouse()
	return m, nil
}

// maxEarly bounds the receipts that are kept for answers under way.
const maxEarly = 1000

// Receive stores what a provider reports of a message, by its own id of it or
// by ours. ErrUnknown means that there is no such message yet: the receipt is
// kept for a moment, because a fast gateway reports before it has answered.
func (s *Service) Receive(ctx context.Context, r Receipt) error {
	s.saving.Lock()
	defer s.saving.Unlock()
	m, err := s.conf.Table.MessageByReceipt(ctx, r.ID)
	if errors.Is(err, ErrUnknown) {
		m, err = s.conf.Table.Message(ctx, r.ID)
	}
	if errors.Is(err, ErrUnknown) {
		s.mu.Lock()
		if len(s.early) >= maxEarly {
			clear(s.early)
		}
		s.early[r.ID] = r
		s.mu.Unlock()
	}
	if err != nil {
		return fmt.Errorf("store a receipt: %w", err)
	}
	if m.State == Delivered || m.State == r.State {
		return nil // said before, or too late to be true
	}
	m.State, m.Reason, m.Changed = r.State, s.withoutNumber(m, r.Reason), s.now()
	if err := s.conf.Table.SaveMessages(ctx, []Message{m}); err != nil {
		return fmt.Errorf("store a receipt: %w", err)
	}
	s.conf.Log.Info("message reported", slog.String("message", m.ID), slog.String("state", string(m.State)))
	return nil
}

func (s *Service) takeEarly(id string) (Receipt, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.early[id]
	delete(s.early, id)
	return r, ok && id != ""
}

func (s *Service) now() queue.Time { return queue.TimeOf(s.conf.Core.Now()) }

// rouse tells the sender to look.
func (s *Service) rouse() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}
