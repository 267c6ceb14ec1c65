// Package webhook tells other systems what happens in the hall. The hall's log
// flows in, record by record; out goes one signed HTTP request for each event
// that a webhook wants, in the order of the log and one at a time.
//
// The log itself is the queue: a webhook keeps only how far it has come, so
// that an event costs nothing to queue and none is lost while a receiver or the
// hall is down. A delivery that fails is tried again, slower and slower, and
// holds back those behind it; after a day the webhook is suspended until
// somebody resumes it. Every event is delivered at least once: whatever was
// under way when the hall stopped comes again, under the same id.
//
// Deliveries follow the Standard Webhooks specification 1.0.0
// (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md):
// webhook-id is the receiver's idempotency key and stays the same in every
// attempt; webhook-timestamp is the attempt's Unix time in seconds;
// webhook-signature is v1,base64(HMAC-SHA256(key, id.timestamp.body)) with the
// key from a whsec_ secret; any answer of 2xx is a success, 410 ends the
// webhook, redirects aren't followed.
package webhook

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"

	"smarthall/hall-server/internal/core"
	"smarthall/hall-server/internal/queue"
	"smarthall/hall-server/internal/store"
	"smarthall/hall-server/internal/view"
)

// Hall is where records come from; core.Core.
type Hall interface {
	Seq() uint64
	Since(seq uint64) ([]core.Record, bool)
	Watch() (<-chan struct{}, func())
	Read(f func(s *queue.State, now queue.Time))
	Now() time.Time
}

// Store keeps webhooks and the older records; store.Store.
type Store interface {
	Webhooks(ctx context.Context) ([]store.Webhook, error)
	AddWebhook(ctx context.Context, w store.Webhook) error
	SaveWebhook(ctx context.Context, id string, p store.WebhookProgress) error
	RemoveWebhook(ctx context.Context, id string) error
	Records(ctx context.Context, seq uint64, limit int) ([]core.Record, error)
	CountEvents(ctx context.Context, seq uint64, part int, types []string) (int, error)
	Ticket(ctx context.Context, id queue.TicketID) (store.PastTicket, bool, error)
}

// Pace is how fast a webhook works. Zero values mean the defaults.
type Pace struct {
	// Timeout bounds an attempt, from the name's look-up to the answer [10 s].
	Timeout time.Duration
	// First is the wait after the first failure [2 s]; it doubles up to Most
	// [30 min]. A wait is drawn between a half and the whole of it.
	First, Most time.Duration
	// GiveUp is how long one delivery may fail before the webhook is suspended
	// [24 h], unless it was tried less than 20 times.
	GiveUp time.Duration
	// Save is how often the way through the log is kept while all goes well
	// [1 s]; what a crash forgets of it is delivered again.
	Save time.Duration
}

func (p Pace) withDefaults() Pace {
	return Pace{
		Timeout: cmp.Or(p.Timeout, 10*time.Second), First: cmp.Or(p.First, 2*time.Second), Most: cmp.Or(p.Most, 30*time.Minute),
		GiveUp: cmp.Or(p.GiveUp, 24*time.Hour), Save: cmp.Or(p.Save, time.Second),
	}
}

// Config is what a Service needs.
type Config struct {
	Core  Hall
	Store Store
	View  *view.Viewer
	Log   *slog.Logger
	Pace  Pace
	// Client reaches receivers; nil means one that refuses addresses which no
	// receiver has.
	Client *http.Client
}

// maxWebhooks is how many webhooks a hall may have.
const maxWebhooks = 32

// Service is the hall's webhooks. Make it with Open, then Run it; its other
// methods may be called from anywhere.
type Service struct {
	conf   Config
	pace   Pace
	client *http.Client
	// changed tells Run that a webhook may need a worker.
	changed chan struct{}

	mu    sync.Mutex
	hooks map[string]*hook // guarded by mu
}

