package node_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"smarthall/internal/bus"
	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/keys"
	"smarthall/platform/internal/node"
	"smarthall/platform/internal/store"
)

func open(t *testing.T, target string) *node.Service {
	t.Helper()
	quiet := slog.New(slog.DiscardHandler)
	st, err := store.Open(t.Context(), store.Config{Target: target, Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	log, err := audit.Open(t.Context(), st)
	if err != nil {
		t.Fatal(err)
	}
	k, err := keys.Load(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s, err := node.Open(t.Context(), node.Config{Store: st, Keys: k, Audit: log, Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var east = node.Hall{ID: "east", Name: "东湖区政务服务中心", Region: "330102"}

func add(t *testing.T, s *node.Service, h node.Hall) string {
	t.Helper()
	_, token, err := s.Add(t.Context(), h)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func message(t *testing.T, seq uint64, e store.Event) bus.Message {
	t.Helper()
	data, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return bus.Message{Cursor: bus.Cursor{Epoch: "e", Seq: seq}, ID: e.ID, Data: data}
}

func event(id, kind string, body any) store.Event {
	data, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	return store.Event{ID: id, Type: kind, Subject: "s", At: time.Now(), Data: data}
}

func TestOnlyAHallWithItsTokenIsLetIn(t *testing.T) {
	s := open(t, sqldbtest.File(t))
	token := add(t, s, east)
	west := east
	west.ID = "west"
	other := add(t, s, west)
	for name, c := range map[string]struct {
		user, password string
		want           bool
	}{
		"its token":             {"east", token, true},
		"another hall's token":  {"east", other, false},
		"no token":              {"east", "", false},
		"a hall nobody made":    {"north", token, false},
		"SQL":                   {"' OR '1'='1", token, false},
		"the domain for a name": {"hall-east", token, false},
	} {
		if domain, ok := s.Admit(c.user, c.password); ok != c.want || ok && domain != "hall-east" {
			t.Errorf("%s: %q, %v", name, domain, ok)
		}
	}
	fresh, err := s.NewToken(t.Context(), "east")
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := s.Admit("east", token); ok {
		t.Error("an old token is good")
	}
	closed := east
	closed.State = "closed"
	if _, err := s.Change(t.Context(), closed); err != nil {
		t.Fatal(err)
	}
	if _, ok := s.Admit("east", fresh); ok {
		t.Error("a closed hall was let in")
	}
}

func TestAnEventHasItsEffectOnceHoweverOftenItComes(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		s := open(t, target)
		add(t, s, east)
		taken := 0
		s.On("visit.finished", func(context.Context, *store.Tx, string, store.Event) error { taken++; return nil })
		for seq := range uint64(5) {
			if err := s.Take(t.Context(), "east", message(t, seq+1, event("v1", "visit.finished", nil))); err != nil {
				t.Fatal(err)
			}
		}
		if taken != 1 {
			t.Errorf("taken %d times", taken)
		}
	})
}

func TestAFailureBringsTheEventAgainAndARefusalParksIt(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		s := open(t, target)
		add(t, s, east)
		broken, no := errors.New("disk"), fault.New(fault.Conflict, "visit.no", "不")
		var answer error
		s.On("visit.finished", func(ctx context.Context, tx *store.Tx, hall string, _ store.Event) error {
			if err := tx.Publish(ctx, hall, "visit.heard", "v", nil); err != nil {
				return err
			}
			return answer
		})
		m := message(t, 1, event("v1", "visit.finished", nil))
		answer = broken
		if err := s.Take(t.Context(), "east", m); !errors.Is(err, broken) {
			t.Fatalf("got %v", err)
		}
		answer = no
		if err := s.Take(t.Context(), "east", m); err != nil {
			t.Fatal(err)
		}
		if n, err := s.Store.Unsent(t.Context()); err != nil || n != 0 {
			t.Errorf("%d effects of an event that was refused, %v", n, err)
		}
		list, err := s.ParkedEvents(t.Context())
		if err != nil || len(list) != 1 || list[0].Reason != "visit.no" {
			t.Fatalf("parked %+v, %v", list, err)
		}
		if err := s.Retry(t.Context(), list[0].ID); !errors.Is(err, no) {
			t.Errorf("a second refusal: %v", err)
		}
		answer = nil
		if err := s.Retry(t.Context(), list[0].ID); err != nil {
			t.Fatal(err)
		}
		if err := s.Retry(t.Context(), list[0].ID); !errors.Is(err, node.ErrNoParked) {
			t.Errorf("retried twice: %v", err)
		}
		if n, err := s.Store.Unsent(t.Context()); err != nil || n != 1 {
			t.Errorf("%d effects, %v", n, err)
		}
	})
}

func TestWhatIsNoEventIsSkippedAndDoesNotStopTheRest(t *testing.T) {
	s := open(t, sqldbtest.File(t))
	add(t, s, east)
	for i, data := range []string{
		"", "null", "[]", "{", `{"id":7}`, `{"id":"x"}`, "\xff\xfe", `{"id":"y","type":"hall.described","data":"text"}`,
		`{"id":"z","type":"range.asked","data":{"name":"case","count":99999999}}`,
	} {
		if err := s.Take(t.Context(), "east", bus.Message{Cursor: bus.Cursor{Epoch: "e", Seq: uint64(i + 1)}, Data: []byte(data)}); err != nil {
			t.Errorf("%q: %v", data, err)
		}
	}
	if err := s.Take(t.Context(), "east", message(t, 99, event("d", node.TypeDescribed, node.Description{Services: []node.HallService{{ID: "tax", Name: "涉税"}}}))); err != nil {
		t.Fatal(err)
	}
	h, err := s.Hall(t.Context(), "east")
	if err != nil || len(h.Described.Services) != 1 {
		t.Errorf("got %+v, %v", h, err)
	}
}

func TestRangesOfNumbersNeverOverlap(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		s := open(t, target)
		add(t, s, east)
		west := east
		west.ID = "west"
		add(t, s, west)
		var wg sync.WaitGroup
		for _, hall := range []string{"east", "west"} {
			wg.Go(func() {
				for i := range 10 {
					e := event(fmt.Sprint("r", i), node.TypeRangeAsked, node.RangeAsked{Name: "case:330102", Count: int64(i%3 + 1)})
					for range 2 { // each comes twice
						if err := s.Take(t.Context(), hall, message(t, uint64(i+1), e)); err != nil {
							t.Error(err)
						}
					}
				}
			})
		}
		wg.Wait()
		rows, err := s.Store.Read().QueryContext(t.Context(), `SELECT first, last FROM node_range WHERE name = $1 ORDER BY first`, "case:330102")
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		next, n := int64(1), 0
		for rows.Next() {
			var first, last int64
			if err := rows.Scan(&first, &last); err != nil {
				t.Fatal(err)
			}
			if first != next || last < first {
				t.Errorf("range %d to %d after %d", first, last, next-1)
			}
			next = last + 1
			n++
		}
		if n != 20 || rows.Err() != nil {
			t.Errorf("%d ranges, %v", n, rows.Err())
		}
		// Each number is one hall's, and nobody's beyond the last.
		for number := int64(0); number <= next; number++ {
			granted := 0
			for _, hall := range []string{"east", "west"} {
				ok, err := s.Granted(t.Context(), s.Store.Read(), hall, "case:330102", number)
				if err != nil {
					t.Fatal(err)
				}
				if ok {
					granted++
				}
			}
			if want := number > 0 && number < next; (granted == 1) != want {
				t.Errorf("number %d is granted to %d halls", number, granted)
			}
		}
	})
}

// TestAHallHearsAndIsHeard goes over the real bus: a hall's event up, its
// answer down.
func TestAHallHearsAndIsHeard(t *testing.T) {
	s := open(t, sqldbtest.File(t))
	token := add(t, s, east)
	quiet := slog.New(slog.DiscardHandler)
	platform, err := bus.Start(bus.Config{Domain: "platform", Key: make([]byte, 32), Dir: t.TempDir(), Leaves: "127.0.0.1:0", Admit: s.Admit, Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	defer platform.Close()
	hall, err := bus.Start(bus.Config{Domain: node.Domain("east"), Key: make([]byte, 32), Dir: t.TempDir(), Hub: "nats-leaf://east:" + token + "@" + platform.LeavesAddr(), Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	defer hall.Close()
	if err := hall.Ensure(t.Context(), bus.StreamUp); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	wg.Go(func() { _ = s.Run(ctx, platform) })
	e := event("r1", node.TypeRangeAsked, node.RangeAsked{Name: "case", Count: 50})
	if err := hall.Publish(ctx, bus.StreamUp, e.Type, e.ID, message(t, 0, e).Data); err != nil {
		t.Fatal(err)
	}
	var got node.RangeGranted
	heard, stop := context.WithCancel(ctx)
	err = hall.Follow(heard, "platform", bus.StreamFor(node.Domain("east")), bus.Cursor{}, func(_ context.Context, m bus.Message) error {
		var e store.Event
		if err := json.Unmarshal(m.Data, &e); err != nil {
			return err
		}
		if e.Type == node.TypeRangeGranted {
			stop()
			return json.Unmarshal(e.Data, &got)
		}
		return nil
	})
	stop()
	if err != nil || got != (node.RangeGranted{Name: "case", First: 1, Last: 50, Asked: "r1"}) {
		t.Errorf("granted %+v, %v", got, err)
	}
}

func TestAllWhoAskForATypeTakeItOrNobody(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		s := open(t, target)
		add(t, s, east)
		var answer error
		heard := func(name string) node.Handler {
			return func(ctx context.Context, tx *store.Tx, hall string, _ store.Event) error {
				if err := tx.Publish(ctx, hall, name+".heard", "v", nil); err != nil {
					return err
				}
				if name == "two" {
					return answer
				}
				return nil
			}
		}
		s.On("visit.rated", heard("one"))
		s.On("visit.rated", heard("two"))
		answer = fault.New(fault.Invalid, "visit.wrong", "不")
		if err := s.Take(t.Context(), "east", message(t, 1, event("v1", "visit.rated", map[string]string{"name": "王小明"}))); err != nil {
			t.Fatal(err)
		}
		if n, err := s.Store.Unsent(t.Context()); err != nil || n != 0 {
			t.Errorf("%d effects of an event that one refused, %v", n, err)
		}
		var parked string
		if err := s.Store.Read().QueryRowContext(t.Context(), `SELECT data FROM node_parked`).Scan(&parked); err != nil || strings.Contains(parked, "王小明") {
			t.Errorf("parked as %q, %v", parked, err)
		}
		answer = nil
		if err := s.Retry(t.Context(), "east/v1"); err != nil {
			t.Fatal(err)
		}
		if n, err := s.Store.Unsent(t.Context()); err != nil || n != 2 {
			t.Errorf("%d effects, want 2, %v", n, err)
		}
	})
}

func TestAHallIsToldEverythingWhenItBeginsAndWhenItLostItsStore(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		s := open(t, target)
		add(t, s, east)
		s.OnBegin(func(ctx context.Context, tx *store.Tx, hall string) error {
			return tx.Publish(ctx, hall, "item.published", "i1", nil)
		})
		said := 0
		say := func(epoch string, want int) {
			t.Helper()
			said++
			m := message(t, uint64(said), event(fmt.Sprintf("d%d", said), node.TypeDescribed, node.Description{}))
			m.Cursor.Epoch = epoch
			if err := s.Take(t.Context(), "east", m); err != nil {
				t.Fatal(err)
			}
			if n, err := s.Store.Unsent(t.Context()); err != nil || n != want {
				t.Errorf("after %d descriptions it was told %d times, want %d, %v", said, n, want, err)
			}
		}
		say("first life", 1)
		say("first life", 1) // a restart
		say("second life", 2)
		say("second life", 2)
	})
}

func TestAParkedEventIsGivenUpOnce(t *testing.T) {
	s := open(t, sqldbtest.File(t))
	add(t, s, east)
	s.On("visit.rated", func(context.Context, *store.Tx, string, store.Event) error {
		return fault.New(fault.Invalid, "visit.wrong", "不")
	})
	if err := s.Take(t.Context(), "east", message(t, 1, event("v1", "visit.rated", nil))); err != nil {
		t.Fatal(err)
	}
	for i, want := range []error{nil, node.ErrNoParked} {
		if err := s.DropParked(t.Context(), "east/v1"); !errors.Is(err, want) {
			t.Errorf("drop %d: %v", i, err)
		}
	}
	if list, err := s.ParkedEvents(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("parked %+v, %v", list, err)
	}
}

func TestAStuckEventIsTriedAgainByStaff(t *testing.T) {
	s := open(t, sqldbtest.File(t))
	var answer error = fault.New(fault.Conflict, "case.wrong", "不")
	s.Store.On("case.moved", "one", func(context.Context, *store.Tx, store.Event) error { return answer })
	err := s.Store.Write(t.Context(), "publish", func(tx *store.Tx) error { return tx.Publish(t.Context(), "", "case.moved", "c1", nil) })
	if err != nil {
		t.Fatal(err)
	}
	deliver := func(want int) {
		t.Helper()
		if n, err := s.Store.Deliver(t.Context()); err != nil || n != want {
			t.Errorf("%d taken, want %d, %v", n, want, err)
		}
	}
	deliver(0)
	list, err := s.Store.Stuck(t.Context(), 10)
	if err != nil || len(list) != 1 {
		t.Fatalf("stuck %+v, %v", list, err)
	}
	if err := s.DropStuck(t.Context(), "two", list[0].Event); !errors.Is(err, node.ErrNotStuck) {
		t.Errorf("another consumer's: %v", err)
	}
	answer = nil
	if err := s.RetryStuck(t.Context(), "one", list[0].Event); err != nil {
		t.Fatal(err)
	}
	deliver(1)
	if n, err := s.Audit.Verify(t.Context()); err != nil || n != 1 {
		t.Errorf("%d entries in the audit log, %v", n, err)
	}
}
