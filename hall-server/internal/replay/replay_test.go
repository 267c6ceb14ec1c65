package replay_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"smarthall/hall-server/internal/core"
	"smarthall/hall-server/internal/hall"
	"smarthall/hall-server/internal/queue"
	"smarthall/hall-server/internal/registry"
	"smarthall/hall-server/internal/replay"
	"smarthall/hall-server/internal/store"
	"smarthall/hall-server/internal/view"
	"smarthall/internal/link"
)

var nine = queue.TimeOf(time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC))

// world is a demo hall with its log on disk.
type world struct {
	*testing.T
	state  *queue.State
	store  *store.Store
	past   *store.Past
	view   *view.Viewer
	now    queue.Time
	seq    uint64
	random *rand.Rand
	ids    int
	// unsaved is what save has to bring to the disk.
	unsaved []core.Record
	touched map[queue.TicketID]bool
}

func newWorld(t *testing.T, seed uint64) *world {
	t.Helper()
	dir := t.TempDir()
	live, err := hall.Open(filepath.Join(dir, "hall.yaml"), hall.Demo)
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), filepath.Join(dir, "hall.db"))
	if err != nil {
		t.Fatal(err)
	}
	past, err := store.OpenPast(t.Context(), filepath.Join(dir, "hall.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(past.Close(), db.Close()); err != nil {
			t.Error(err)
		}
	})
	w := &world{
		touched: map[queue.TicketID]bool{},
		T:       t, state: queue.NewState(), store: db, past: past, now: nine, random: rand.New(rand.NewPCG(seed, 1)),
		view: &view.Viewer{Hall: live, Registry: registry.New(), URL: "http://hall.example"},
	}
	w.do(queue.Configure{Config: live.Hall().Queue()})
	return w
}

// service is a replay service of the hall.
func (w *world) service(every time.Duration) *replay.Service {
	w.save()
	return replay.New(replay.Config{
		Past: w.past, Table: w.store, View: w.view, Registry: w.view.Registry, Now: w.now.Std, Log: slog.New(slog.DiscardHandler), Every: every,
	})
}

// do does cmd if the rules allow it.
func (w *world) do(cmd queue.Command) bool {
	w.Helper()
	day := w.state.Day
	events, err := queue.Decide(w.state, cmd, w.now)
	var refusal *queue.Refusal
	if errors.As(err, &refusal) || len(events) == 0 {
		return false
	}
	if err != nil {
		w.Fatal(err)
	}
	for _, e := range events {
		if err := queue.Apply(w.state, e, w.now); err != nil {
			w.Fatal(err)
		}
		if id := queue.TicketOf(e); id != "" {
			w.touched[id] = true
		}
	}
	w.seq++
	w.unsaved = append(w.unsaved, core.Record{Seq: w.seq, At: w.now, Day: w.state.Day, Actor: "test", Command: cmd.Name(), Events: events})
	if w.state.Day != day {
		w.save()
	}
	return true
}

// save brings the log to the disk.
func (w *world) save() {
	w.Helper()
	var tickets []queue.Ticket
	for id := range w.touched {
		if t := w.state.Tickets[id]; t != nil {
			tickets = append(tickets, *t)
		}
	}
	if err := w.store.Append(w.Context(), w.unsaved, tickets); err != nil {
		w.Fatal(err)
	}
	w.unsaved = nil
	clear(w.touched)
}

