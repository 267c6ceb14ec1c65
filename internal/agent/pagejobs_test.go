package agent_test

import (
	"log/slog"
	"testing"
	"testing/fstest"

	"smarthall/internal/agent"
	"smarthall/internal/agent/agenttest"
	"smarthall/internal/device"
	"smarthall/internal/link"
)

func TestDocumentIsPrintedOncePerKeyAcrossRestarts(t *testing.T) {
	hall := agenttest.NewHall(t)
	data := t.TempDir()
	var fakes agenttest.Devices
	start := func() (a *agent.Agent, stop func()) {
		a, err := agent.New(agent.Options{
			Config: &agent.Config{
				Agent: "counter-1", Hall: hall.URL, Token: agenttest.Token, Listen: "127.0.0.1:0", Data: data, Window: "1",
				Devices: []device.Config{{ID: "pages", Profile: string(device.ClassPagePrinter)}},
			},
			Role: link.RoleCounter, Open: fakes.Opener(), Dist: fstest.MapFS{}, Log: slog.New(slog.DiscardHandler),
		})
		if err != nil {
			t.Fatal(err)
		}
		stop = agenttest.Start(t, a, a.Ready())
		agenttest.WaitFor(t, "the printer", func() bool { return a.Devices.All()[0].State().Works() })
		return a, stop
	}
	job := device.PageJob{Job: "form-1", Title: "样表", PDF: []byte("%PDF-")}

	a, stop := start()
	for range 2 {
		if err := a.PrintPDF(t.Context(), "", job); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.PrintPDF(t.Context(), "", device.PageJob{PDF: []byte("%PDF-")}); err == nil {
		t.Error("a job without a key was printed")
	}
	stop()

	a, _ = start()
	if err := a.PrintPDF(t.Context(), "", job); err != nil {
		t.Error(err)
	}
	fakes.Get("pages").Unplug()
	agenttest.WaitFor(t, "the printer is away", func() bool { return !a.Devices.All()[0].State().Works() })
	if err := a.PrintPDF(t.Context(), "", device.PageJob{Job: "form-2", PDF: []byte("%PDF-")}); err == nil {
		t.Error("a printer that is away has printed")
	}
	if got := fakes.Get("pages").Pages(); len(got) != 1 || got[0].Title != "样表" {
		t.Errorf("printed %+v", got)
	}
	if got := hall.Up(link.TypePrintDone); len(got) > 0 {
		t.Errorf("the hall was told of it: %+v", got)
	}
}