// hook is one webhook at work.
type hook struct {
	store.Webhook // but for its progress constant
	secret        Secret
	wants         map[string]bool
	// turn is held by whoever sends.
	turn chan struct{}
	// nudge ends a wait for the next attempt.
	nudge  chan struct{}
	saving sync.Mutex // held by whoever saves; before mu

	mu       sync.Mutex
	progress store.WebhookProgress // guarded by mu
	working  bool                  // guarded by mu
	removed  bool                  // guarded by mu
	cancel   context.CancelFunc    // guarded by mu; nil while not working
}

// Open loads the webhooks.
func Open(ctx context.Context, conf Config) (*Service, error) {
	s := &Service{
		conf: conf, pace: conf.Pace.withDefaults(), client: conf.Client,
		changed: make(chan struct{}, 1), hooks: make(map[string]*hook),
	}
	if s.client == nil {
		s.client = newClient()
	}
	saved, err := conf.Store.Webhooks(ctx)
	if err != nil {
		return nil, err
	}
	for _, w := range saved {
		h, err := newHook(w)
		if err != nil {
			return nil, err
		}
		s.hooks[w.ID] = h
	}
	return s, nil
}

func newHook(w store.Webhook) (*hook, error) {
	secret, err := ParseSecret(w.Secret)
	if err != nil {
		return nil, fmt.Errorf("webhook %s: %w", w.ID, err)
	}
	h := &hook{
		Webhook: w, secret: secret, progress: w.WebhookProgress,
		turn: make(chan struct{}, 1), nudge: make(chan struct{}, 1),
	}
	if len(w.Events) > 0 {
		h.wants = make(map[string]bool, len(w.Events))
		for _, e := range w.Events {
			h.wants[e] = true
		}
	}
	return h, nil
}

// wanted tells whether h gets events of this type.
func (h *hook) wanted(eventType string) bool { return h.wants == nil || h.wants[eventType] }

// Registration is what somebody registers.
type Registration struct {
	URL string
	// Events are the wanted types; none means all.
	Events []string
	// Secret is whsec_…; empty means that one is made.
	Secret string
	// Creator registers it; Key is its idempotency key, or empty.
	Creator, Key string
}

// Register keeps a webhook that begins with the next record. It returns the
// secret, and whether the same had been registered before under r.Key. The
// error is a *queue.Refusal if r isn't good.
func (s *Service) Register(ctx context.Context, r Registration) (status Status, secret Secret, replayed bool, err error) {
	if secret, err = r.check(); err != nil {
		return Status{}, Secret{}, false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if old := s.byKey(r); old != nil {
		if old.URL != r.URL || !slices.Equal(old.Events, r.Events) || (r.Secret != "" && r.Secret != old.secret.Text()) {
			return Status{}, Secret{}, false, queue.Refuse(queue.Conflict, "key.reused", "key", r.Key)
		}
		status, err = s.status(ctx, old)
		return status, old.secret, true, err
	}
	if len(s.hooks) >= maxWebhooks {
		return Status{}, Secret{}, false, queue.Refuse(queue.Conflict, "webhook.limit", "max", fmt.Sprint(maxWebhooks))
	}
	h, err := newHook(store.Webhook{
		ID: ulid.Make().String(), URL: r.URL, Events: r.Events, Secret: secret.Text(), Creator: r.Creator, Key: r.Key,
		Created: time.Now().UTC(), WebhookProgress: store.WebhookProgress{Seq: s.conf.Core.Seq()},
	})
	if err != nil {
		return Status{}, Secret{}, false, err
	}
	if err := s.conf.Store.AddWebhook(ctx, h.Webhook); err != nil {
		return Status{}, Secret{}, false, err
	}
	s.hooks[h.ID] = h
	s.wake()
	s.conf.Log.Info("webhook registered", slog.String("webhook", h.ID), slog.String("by", r.Creator))
	return h.status(0), secret, false, nil
}

// check returns the secret of r, made if need be, or why r is refused.
func (r Registration) check() (Secret, error) {
	if err := checkURL(r.URL); err != nil {
		code := "webhook.url-invalid"
		if errors.Is(err, errAddress) {
			code = string(FailedAddress)
		}
		return Secret{}, fmt.Errorf("%w: %w", queue.Refuse(queue.Invalid, code), err)
	}
	for _, e := range r.Events {
		if !known(e) {
			return Secret{}, queue.Refuse(queue.Invalid, "webhook.event-unknown", "event", e)
		}
	}
	if r.Secret == "" {
		return NewSecret(), nil
	}
	secret, err := ParseSecret(r.Secret)
	if err != nil {
		return Secret{}, fmt.Errorf("%w: %w", queue.Refuse(queue.Invalid, "webhook.secret-invalid"), err)
	}
	return secret, nil
}

// byKey returns what was registered under r's key. s.mu is held.
func (s *Service) byKey(r Registration) *hook {
	for _, h := range s.hooks {
		if r.Key != "" && h.Key == r.Key && h.Creator == r.Creator {
			return h
		}
	}
	return nil
}

// all returns the webhooks in the order of their registration.
func (s *Service) all() []*hook {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]*hook, 0, len(s.hooks))
	for _, h := range s.hooks {
		out = append(out, h)
	}
	slices.SortFunc(out, func(a, b *hook) int { return strings.Compare(a.ID, b.ID) }) // ids begin with their time
	return out
}

