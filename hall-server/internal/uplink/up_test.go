package uplink_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"smarthall/hall-server/internal/queue"
	"smarthall/hall-server/internal/store"
	"smarthall/hall-server/internal/uplink"
)

// visit takes a ticket and serves it at window 4.
func (f *fixture) visit(id string) {
	f.Helper()
	f.do(queue.TakeTicket{
		ID: queue.TicketID(id), Service: "tax", Channel: "card",
		Person: queue.Person{Key: "hash-of-the-card", Name: "王*", Phone: "138****8000", Sealed: "sealed"},
	})
	f.do(queue.CallNext{Window: "4"})
	f.do(queue.TicketCommand{Verb: queue.VerbArrive, Ticket: queue.TicketID(id), Window: "4"})
	f.do(queue.Finish{Ticket: queue.TicketID(id), Window: "4", Result: "done"})
	f.do(queue.Rate{Ticket: queue.TicketID(id), Score: 5, Via: "pad"})
}

func types(events []uplink.Event) (list []string) {
	for _, e := range events {
		list = append(list, e.Type)
	}
	return list
}

func TestAVisitIsToldInOrderAndNamesNobody(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	f := newFixture(t, p)
	f.do(queue.SignIn{Window: "4", Staff: "li", StaffName: "李敏"})
	f.visit("t1")
	f.do(queue.SignOut{Window: "4"})
	want := []string{"ticket.taken", "ticket.called", "ticket.arrived", "ticket.finished", "visit.rated"}
	eventually(t, "the window closed", func() bool { return len(p.all("window.closed")) == 1 })
	got := slices.Concat(p.all("ticket."), p.all("visit."))
	if !slices.Equal(types(got), want) {
		t.Fatalf("got %v", types(got))
	}
	var taken, called, rated map[string]any
	for i, to := range map[int]*map[string]any{0: &taken, 1: &called, 4: &rated} {
		if err := json.Unmarshal(got[i].Data, to); err != nil {
			t.Fatal(err)
		}
	}
	if taken["ticket"] != "t1" || taken["number"] != "C001" || taken["service"] != "tax" || taken["day"] != "2026-11-23" || called["window"] != "4" || rated["score"] != 5.0 {
		t.Errorf("got %v, %v, %v", taken, called, rated)
	}
	for _, e := range p.all("") {
		for _, secret := range []string{"hash-of-the-card", "王", "138", "sealed", "李敏"} {
			if strings.Contains(string(e.Data), secret) {
				t.Errorf("%s says %q: %s", e.Type, secret, e.Data)
			}
		}
		if e.Hall != "east" || !strings.HasPrefix(e.ID, "east-") || !e.At.Equal(opening) { // all by the hall's clock
			t.Errorf("got %+v", e)
		}
	}
	for i, e := range got {
		if e.Subject != "t1" || !e.At.Equal(opening) {
			t.Errorf("event %d is about %s at %s", i, e.Subject, e.At)
		}
	}
}

func TestTheHallSaysWhatItIsAtItsStartAndAfterEachChange(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	f := newFixture(t, p)
	eventually(t, "a description", func() bool { return len(p.all("hall.described")) == 1 })
	var d struct {
		Zones, Services, Windows []map[string]any
		TimeZone                 string
	}
	if err := json.Unmarshal(p.all("hall.described")[0].Data, &d); err != nil {
		t.Fatal(err)
	}
	if len(d.Zones) != 3 || len(d.Services) != len(f.live.Hall().Services) || len(d.Windows) == 0 || d.TimeZone != "Asia/Shanghai" || d.Services[0]["id"] != "business-licence" {
		t.Errorf("got %+v", d)
	}
	f.link.Describe()
	eventually(t, "another one", func() bool { return len(p.all("hall.described")) == 2 })
	f.restart()
	eventually(t, "one after the restart", func() bool { return len(p.all("hall.described")) == 3 })
}

// forgetful never keeps how far the log was sent, as a crash does.
type forgetful struct{ *store.Store }

func (forgetful) SaveSent(context.Context, uint64) error { return nil }

func TestACrashSendsAgainUnderTheSameIDsAndNothingComesTwice(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	f := newFixture(t, p)
	f.stop()
	f.spoil = func(s *store.Store) uplink.Store { return forgetful{s} }
	f.start()
	f.do(queue.SignIn{Window: "4", Staff: "li"})
	for _, id := range []string{"t1", "t2", "t3"} {
		f.visit(id)
		f.restart()
	}
	f.spoil = nil
	f.restart()
	f.visit("t4")
	eventually(t, "the last rating", func() bool { return len(p.all("visit.rated")) == 4 })
	if got := p.all("ticket."); len(got) != 16 {
		t.Errorf("got %v", types(got))
	}
}

