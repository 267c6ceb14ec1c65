package uplink_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"smarthall/hall-server/internal/core"
	"smarthall/hall-server/internal/hall"
	"smarthall/hall-server/internal/queue"
	"smarthall/hall-server/internal/store"
	"smarthall/hall-server/internal/uplink"
	"smarthall/internal/bus"
	"smarthall/internal/privacy"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		// The embedded server forgets a stream that is made while it shuts down,
		// and its clock then.
		goleak.IgnoreAnyFunction("github.com/nats-io/nats-server/v2/server.(*fileStore).flushStreamStateLoop"),
		goleak.IgnoreAnyFunction("github.com/nats-io/nats-server/v2/server/ats.Register.func1"))
}

// opening is a Monday at nine in the demo hall's time zone.
var opening = time.Date(2026, 11, 23, 9, 0, 0, 0, time.FixedZone("CST", 8*60*60))

// Whoever comes in these tests.
const (
	idNumber = "11010519491231002X"
	phone    = "13800138000"
	name     = "王小明"
)

var vault = privacy.NewVault([]byte(strings.Repeat("k", 32)))

// platform is the other end: a bus with the hall's stream, and a follower of
// what the hall says.
type platform struct {
	testing.TB
	bus  *bus.Bus
	addr string

	mu    sync.Mutex
	heard []uplink.Event // guarded by mu
}

func newPlatform(t testing.TB, keep ...bus.Keep) *platform {
	t.Helper()
	var bounds bus.Keep
	if len(keep) > 0 {
		bounds = keep[0]
	}
	b, err := bus.Start(bus.Config{
		Keep:   bounds,
		Domain: "platform", Dir: t.TempDir(), Key: make([]byte, 32), Leaves: "127.0.0.1:0", Log: slog.New(slog.DiscardHandler),
		Admit: func(user, password string) (string, bool) { return "hall-" + user, password == "token" },
	})
	if err != nil {
		t.Fatal(err)
	}
	p := &platform{TB: t, bus: b, addr: b.LeavesAddr()}
	if err := b.Ensure(t.Context(), bus.StreamFor("hall-east")); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var follower sync.WaitGroup
	follower.Go(func() { _ = b.Follow(ctx, "hall-east", bus.StreamUp, bus.Cursor{}, p.take) })
	t.Cleanup(func() {
		cancel()
		follower.Wait()
		if err := b.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return p
}

func (p *platform) take(_ context.Context, m bus.Message) error {
	if m.Lost > 0 {
		p.Errorf("%d events of the hall are lost", m.Lost)
		return nil
	}
	var e uplink.Event
	if err := json.Unmarshal(m.Data, &e); err != nil || e.ID != strings.Split(m.ID, "~")[0] || e.Type != m.Topic {
		p.Errorf("the hall said %s under %s %s: %v", m.Data, m.Topic, m.ID, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.heard = append(p.heard, e)
	return nil
}

// all are the events heard whose type begins with prefix.
func (p *platform) all(prefix string) (list []uplink.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range p.heard {
		if strings.HasPrefix(e.Type, prefix) {
			list = append(list, e)
		}
	}
	return list
}

// say publishes an event for the hall.
func (p *platform) say(id, kind, subject string, body any) {
	p.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		p.Fatal(err)
	}
	e, err := json.Marshal(uplink.Event{ID: id, Hall: "east", Type: kind, Subject: subject, At: opening, Data: data})
	if err != nil {
		p.Fatal(err)
	}
	p.raw(kind, id, e)
}

func (p *platform) raw(topic, id string, data []byte) {
	p.Helper()
	if err := p.bus.Publish(p.Context(), bus.StreamFor("hall-east"), topic, id, data); err != nil {
		p.Fatal(err)
	}
}

func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never came: %s", what)
		}
	}
}

// fixture is a hall whose data outlive restarts.
type fixture struct {
	testing.TB
	dir, address string
	// alone leaves the link out.
	alone bool
	// spoil puts something between the link and its store.
	spoil func(*store.Store) uplink.Store
	// says is how the hall is right now.
	says func() uplink.Live

	mu  sync.Mutex
	now time.Time // guarded by mu

	store   *store.Store
	core    *core.Core
	live    *hall.Live
	items   *uplink.Items
	numbers *uplink.Numbers
	link    *uplink.Service
	stop    func()
}