// find returns a webhook or a refusal.
func (s *Service) find(id string) (*hook, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if h := s.hooks[id]; h != nil {
		return h, nil
	}
	return nil, queue.Refuse(queue.NotFound, "webhook.unknown")
}

// Remove ends a webhook; a request that is under way is broken off.
func (s *Service) Remove(ctx context.Context, id string) error {
	h, err := s.find(id)
	if err != nil {
		return err
	}
	if err := s.conf.Store.RemoveWebhook(ctx, id); err != nil {
		return err
	}
	s.forget(h)
	return nil
}

// forget lets go of h, which the store has no more.
func (s *Service) forget(h *hook) {
	s.mu.Lock()
	delete(s.hooks, h.ID)
	s.mu.Unlock()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.removed = true
	if h.cancel != nil {
		h.cancel()
	}
}

// Resume lets a suspended webhook go on where it stopped; one that waits for
// its next attempt makes it now.
func (s *Service) Resume(ctx context.Context, id string) (Status, error) {
	h, err := s.find(id)
	if err != nil {
		return Status{}, err
	}
	h.move(func(p *store.WebhookProgress) {
		p.Suspended, p.FailingSince, p.NextTry, p.Attempts = time.Time{}, time.Time{}, time.Time{}, 0
	})
	if err := h.save(ctx, s.conf.Store); err != nil {
		return Status{}, err
	}
	h.hurry()
	s.wake()
	return s.status(ctx, h)
}

// Test sends a webhook.test event at once, whatever the webhook's state, and
// returns what came of it. If the receiver took it, a delivery that waits for
// its next attempt is made now.
func (s *Service) Test(ctx context.Context, id string) (Attempt, error) {
	h, err := s.find(id)
	if err != nil {
		return Attempt{}, err
	}
	event := Event{Type: TypeTest, At: s.conf.Core.Now().UTC()}
	s.conf.Core.Read(func(state *queue.State, _ queue.Time) { event.Day = string(state.Day) })
	body, err := encode(event)
	if err != nil {
		return Attempt{}, err
	}
	out, err := s.send(ctx, h, "msg_"+h.ID+"_test_"+ulid.Make().String(), body)
	if err == nil && out.OK() {
		h.hurry()
	}
	return out, err
}

// hurry ends a wait for the next attempt.
func (h *hook) hurry() {
	select {
	case h.nudge <- struct{}{}:
	default:
	}
}

// wake tells Run to look for work.
func (s *Service) wake() {
	select {
	case s.changed <- struct{}{}:
	default:
	}
}