func TestAHallLinkedForTheFirstTimeBeginsWithTheOpenDay(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	f := newFixture(t, nil)
	f.stop()
	f.dir, f.alone, f.address = t.TempDir(), true, "nats-leaf://east:token@"+p.addr
	f.start()
	f.do(queue.SignIn{Window: "4", Staff: "li"})
	f.visit("monday")
	f.set(opening.Add(24 * time.Hour))
	f.do(queue.SignIn{Window: "4", Staff: "li"})
	f.visit("tuesday")
	f.stop()
	f.alone = false
	f.start()
	f.visit("linked")
	eventually(t, "the visits", func() bool { return len(p.all("visit.rated")) == 2 })
	for _, e := range p.all("ticket.") {
		if e.Subject == "monday" {
			t.Errorf("yesterday's %s came", e.Type)
		}
	}
}

func TestTheHallWorksOnWithoutItsPlatform(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	f.do(queue.SignIn{Window: "4", Staff: "li"})
	f.visit("t1")
	eventually(t, "all is in the hall's own stream", func() bool { return f.link.Status() == uplink.Status{} })
	began := time.Now()
	f.restart()
	f.visit("t2")
	if took := time.Since(began); took > 30*time.Second {
		t.Errorf("a restart without the platform took %s", took)
	}
	// The platform comes at last: it hears everything.
	p := newPlatform(t)
	f.stop()
	f.address = "nats-leaf://east:token@" + p.addr
	f.start()
	eventually(t, "both visits", func() bool { return len(p.all("visit.rated")) == 2 })
	if got := p.all("ticket."); len(got) != 8 {
		t.Errorf("got %v", types(got))
	}
	eventually(t, "the link is shown", func() bool { return f.link.Status().Linked })
}

func TestAHallBegunAnewIsNotTakenForTheOldOne(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	f := newFixture(t, p)
	f.do(queue.SignIn{Window: "4", Staff: "li"})
	f.visit("t1")
	eventually(t, "the visit", func() bool { return len(p.all("visit.rated")) == 1 })
	f.stop()
	g := newFixture(t, p) // the same hall with new data: its log counts from 1
	g.do(queue.SignIn{Window: "4", Staff: "li"})
	g.visit("t2")
	eventually(t, "the visit after", func() bool { return len(p.all("visit.rated")) == 2 })
	ids := map[string]bool{}
	for _, e := range p.all("") {
		if ids[e.ID] {
			t.Errorf("id %s came twice", e.ID)
		}
		ids[e.ID] = true
	}
}

func TestAHallBroughtBackFromACopyLosesNothingNew(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	f := newFixture(t, p)
	f.do(queue.SignIn{Window: "4", Staff: "li"})
	if err := f.numbers.Keep(t.Context(), cases, 10); err != nil {
		t.Fatal(err)
	}
	p.grant(0, 1)
	eventually(t, "numbers", func() bool { return f.left() == 20 })
	f.stop()
	path := filepath.Join(f.dir, "hall.db")
	saved, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f.start()
	f.visit("t1")
	eventually(t, "the visit", func() bool { return len(p.all("visit.rated")) == 1 })
	f.stop()
	if err := os.WriteFile(path, saved, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(f.dir, "bus")); err != nil {
		t.Fatal(err)
	}
	f.start()
	f.visit("t2")
	eventually(t, "the visit after", func() bool { return len(p.all("visit.rated")) == 2 })
	ids := map[string]bool{}
	for _, e := range p.all("") {
		if ids[e.ID] {
			t.Errorf("id %s names two events", e.ID)
		}
		ids[e.ID] = true
	}
	if n := f.left(); n != 0 {
		t.Errorf("%d numbers are at hand that may have been given out", n)
	}
}

func TestAnAddressOfAPlatformIsCheckedAndStaysSecret(t *testing.T) {
	t.Parallel()
	good, err := uplink.ParsePlatform("tls://hall-7:s3cret@platform.example:7422")
	if err != nil || good.Hall != "hall-7" {
		t.Errorf("got %+v, %v", good, err)
	}
	for _, wrong := range []string{
		"", "platform:7422", "nats-leaf://platform:7422", "nats-leaf://east@platform:7422", "nats-leaf://east:@platform:7422",
		"nats-leaf://east:s3cret@platform", "nats-leaf://:s3cret@platform:7422", "nats-leaf://East:s3cret@platform:7422",
		"nats-leaf://e:s3cret@platform:7422", "http://east:s3cret@platform:7422", "nats-leaf://east:s3cret@platform:7422/x",
		"nats-leaf://east:s3cret@platform:7422?a=b", "nats-leaf://ea.st:s3cret@platform:7422", "nats-leaf://east:s3cret@:7422",
		"nats-leaf://" + strings.Repeat("x", 41) + ":s3cret@platform:7422", "nats-leaf://east:s3cret@[::1", "%zz",
	} {
		if _, err := uplink.ParsePlatform(wrong); err == nil {
			t.Errorf("%s was taken", wrong)
		} else if strings.Contains(err.Error(), "s3cret") {
			t.Errorf("the error shows the token: %v", err)
		}
	}
}
