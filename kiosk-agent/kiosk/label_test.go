package kiosk_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"smarthall/internal/agent"
	"smarthall/internal/agent/agenttest"
	"smarthall/internal/device"
	"smarthall/internal/link"
)

// startWithPrinters starts a kiosk that gives out what ticket says, with these
// printers.
func startWithPrinters(t *testing.T, ticket string, printers ...device.Config) *rig {
	t.Helper()
	r := &rig{hall: agenttest.NewHall(t)}
	r.config = &agent.Config{
		Agent: "kiosk-1", Hall: r.hall.URL, Token: agenttest.Token, Listen: "127.0.0.1:0",
		Data: t.TempDir(), Idle: 150 * time.Millisecond, Ticket: ticket, Devices: printers,
	}
	r.run(t)
	agenttest.WaitFor(t, "the printers are up", func() bool {
		for _, d := range r.kiosk.Agent().Devices.All() {
			if d.State() != device.Online {
				return false
			}
		}
		return true
	})
	return r
}

var (
	paperPrinter = device.Config{ID: "printer", Profile: "printer"}
	labelPrinter = device.Config{ID: "labels", Profile: "label-printer"}
)

func labelJob(id string) link.PrintJob {
	j := job(id)
	j.Label = &link.Label{Title: "E012 社会保险业务", Lines: []string{"申请人 王*"}, Code: "20261122E012", QR: "http://hall/t/x"}
	return j
}

func TestAKioskGivesOutLabelsIfItIsSetUpSo(t *testing.T) {
	for _, tt := range []struct {
		name     string
		ticket   string
		printers []device.Config
		broken   bool // the label printer has no paper
		job      link.PrintJob
		labels   int
		papers   int
		outcome  link.PrintOutcome
	}{
		{"label", agent.TicketLabel, []device.Config{labelPrinter}, false, labelJob("j"), 1, 0, link.PrintPrinted},
		{"label beside paper", agent.TicketLabel, []device.Config{paperPrinter, labelPrinter}, false, labelJob("j"), 1, 0, link.PrintPrinted},
		{"paper while there are no labels", agent.TicketLabel, []device.Config{paperPrinter, labelPrinter}, true, labelJob("j"), 0, 1, link.PrintPrinted},
		{"nothing to fall back on", agent.TicketLabel, []device.Config{labelPrinter}, true, labelJob("j"), 0, 0, link.PrintFailed},
		{"an older hall words no label", agent.TicketLabel, []device.Config{paperPrinter, labelPrinter}, false, job("j"), 0, 1, link.PrintPrinted},
		{"paper is what kiosks give out else", "", []device.Config{paperPrinter, labelPrinter}, false, labelJob("j"), 0, 1, link.PrintPrinted},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := startWithPrinters(t, tt.ticket, tt.printers...)
			if tt.broken {
				r.fakes.Get("labels").State(device.PaperEnd)
				agenttest.WaitFor(t, "the state is known", func() bool {
					return r.kiosk.Agent().Devices.Best(device.ClassLabelPrinter).State() == device.PaperEnd
				})
			}
			for range 2 { // the hall orders it again after a reconnection
				r.hall.Push(link.TypeTicketPrint, tt.job)
			}
			if got := r.report(t, "j"); got.Outcome != tt.outcome {
				t.Errorf("reported %s (%s)", got.Outcome, got.Detail)
			}
			labels := r.fakes.Get("labels").Labels()
			if len(labels) != tt.labels || len(r.fakes.Get("printer").Printed()) != tt.papers {
				t.Errorf("%d labels and %d papers came out", len(labels), len(r.fakes.Get("printer").Printed()))
			}
			want := device.Label{Job: "j", Title: "E012 社会保险业务", Lines: []string{"申请人 王*"}, Code: "20261122E012", QR: "http://hall/t/x", Copies: 1}
			if tt.labels == 1 {
				if diff := cmp.Diff(want, labels[0]); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			}
		})
	}
}
