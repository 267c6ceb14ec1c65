package delivery_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/delivery"
	"smarthall/platform/internal/keys"
	"smarthall/platform/internal/store"
)

// carrier is one whose parcels the test moves.
type carrier struct {
	mu     sync.Mutex
	away   bool
	ships  int
	tracks map[string]delivery.Track
}

func (c *carrier) Name() string { return "EMS" }

func (c *carrier) Ship(_ context.Context, id, _ string, to delivery.Receiver) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ships++
	if c.away || to.Address == "" {
		return "", errors.New("no route to the carrier")
	}
	return "E" + id[20:], nil
}

func (c *carrier) Track(_ context.Context, tracking string) (delivery.Track, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.away {
		return delivery.Track{}, errors.New("no route to the carrier")
	}
	return c.tracks[tracking], nil
}

func (c *carrier) set(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f()
}

// room is the context with all it needs.
type room struct {
	*delivery.Service
	t       testing.TB
	store   *store.Store
	carrier *carrier

	mu   sync.Mutex
	now  time.Time
	told []string
}

func (r *room) clock() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now
}

func (r *room) forward(by time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = r.now.Add(by)
}

func open(t testing.TB, target string, demo bool) *room {
	t.Helper()
	r := &room{t: t, now: time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC), carrier: &carrier{tracks: map[string]delivery.Track{}}}
	st, err := store.Open(t.Context(), store.Config{Target: target, Clock: r.clock, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	r.store = st
	log, err := audit.Open(t.Context(), st)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := keys.Load(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	conf := delivery.Config{
		Store: st, Keys: secret, Audit: log, Demo: demo, Log: slog.New(slog.DiscardHandler),
		Told: func(_ context.Context, _ *store.Tx, caseID, proof string) error {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.told = append(r.told, caseID+" "+proof)
			return nil
		},
	}
	if !demo {
		conf.Carrier = r.carrier
	}
	if r.Service, err = delivery.Open(t.Context(), conf); err != nil {
		t.Fatal(err)
	}
	return r
}

func request() delivery.Request {
	return delivery.Request{
		Case: "01CASE", CaseNo: "NO-1", Title: "食品经营许可证", Organisation: "market", Region: "330102", Person: "lin",
		Receiver: delivery.Receiver{Name: "林小雨", Phone: "13800000101", Address: "东湖市东湖区人民路 100 号 3 单元 501"},
	}
}

func (r *room) order(q delivery.Request) (id string, err error) {
	err = r.store.Write(r.t.Context(), "order", func(tx *store.Tx) error {
		id, err = r.Order(r.t.Context(), tx, q)
		return err
	})
	return id, err
}

func person(t testing.TB, id string) context.Context {
	return access.With(t.Context(), access.Caller{Kind: access.Person, ID: id})
}

func clerk(t testing.TB, org string) context.Context {
	return access.With(t.Context(), access.Caller{Kind: access.Staff, ID: "clerk", Org: org, Region: "330102", Roles: []access.Role{access.RoleClerk}})
}

func (r *room) parcel() delivery.Parcel {
	r.t.Helper()
	p, err := r.OfCase(person(r.t, "lin"), "01CASE")
	if err != nil {
		r.t.Fatal(err)
	}
	return p
}

func TestSignatureComesBackToTheCaseOnce(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		r := open(t, target, false)
		id, err := r.order(request())
		if err != nil {
			t.Fatal(err)
		}
		if again, err := r.order(request()); err != nil || again != id {
			t.Errorf("ordered again: %s and %s, %v", id, again, err)
		}
		if err := r.Move(t.Context()); err != nil {
			t.Fatal(err)
		}
		p := r.parcel()
		if p.State != delivery.Sent || p.Tracking == "" {
			t.Fatalf("%+v", p)
		}
		r.carrier.set(func() {
			r.carrier.tracks[p.Tracking] = delivery.Track{Movements: []delivery.Movement{{At: r.now, Words: "已揽收"}}}
		})
		r.forward(11 * time.Minute)
		if err := r.Move(t.Context()); err != nil || len(r.parcel().Movements) != 1 || r.parcel().State != delivery.Sent {
			t.Errorf("%+v, %v", r.parcel(), err)
		}
		r.carrier.set(func() {
			r.carrier.tracks[p.Tracking] = delivery.Track{Movements: []delivery.Movement{{At: r.now, Words: "已签收"}}, Delivered: true, Signer: "林大山"}
		})
		for range 3 {
			r.forward(11 * time.Minute)
			if err := r.Move(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if p := r.parcel(); p.State != delivery.Delivered || p.Done.IsZero() {
			t.Errorf("%+v", p)
		}
		if len(r.told) != 1 || !strings.HasPrefix(r.told[0], "01CASE 邮寄签收（EMS E") || strings.Contains(r.told[0], "大山") {
			t.Errorf("told %q", r.told)
		}
	})
}

func TestCarrierThatIsAwayIsAskedAgainLessAndLess(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		r := open(t, target, false)
		if _, err := r.order(request()); err != nil {
			t.Fatal(err)
		}
		r.carrier.set(func() { r.carrier.away = true })
		for range 60 {
			if err := r.Move(t.Context()); err == nil && r.carrier.ships == 0 {
				t.Fatal("the carrier is away and nobody says so")
			}
			r.forward(time.Minute)
		}
		if r.carrier.ships < 4 || r.carrier.ships > 9 {
			t.Errorf("asked %d times within an hour", r.carrier.ships)
		}
		r.carrier.set(func() { r.carrier.away = false })
		r.forward(3 * time.Hour)
		if err := r.Move(t.Context()); err != nil || r.parcel().State != delivery.Sent {
			t.Errorf("%+v, %v", r.parcel(), err)
		}
	})
}