// step does something at random.
func (w *world) step() {
	h := w.view.Hall.Hall()
	window := &h.Windows[w.random.IntN(len(h.Windows))]
	id := queue.WindowID(window.ID)
	at := w.state.Windows[id]
	switch n := w.random.IntN(20); {
	case n < 8:
		w.ids++
		w.do(queue.TakeTicket{
			ID: queue.TicketID(fmt.Sprintf("%s-%d", w.state.Day, w.ids)), Service: queue.ServiceID(h.Services[w.random.IntN(len(h.Services))].ID), Channel: "card",
			Person: queue.Person{Key: fmt.Sprint(w.ids), Name: "王*"},
		})
	case n == 8:
		w.do(queue.SignIn{Window: id, Staff: queue.StaffID(h.Staff[w.random.IntN(len(h.Staff))].ID), StaffName: "某人"})
	case n == 9:
		w.do(queue.SignOut{Window: id})
	case n == 10:
		w.do(queue.Pause{Window: id, Text: "稍候"})
	case n == 11:
		w.do(queue.Continue{Window: id})
	case at != nil && at.Ticket != "":
		t := w.state.Tickets[at.Ticket]
		switch {
		case t.State == queue.Called && n == 12:
			w.do(queue.TicketCommand{Verb: queue.VerbNoShow, Ticket: t.ID})
		case t.State == queue.Called:
			w.do(queue.TicketCommand{Verb: queue.VerbArrive, Ticket: t.ID})
		default:
			w.do(queue.Finish{Ticket: t.ID})
			w.do(queue.Rate{Ticket: t.ID, Score: 1 + w.random.IntN(5)})
		}
	default:
		w.do(queue.CallNext{Window: id})
	}
	w.now = w.now.Add(time.Duration(w.random.IntN(60)) * time.Second)
}

// board is the live board as it would be told now.
func (w *world) board() link.BoardView {
	return asTold(w, w.view.Board(w.state, w.now))
}

// asTold is b after it went over a line: what JSON leaves out is gone.
func asTold(t interface{ Fatal(...any) }, b link.BoardView) link.BoardView {
	data, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	var out link.BoardView
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func (w *world) seek(p *replay.Player, at queue.Time) link.BoardView {
	w.Helper()
	if _, err := p.Seek(w.Context(), at); err != nil {
		w.Fatal(err)
	}
	return asTold(w, p.Board(at))
}

// A replay shows at every moment what the live board showed then, whether one
// goes forward, back or jumps; nothing of the days before is missing.
func TestAReplayIsWhatTheBoardWas(t *testing.T) {
	for seed := range uint64(3) {
		w := newWorld(t, seed)
		type shot struct {
			at    queue.Time
			board link.BoardView
		}
		var shots []shot
		var day queue.Day
		for d := range 3 {
			if d > 0 {
				w.now = nine.Add(time.Duration(24*d) * time.Hour)
				w.do(queue.EndDay{Open: true})
			}
			for range 400 {
				w.step()
				if d == 1 && w.random.IntN(25) == 0 {
					day = w.state.Day
					// What happens at the same instant later is in the replay too.
					w.now = w.now.Add(time.Millisecond)
					shots = append(shots, shot{w.now, w.board()})
					w.now = w.now.Add(time.Millisecond)
				}
			}
		}
		p, err := w.service(0).Open(t.Context(), day)
		if err != nil {
			t.Fatal(err)
		}
		for i := range shots {
			if diff := cmp.Diff(shots[i].board, w.seek(p, shots[i].at)); diff != "" {
				t.Fatalf("seed %d, forward, shot %d (-live +replayed):\n%s", seed, i, diff)
			}
		}
		for range 10 {
			x := shots[w.random.IntN(len(shots))]
			if diff := cmp.Diff(x.board, w.seek(p, x.at)); diff != "" {
				t.Fatalf("seed %d, jumping (-live +replayed):\n%s", seed, diff)
			}
		}
		if len(shots) < 5 {
			t.Fatalf("only %d shots", len(shots))
		}
	}
}

func TestADayThatWasPreparedIsTheSame(t *testing.T) {
	w := newWorld(t, 9)
	for range 200 {
		w.step()
	}
	w.now = nine.Add(24 * time.Hour)
	w.do(queue.EndDay{Open: true})
	day := w.state.Day
	for range 100 {
		w.step()
	}
	want := w.board()
	s := w.service(time.Millisecond)
	run(t, s, func() {
		waitFor(t, func() bool {
			seq, _, err := w.past.Base(t.Context(), w.seq)
			return err == nil && seq > 0
		})
	})
	p, err := s.Open(t.Context(), day)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, w.seek(p, w.now)); diff != "" {
		t.Errorf("from the base (-live +replayed):\n%s", diff)
	}
}

