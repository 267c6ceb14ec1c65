package alarm

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"testing"
	"time"

	"smarthall/hall-server/internal/hall"
	"smarthall/hall-server/internal/queue"
	"smarthall/hall-server/internal/registry"
	"smarthall/hall-server/internal/view"
	"smarthall/internal/link"
)

// quietCore is a hall in which nothing is committed.
type quietCore struct{ state *queue.State }

func (c *quietCore) Read(f func(*queue.State, queue.Time)) { f(c.state, queue.TimeOf(time.Now())) }
func (c *quietCore) Now() time.Time                        { return time.Now() }
func (c *quietCore) Watch() (<-chan struct{}, func())      { return nil, func() {} }

// memory is a table that forgets nothing.
type memory struct {
	mu   sync.Mutex
	kept map[string]Alarm
}

func (m *memory) SaveAlarms(_ context.Context, list []Alarm) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, a := range list {
		m.kept[a.ID] = a
	}
	return nil
}
func (m *memory) OpenAlarms(context.Context) ([]Alarm, error)                   { return nil, nil }
func (m *memory) Alarms(context.Context, time.Time, time.Time) ([]Alarm, error) { return nil, nil }

// watched is a service that looks at a demo hall by itself only every hour.
func watched(t *testing.T) (*Service, *registry.Registry, <-chan struct{}) {
	t.Helper()
	live, err := hall.Open(t.TempDir()+"/hall.yaml", hall.Demo)
	if err != nil {
		t.Fatal(err)
	}
	state, now := queue.NewState(), queue.TimeOf(time.Now())
	events, err := queue.Decide(state, queue.Configure{Config: live.Hall().Queue()}, now)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		if err := queue.Apply(state, e, now); err != nil {
			t.Fatal(err)
		}
	}
	reg := registry.New()
	changed := make(chan struct{}, 100)
	s := New(Config{
		Core: &quietCore{state}, View: &view.Viewer{Hall: live, Registry: reg}, Hall: live,
		Table: &memory{kept: map[string]Alarm{}}, Log: slog.New(slog.DiscardHandler), Every: time.Hour,
		Changed: func() { changed <- struct{}{} },
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return s, reg, changed
}

func ringing(s *Service, kind Kind) *link.AlarmView {
	for _, a := range s.Ringing().Alarms {
		if a.Kind == string(kind) {
			return &a
		}
	}
	return nil
}

// await waits until the service tells of an alarm of kind, or of none.
func await(t *testing.T, s *Service, changed <-chan struct{}, kind Kind, rings bool) {
	t.Helper()
	late := time.After(time.Minute)
	for (ringing(s, kind) != nil) != rings {
		select {
		case <-changed:
		case <-late:
			t.Fatalf("rings %v, want %v: %+v", !rings, rings, s.Ringing())
		}
	}
}

func TestADeviceRingsWhenItIsDueAndNotAtTheNextRound(t *testing.T) {
	s, reg, changed := watched(t)
	await(t, s, changed, Help, false)
	reg.Connected(link.Hello{Agent: "kiosk-1", Role: link.RoleKiosk}, "", time.Now())
	reg.Device("kiosk-1", link.DeviceView{ID: "printer", Class: "printer", State: "paper_end"})
	s.Nudge()
	await(t, s, changed, Device, true) // due when it has been unwell for a second; the next round is in an hour
}

func TestWhatOnlyGrowsIsNotToldAgain(t *testing.T) {
	a := Alarm{ID: "1", Cost: 3, Finding: Finding{Key: "k", Kind: Device, People: 2.1, Since: nine}}
	b := a
	b.Cost, b.People = 9, 2.4
	if !alike(a, b) {
		t.Error("a growing cost is told")
	}
	for name, change := range map[string]func(*Alarm){
		"people":   func(x *Alarm) { x.People = 3 },
		"state":    func(x *Alarm) { x.State = "jam" },
		"taken":    func(x *Alarm) { x.Taken = &Taken{Name: "张工"} },
		"another":  func(x *Alarm) { x.ID = "2" },
		"one more": func(x *Alarm) { x.Count = 1 },
	} {
		x := b
		change(&x)
		if alike(a, x) {
			t.Errorf("%s: a change isn't told", name)
		}
	}
	x, y := a, a
	x.Taken, y.Taken = &Taken{Name: "张工"}, &Taken{Name: "张工"}
	if !alike(x, y) {
		t.Error("the same person twice is told")
	}
}

func TestABoardIsToldTheSameAsTheInterface(t *testing.T) {
	a := Alarm{
		ID: "1", Cost: 3, Ended: nine.Add(time.Hour), Taken: &Taken{Name: "张工", By: "manager", Note: "n", At: nine},
		Finding: Finding{
			Key: "k", Kind: Device, Tone: Red, Zone: "A", Window: "1", Service: "tax", Agent: "kiosk-1", Role: "kiosk", Device: "printer",
			Class: "printer", State: "jam", Ticket: "T", Name: "n", Place: "p", Detail: "d", Advice: "a", Model: "m", DetailEN: "de", ModelEN: "me",
			Number: "A001", Count: 4, Limit: 5, People: 6, Since: nine,
		},
	}
	var got, want map[string]any
	for to, v := range map[*map[string]any]any{&got: a.View(), &want: a} {
		data, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(data, to); err != nil {
			t.Fatal(err)
		}
	}
	if len(want) < 25 {
		t.Fatalf("the example leaves something out: %v", want)
	}
	for key, value := range want {
		g, _ := json.Marshal(got[key])
		w, _ := json.Marshal(value)
		if string(g) != string(w) {
			t.Errorf("%s is %s, want %s", key, g, w)
		}
	}
}
