package kiosk_test

import (
	"testing"
	"time"

	"smarthall/internal/link"
)

func TestADeviceIsTriedWhileNobodyUsesTheMachine(t *testing.T) {
	r := start(t)
	if got := r.hall.Try(t, "o1", "printer", time.Minute); got.Outcome != link.TryDone {
		t.Errorf("nobody there: %+v", got)
	}
	r.lay(t)
	if got := r.hall.Try(t, "o2", "printer", time.Minute); got.Outcome != link.TryBusy || got.Detail == "" {
		t.Errorf("somebody there: %+v", got)
	}
	if n := len(r.fakes.Get("printer").Printed()); n != 1 {
		t.Errorf("%d papers came out", n)
	}
}

func TestATrialTicketIsPrintedWhileNobodyUsesTheMachine(t *testing.T) {
	r := start(t)
	printer := r.fakes.Get("printer")
	trial := func(n string) link.PrintJob {
		j := job(link.TestJob + n)
		j.Ticket = ""
		return j
	}
	r.hall.Push(link.TypeTicketPrint, trial("1"))
	if got := r.report(t, link.TestJob+"1"); got.Outcome != link.PrintPrinted {
		t.Errorf("nobody there: %+v", got)
	}
	r.lay(t)
	r.hall.Push(link.TypeTicketPrint, trial("2"))
	if got := r.report(t, link.TestJob+"2"); got.Outcome != link.PrintBusy {
		t.Errorf("somebody there: %+v", got)
	}
	r.hall.Push(link.TypeTicketPrint, job("hers"))
	if got := r.report(t, "hers"); got.Outcome != link.PrintPrinted {
		t.Errorf("her own ticket: %+v", got)
	}
	if n := len(printer.Printed()); n != 2 {
		t.Errorf("%d papers came out", n)
	}
}