// run runs s while f does.
func run(t *testing.T, s *replay.Service, f func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	f()
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func waitFor(t *testing.T, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !ok(); {
		if time.Now().After(deadline) {
			t.Fatal("it never happened")
		}
		time.Sleep(2 * time.Millisecond)
	}
}

func TestDevicesAreReplayedAsTheyWere(t *testing.T) {
	w := newWorld(t, 4)
	printer := func(state string) {
		w.view.Registry.Device("kiosk-1", link.DeviceView{ID: "printer", Class: "printer", State: state, Since: w.now.Std()})
	}
	w.view.Registry.Connected(link.Hello{Agent: "kiosk-1", Role: link.RoleKiosk, Program: "1"}, "", w.now.Std())
	w.view.Registry.Connected(link.Hello{Agent: "counter-3", Role: link.RoleCounter, Program: "1"}, "3", w.now.Std())
	printer("online")
	// Each run keeps what has changed, at its own time.
	keep := func() {
		s := w.service(time.Hour)
		run(t, s, func() {
			waitFor(t, func() bool {
				changes, err := w.past.Agents(t.Context(), w.now, w.now)
				return err == nil && len(changes) > 0 && changes[len(changes)-1].At == w.now
			})
		})
	}
	keep()
	well := w.now
	w.now = w.now.Add(10 * time.Minute)
	w.do(queue.SignIn{Window: "3", Staff: "li", StaffName: "李敏"})
	printer("paper_end")
	w.view.Registry.Disconnected("counter-3", w.now.Std())
	keep()
	w.now = w.now.Add(10 * time.Minute)
	want := w.board()
	printer("online")
	p, err := w.service(0).Open(t.Context(), w.state.Day)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, w.seek(p, w.now)); diff != "" {
		t.Errorf("paper out (-live +replayed):\n%s", diff)
	}
	if got := w.seek(p, well.Add(time.Minute)); got.Agents[1].Devices[0].State != "online" || !got.Windows[2].Online {
		t.Errorf("before it: %+v", got.Agents)
	}
}

func TestOneReplayASession(t *testing.T) {
	w := newWorld(t, 5)
	s := w.service(0)
	first, done, err := s.Begin(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	second, doneSecond, err := s.Begin(t.Context(), "a")
	if err != nil || first.Err() == nil || second.Err() != nil {
		t.Fatalf("the second replay of a session: %v; the first is %v", err, first.Err())
	}
	for _, other := range []string{"b", "c", "d"} {
		_, done, err := s.Begin(t.Context(), other)
		if err != nil {
			t.Fatal(err)
		}
		defer done()
	}
	if _, _, err := s.Begin(t.Context(), "e"); !errors.Is(err, replay.ErrBusy) {
		t.Errorf("the fifth session: %v", err)
	}
	doneSecond()
	_, done, err = s.Begin(t.Context(), "e")
	if err != nil {
		t.Errorf("after one has ended: %v", err)
	}
	defer done()
	s.Close()
	if _, _, err := s.Begin(t.Context(), "b"); !errors.Is(err, replay.ErrBusy) {
		t.Errorf("after the close: %v", err)
	}
}

func TestADayThatIsNotThere(t *testing.T) {
	w := newWorld(t, 6)
	for _, day := range []queue.Day{"2020-01-01", "", "2026-11-24", "x' OR 1=1"} {
		if _, err := w.service(0).Open(t.Context(), day); !errors.Is(err, replay.ErrNoDay) {
			t.Errorf("%q: %v", day, err)
		}
	}
}
