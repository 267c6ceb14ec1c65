package counter_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"smarthall/counter-agent/counter"
	"smarthall/internal/agent/agenttest"
	"smarthall/internal/device"
	"smarthall/internal/link"
)

// visit puts a ticket in front, or nobody.
func (r *rig) visit(t *testing.T, ticket string) {
	t.Helper()
	w := link.WindowView{ID: "3"}
	if ticket != "" {
		w.Ticket = &link.TicketView{ID: ticket, Number: "N-" + ticket}
	}
	r.front(t, w)
	agenttest.WaitFor(t, "the visit is in front", func() bool {
		hall, _ := r.counter.Agent().Hall()
		got := ""
		for _, w := range hall.Windows {
			if w.Ticket != nil {
				got = w.Ticket.ID
			}
		}
		return got == ticket
	})
}

func (r *rig) holder(t *testing.T, ticket string) (h counter.Holder, ok bool) {
	t.Helper()
	resp, body := get(t, r.counter, "/card/holder/"+ticket)
	if resp.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("it may be kept: %v", resp.Header)
	}
	if resp.StatusCode == http.StatusNotFound {
		return h, false
	}
	if err := json.Unmarshal(body, &h); err != nil {
		t.Fatal(err)
	}
	return h, true
}

func (r *rig) layCard(t *testing.T) {
	t.Helper()
	r.fakes.Get("reader").Event(device.CardPresent{Identity: device.Identity{
		Kind: device.Citizen, Name: "王样例", Number: "330102198003070028", Sex: "女", Address: "迁出前的地址", NewAddress: "东湖区样例路1号",
		Birth: time.Date(1980, 3, 7, 0, 0, 0, 0, time.UTC),
	}})
	r.page.Next(link.TypeCardRead, nil)
}

func (r *rig) liftCard(t *testing.T) {
	t.Helper()
	r.fakes.Get("reader").Event(device.CardRemoved{})
	r.page.Next(link.TypeCardRemoved, nil)
}

func TestACardIsRememberedForItsVisitAlone(t *testing.T) {
	r := start(t, time.Second)
	if _, ok := r.holder(t, "t"); ok {
		t.Fatal("somebody before any card")
	}
	r.layCard(t)
	want := counter.Holder{Kind: "citizen", Name: "王样例", Number: "330102198003070028", Sex: "女", Birth: "1980-03-07", Address: "东湖区样例路1号"}
	if got, _ := r.holder(t, "t"); got != want {
		t.Errorf("got %+v", got)
	}
	if _, ok := r.holder(t, "other"); ok {
		t.Error("another visit got the card")
	}
	r.liftCard(t)
	if _, ok := r.holder(t, "t"); !ok {
		t.Error("forgotten while the visit is in front")
	}
	r.visit(t, "u")
	if _, ok := r.holder(t, "u"); ok {
		t.Error("the next visit got the card of the one before")
	}
	r.visit(t, "t")
	if _, ok := r.holder(t, "t"); ok {
		t.Error("remembered when the visit came back")
	}
}

func TestACardLeftOnTheReaderIsNotTheNextVisitors(t *testing.T) {
	r := start(t, time.Second)
	r.layCard(t)
	r.visit(t, "")
	r.visit(t, "u")
	if _, ok := r.holder(t, "u"); ok {
		t.Error("it was taken for the next visitor's")
	}
}

func TestACardLaidBeforeTheCallIsTheVisitors(t *testing.T) {
	r := start(t, time.Second)
	r.visit(t, "")
	r.layCard(t)
	r.visit(t, "u")
	if got, _ := r.holder(t, "u"); got.Name != "王样例" {
		t.Errorf("got %+v", got)
	}
	r.visit(t, "")
	r.liftCard(t)
	r.layCard(t)
	r.liftCard(t)
	r.visit(t, "v")
	if _, ok := r.holder(t, "v"); ok {
		t.Error("a card that was lifted before the call was kept")
	}
}
