package counter_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"smarthall/counter-agent/counter"
	"smarthall/internal/agent"
	"smarthall/internal/agent/agenttest"
	"smarthall/internal/device"
	"smarthall/internal/link"
)

// startWithLabels starts a counter with a label printer whose window has t in
// front.
func startWithLabels(t *testing.T, hall *agenttest.Hall, folder string) *rig {
	t.Helper()
	r := &rig{hall: hall}
	c, err := counter.New(counter.Options{
		Config: &agent.Config{
			Agent: "counter-1", Hall: hall.URL, Token: agenttest.Token, Listen: "127.0.0.1:0",
			Data: folder, Window: "3", RatingWait: time.Second,
			Devices: []device.Config{{ID: "labels", Profile: "label-printer"}},
		},
		Open: r.fakes.Opener(), Pages: fstest.MapFS{}, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	r.counter = c
	r.stop = agenttest.Start(t, c, c.Agent().Ready())
	agenttest.WaitFor(t, "link and printer are up", func() bool {
		_, known := c.Agent().Hall()
		return known && c.Agent().Devices.Best(device.ClassLabelPrinter).State() == device.Online && c.Agent().Client.Online()
	})
	r.page, _ = agenttest.Open(t, c.Agent().Addr())
	return r
}

func hallWithTicket(t *testing.T) *agenttest.Hall {
	t.Helper()
	hall := agenttest.NewHall(t)
	started := time.Date(2026, 11, 22, 2, 15, 0, 0, time.UTC)
	hall.SetSnapshot(link.Snapshot{
		Hall: link.HallView{TimeZone: "Asia/Shanghai"},
		Windows: []link.WindowView{{ID: "3", Ticket: &link.TicketView{
			ID: "t", Number: "E012", ServiceName: "社会保险业务", Day: "2026-11-22", Name: "王*", URL: "http://hall/t/t",
			TakenAt: started.Add(-time.Hour), StartedAt: &started,
		}}},
		Queue: &link.QueueChanged{Waiting: []link.TicketView{{ID: "w", Number: "E013", ServiceName: "社会保险业务", Day: "2026-11-22"}}},
	})
	return hall
}

func TestALabelSaysWhoIsInFrontAndOpensTheVisit(t *testing.T) {
	r := startWithLabels(t, hallWithTicket(t), t.TempDir())
	r.page.Send(link.TypeLabelPrint, "1", link.TicketRef{Ticket: "t"})
	if m := r.page.Answer("1", nil); m.Type != link.TypeAnswer {
		t.Fatalf("got %s %s", m.Type, m.Body)
	}
	labels := r.fakes.Get("labels").Labels()
	if len(labels) != 1 {
		t.Fatalf("%d labels were printed", len(labels))
	}
	labels[0].Job = ""
	want := device.Label{
		Title: "E012 社会保险业务", Lines: []string{"申请人 王*", "受理 2026-11-22 10:15"}, Code: "20261122E012", Copies: 1,
	}
	if diff := cmp.Diff(want, labels[0]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if up := r.hall.Up(link.TypePrintDone); len(up) != 0 {
		t.Errorf("the hall was told of a job that it never ordered: %+v", up)
	}
}

func TestALabelIsPrintedWithoutTheHall(t *testing.T) {
	r := startWithLabels(t, hallWithTicket(t), t.TempDir())
	r.away(t)
	r.page.Send(link.TypeLabelPrint, "1", link.TicketRef{Ticket: "w"})
	if m := r.page.Answer("1", nil); m.Type != link.TypeAnswer || len(r.fakes.Get("labels").Labels()) != 1 {
		t.Errorf("of a ticket that waits: got %s %s", m.Type, m.Body)
	}
	var p link.Problem
	r.page.Send(link.TypeLabelPrint, "2", link.TicketRef{Ticket: "unheard-of"})
	if r.page.Answer("2", &p); p.Code != "link.away" {
		t.Errorf("of a ticket that only the hall knows: got %+v", p)
	}
}

// A label is printed once per command, however often the page sends it, even
// if the program was started again meanwhile.
func TestALabelIsPrintedAtMostOncePerCommand(t *testing.T) {
	const id = "01JDB7ZJ9E6K3M5N7P9R1T3V5X"
	hall, folder := hallWithTicket(t), t.TempDir()
	r := startWithLabels(t, hall, folder)
	for range 2 {
		r.page.Send(link.TypeLabelPrint, id, link.TicketRef{Ticket: "t"})
		if m := r.page.Answer(id, nil); m.Type != link.TypeAnswer {
			t.Fatalf("got %s %s", m.Type, m.Body)
		}
	}
	r.stop()
	again := startWithLabels(t, hall, folder)
	again.page.Send(link.TypeLabelPrint, id, link.TicketRef{Ticket: "t"})
	if m := again.page.Answer(id, nil); m.Type != link.TypeAnswer {
		t.Errorf("after a restart: got %s %s", m.Type, m.Body)
	}
	if n := len(r.fakes.Get("labels").Labels()) + len(again.fakes.Get("labels").Labels()); n != 1 {
		t.Errorf("%d labels were printed", n)
	}
	if up := hall.Up(link.TypePrintDone); len(up) != 0 {
		t.Errorf("the hall was told of a job that it never ordered: %+v", up)
	}
}

func TestTheClerkIsToldWhyThereIsNoLabel(t *testing.T) {
	r := startWithLabels(t, hallWithTicket(t), t.TempDir())
	printer := r.fakes.Get("labels")
	ask := func(id string) link.Problem {
		var p link.Problem
		r.page.Send(link.TypeLabelPrint, id, link.TicketRef{Ticket: "t"})
		r.page.Answer(id, &p)
		return p
	}
	for i, tt := range []struct {
		err  error
		code string
	}{
		{fmt.Errorf("%w: %w", device.ErrPartly, device.ErrNoPaper), "label.failed"},
		{fmt.Errorf("%w: %w", device.ErrPartly, device.ErrTimeout), "label.unknown"},
		{device.ErrFault, "label.failed"},
	} {
		printer.OnLabel(func(context.Context, device.Label) error { return tt.err })
		if p := ask(fmt.Sprint(i)); p.Code != tt.code || p.Detail == "" {
			t.Errorf("%v: got %+v", tt.err, p)
		}
	}
	printer.State(device.PaperEnd)
	agenttest.WaitFor(t, "the state is known", func() bool {
		return r.counter.Agent().Devices.Best(device.ClassLabelPrinter).State() == device.PaperEnd
	})
	began := len(printer.Labels())
	if p := ask("empty"); p.Code != "label.not-ready" || len(printer.Labels()) != began {
		t.Errorf("without paper: got %+v", p)
	}
	bare := start(t, time.Second)
	var p link.Problem
	bare.page.Send(link.TypeLabelPrint, "1", link.TicketRef{Ticket: "t"})
	if bare.page.Answer("1", &p); p.Code != "label.no-printer" {
		t.Errorf("without a label printer: got %+v", p)
	}
}