// newFixture starts a hall that is linked to p; nil links it to nobody.
func newFixture(t testing.TB, p *platform) *fixture {
	t.Helper()
	f := &fixture{TB: t, dir: t.TempDir(), now: opening, address: "nats-leaf://east:token@127.0.0.1:9"}
	if p != nil {
		f.address = "nats-leaf://east:token@" + p.addr
	}
	f.start()
	t.Cleanup(func() { f.stop() })
	return f
}

func (f *fixture) clock() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}

// set sets the hall's clock.
func (f *fixture) set(now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = now
}

// start begins, or goes on with, the hall.
func (f *fixture) start() {
	f.Helper()
	must := func(err error) {
		f.Helper()
		if err != nil {
			f.Fatal(err)
		}
	}
	quiet := slog.New(slog.DiscardHandler)
	var err error
	f.store, err = store.Open(f.Context(), filepath.Join(f.dir, "hall.db"))
	must(err)
	f.live, err = hall.Open(filepath.Join(f.dir, "hall.yaml"), hall.Demo)
	must(err)
	f.core, err = core.Open(f.Context(), core.Config{
		Journal: f.store, Clock: f.clock, Log: quiet,
		Promise: func(*queue.State, queue.ServiceID, int, queue.Time) queue.Promise { return queue.Promise{} },
	})
	must(err)
	f.items, err = uplink.OpenItems(f.Context(), f.store)
	must(err)
	f.numbers = uplink.NewNumbers("east", f.store, f.clock, quiet)
	at, err := uplink.ParsePlatform(f.address)
	must(err)
	var kept uplink.Store = f.store
	if f.spoil != nil {
		kept = f.spoil(f.store)
	}
	f.link = uplink.New(uplink.Config{
		Platform: at, Dir: filepath.Join(f.dir, "bus"), Key: make([]byte, 32), Queue: f.core, Store: kept, Hall: f.live, Vault: vault,
		Items: f.items, Numbers: f.numbers, Now: f.clock, Live: f.says, Log: quiet, Save: 10 * time.Millisecond,
	})
	coreCtx, stopCore := context.WithCancel(context.Background())
	linkCtx, stopLink := context.WithCancel(context.Background())
	var running, linked sync.WaitGroup
	running.Go(func() {
		if err := f.core.Run(coreCtx); err != nil {
			f.Errorf("core: %v", err)
		}
	})
	linked.Go(func() {
		if f.alone {
			return
		}
		if err := f.link.Run(linkCtx); err != nil {
			f.Errorf("link: %v", err)
		}
	})
	db := f.store
	f.stop = sync.OnceFunc(func() {
		stopLink()
		linked.Wait()
		stopCore()
		running.Wait()
		if err := db.Close(); err != nil {
			f.Errorf("close: %v", err)
		}
	})
	configured := false
	f.core.Read(func(s *queue.State, _ queue.Time) { configured = s.Config != nil })
	if !configured {
		f.do(queue.Configure{Config: f.live.Hall().Queue()})
	}
}

func (f *fixture) restart() {
	f.Helper()
	f.stop()
	f.start()
}

// do runs a command that has to succeed.
func (f *fixture) do(cmd queue.Command) core.Result {
	f.Helper()
	r, err := f.core.Do(f.Context(), core.Request{Actor: "admin:test", Command: cmd})
	if err != nil {
		f.Fatal(err)
	}
	return r
}

// appointment is the one with the id; ok is false if the hall has none.
func (f *fixture) appointment(id string) (a queue.Appointment, ok bool) {
	f.core.Read(func(s *queue.State, _ queue.Time) {
		if has := s.Appointments[queue.AppointmentID(id)]; has != nil {
			a, ok = *has, true
		}
	})
	return a, ok
}

// booking is the body of appointment.booked, with a slot that begins so long
// after the opening.
func booking(id string, after time.Duration) map[string]any {
	return map[string]any{
		"id": id, "code": "code-" + id, "service": "tax", "from": opening.Add(after), "to": opening.Add(after + 30*time.Minute), "via": "portal",
		"person": map[string]any{"name": name, "idNumber": idNumber, "phone": phone},
	}
}