func TestReturnedParcelIsNotDelivered(t *testing.T) {
	r := open(t, t.TempDir()+"/p.db", false)
	if _, err := r.order(request()); err != nil {
		t.Fatal(err)
	}
	if err := r.Move(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.carrier.set(func() { r.carrier.tracks[r.parcel().Tracking] = delivery.Track{Returned: true} })
	r.forward(11 * time.Minute)
	if err := r.Move(t.Context()); err != nil || r.parcel().State != delivery.Returned || len(r.told) != 0 {
		t.Errorf("%+v, %v, told %v", r.parcel(), err, r.told)
	}
}

func TestDemoCarrierMovesByTheClock(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		r := open(t, target, true)
		if _, err := r.order(request()); err != nil {
			t.Fatal(err)
		}
		for range 14 {
			if err := r.Move(t.Context()); err != nil {
				t.Fatal(err)
			}
			r.forward(10 * time.Minute)
		}
		if p := r.parcel(); p.State != delivery.Delivered || len(p.Movements) != 4 || len(r.told) != 1 {
			t.Errorf("%+v, told %v", p, r.told)
		}
	})
}

func TestClerkSendsByHand(t *testing.T) {
	r := open(t, t.TempDir()+"/p.db", false)
	id, err := r.order(request())
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Send(clerk(t, "civil"), id, "顺丰", "SF000001"); !errors.Is(err, delivery.ErrUnknown) {
		t.Errorf("another body sends: %v", err)
	}
	if err := r.Sign(clerk(t, "market"), id, "林小雨", false); !errors.Is(err, delivery.ErrState) {
		t.Errorf("signed before it was sent: %v", err)
	}
	if err := r.Send(clerk(t, "market"), id, "顺丰", "SF000001"); err != nil || r.parcel().Carrier != "顺丰" {
		t.Errorf("%+v, %v", r.parcel(), err)
	}
	if err := r.Sign(clerk(t, "market"), id, "林小雨", false); err != nil || r.parcel().State != delivery.Delivered || len(r.told) != 1 {
		t.Errorf("%+v, %v", r.parcel(), err)
	}
}

func TestNobodyElseSeesWhereItGoes(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		r := open(t, target, false)
		if _, err := r.order(request()); err != nil {
			t.Fatal(err)
		}
		if to := r.parcel().Receiver; to.Name != "林*" || to.Phone != "138****0101" || to.Address != "东湖市东湖区****" {
			t.Errorf("%s %s %s", to.Name, to.Phone, to.Address)
		}
		for name, who := range map[string]context.Context{"another": person(t, "chen"), "nobody": t.Context(), "another body": clerk(t, "civil")} {
			if _, err := r.OfCase(who, "01CASE"); !errors.Is(err, delivery.ErrUnknown) {
				t.Errorf("%s: %v", name, err)
			}
		}
		var stored string
		if err := r.store.Read().QueryRowContext(t.Context(), `SELECT receiver FROM delivery_parcel`).Scan(&stored); err != nil || strings.Contains(stored, "人民路") {
			t.Errorf("stored %q, %v", stored, err)
		}
	})
}

func TestWrongReceiversAreNotTaken(t *testing.T) {
	r := open(t, t.TempDir()+"/p.db", false)
	for name, change := range map[string]func(*delivery.Receiver){
		"nobody": func(r *delivery.Receiver) { r.Name = " " }, "nowhere": func(r *delivery.Receiver) { r.Address = "" }, "no phone": func(r *delivery.Receiver) { r.Phone = "123" },
		"a line break": func(r *delivery.Receiver) { r.Address = "人民路\n100 号" }, "no text": func(r *delivery.Receiver) { r.Name = "\xff" },
		"endless": func(r *delivery.Receiver) { r.Address = strings.Repeat("路", 201) }, "a zero byte": func(r *delivery.Receiver) { r.Name = "林\x00" },
	} {
		q := request()
		change(&q.Receiver)
		if _, err := r.order(q); !errors.Is(err, delivery.ErrReceiver) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
