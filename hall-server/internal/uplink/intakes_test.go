package uplink_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"smarthall/hall-server/internal/intake"
	"smarthall/hall-server/internal/queue"
	"smarthall/hall-server/internal/store"
	"smarthall/hall-server/internal/uplink"
)

// receive receives an application during a visit, as the hall's part for it does.
func (f *fixture) receive(id, ticket string, n int64) {
	f.Helper()
	added, err := f.store.AddIntake(f.Context(), &intake.Intake{
		ID: id, Number: intake.Number(opening, n), Item: "food", ItemName: "食品经营许可", Ticket: ticket, Window: "4", Clerk: "li", Made: opening,
		After: f.core.Seq(), Sealed: "sealed person", Name: "王*", State: intake.Waiting, Materials: []intake.Material{},
	})
	if err != nil || !added {
		f.Fatalf("add intake: %v, %v", added, err)
	}
	f.link.Announce()
}

// serve begins a visit at window 4, finish ends it.
func (f *fixture) serve(id string) {
	f.Helper()
	f.do(queue.TakeTicket{ID: queue.TicketID(id), Service: "tax", Channel: "card"})
	f.do(queue.CallNext{Window: "4"})
	f.do(queue.TicketCommand{Verb: queue.VerbArrive, Ticket: queue.TicketID(id), Window: "4"})
}

func (f *fixture) finish(id string) {
	f.Helper()
	f.do(queue.Finish{Ticket: queue.TicketID(id), Window: "4", Result: "done"})
}

// of are the types of the events about a visit, in their order.
func (p *platform) of(ticket string) (list []string) {
	for _, e := range p.all("") {
		if e.Subject == ticket {
			list = append(list, e.Type)
		}
	}
	return list
}

func TestAnIntakeIsAnnouncedInTheOrderOfItsVisitAndNamesNobody(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	f := newFixture(t, p)
	f.do(queue.SignIn{Window: "4", Staff: "li", StaffName: "李敏"})
	want := []string{"ticket.taken", "ticket.called", "ticket.arrived", "intake.made", "intake.made", "ticket.finished"}
	const visits = 20
	for i := range visits {
		ticket := fmt.Sprintf("t%d", i)
		f.serve(ticket)
		f.receive(ticket+"-a", ticket, int64(2*i+1))
		f.receive(ticket+"-b", ticket, int64(2*i+2))
		f.finish(ticket)
	}
	eventually(t, "the last visit", func() bool { return len(p.all("ticket.finished")) == visits })
	for i := range visits {
		if got := p.of(fmt.Sprintf("t%d", i)); !slices.Equal(got, want) {
			t.Fatalf("visit %d: got %v", i, got)
		}
	}
	first := p.all("intake.")[0]
	var body map[string]string
	if err := json.Unmarshal(first.Data, &body); err != nil {
		t.Fatal(err)
	}
	if first.ID != "east-intake-t0-a" || body["intake"] != "t0-a" || body["number"] != "SQ202611239000001" || body["item"] != "food" || body["window"] != "4" {
		t.Errorf("got %s %v", first.ID, body)
	}
	if text := string(first.Data); strings.Contains(text, "王") || strings.Contains(text, "sealed") {
		t.Errorf("it names somebody: %s", text)
	}
}

func TestIntakesAreAnnouncedAfterTheHallWasAloneAndARestart(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	f := newFixture(t, nil)
	f.do(queue.SignIn{Window: "4", Staff: "li", StaffName: "李敏"})
	f.serve("t1")
	f.receive("one", "t1", 1)
	f.restart()
	f.finish("t1")
	f.stop()
	f.address = "nats-leaf://east:token@" + p.addr
	f.start()
	eventually(t, "the end", func() bool { return len(p.all("ticket.finished")) == 1 })
	if got := p.of("t1"); !slices.Equal(got, []string{"ticket.taken", "ticket.called", "ticket.arrived", "intake.made", "ticket.finished"}) {
		t.Errorf("got %v", got)
	}
}

// unsure forgets that intakes were announced.
type unsure struct{ *store.Store }

func (unsure) IntakeAnnounced(context.Context, string) error { return nil }

func TestAnIntakeThatACrashAnnouncesAgainIsOneEvent(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	f := &fixture{TB: t, dir: t.TempDir(), now: opening, address: "nats-leaf://east:token@" + p.addr, spoil: func(s *store.Store) uplink.Store { return unsure{s} }}
	f.start()
	t.Cleanup(func() { f.stop() })
	f.do(queue.SignIn{Window: "4", Staff: "li", StaffName: "李敏"})
	f.serve("t1")
	f.receive("one", "t1", 1)
	for range 3 {
		f.restart()
	}
	f.receive("two", "t1", 2)
	eventually(t, "the second", func() bool { return slices.Contains(ids(p.all("intake.")), "east-intake-two") })
	if got := ids(p.all("intake.")); !slices.Equal(got, []string{"east-intake-one", "east-intake-two"}) {
		t.Errorf("got %v", got)
	}
}

func ids(events []uplink.Event) (list []string) {
	for _, e := range events {
		list = append(list, e.ID)
	}
	return list
}
