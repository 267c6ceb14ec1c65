package agent

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"smarthall/internal/device"
	"smarthall/internal/link"
)

// ownPage begins the keys of page jobs in the journal; like labels they are
// never reported to the hall.
const ownPage = "page/"

// pageTimeout is how long one document may take to come out.
const pageTimeout = 3 * time.Minute

// PageError is why a document isn't on paper, for pages that word it for people
// who don't work there.
type PageError struct {
	// State is the printer's.
	State device.State
	// refusal is worded for staff.
	refusal error
}

// Error implements error.
func (e *PageError) Error() string { return e.refusal.Error() }

// Unwrap returns the refusal.
func (e *PageError) Unwrap() error { return e.refusal }

// PagesReady tells whether PrintPDF would have a printer that works now; else why
// not, worded for whoever wants the paper.
func (a *Agent) PagesReady() error {
	_, err := a.pagePrinter()
	return err
}

// pagePrinter is the page printer that works.
func (a *Agent) pagePrinter() (*Device, error) {
	printer := a.Devices.Best(device.ClassPagePrinter)
	if printer == nil {
		return nil, Refuse(http.StatusConflict, "page.no-printer", "这里没有可以打印文件的打印机")
	}
	if state := printer.State(); !state.Works() {
		return nil, &PageError{state, Refuse(http.StatusConflict, "page.not-ready", "没有打印，"+Advice(device.ClassPagePrinter, state))}
	}
	return printer, nil
}

// PrintPDF prints a document on the first page printer that works, at most once
// per job.Job across restarts: asked again under the same key it answers what
// became of it. The error is worded for whoever waits for the paper.
func (a *Agent) PrintPDF(ctx context.Context, ticket string, job device.PageJob) error {
	if job.Job == "" {
		return Refuse(http.StatusUnprocessableEntity, "page.no-key", "打印任务没有编号")
	}
	printer, err := a.pagePrinter()
	if err != nil {
		return err
	}
	done := link.PrintDone{Job: ownPage + job.Job, Ticket: ticket}
	fresh, err := a.spool.Begin(ctx, done.Job, ticket)
	if err != nil {
		return err
	}
	if !fresh {
		return a.pageBefore(ctx, done.Job)
	}
	printing, cancel := context.WithTimeout(ctx, pageTimeout)
	defer cancel()
	cause := printer.PrintPDF(printing, job)
	done.Outcome, done.Device = LabelOutcome(cause), string(device.StateOf(cause))
	if cause != nil {
		done.Detail = cause.Error()
	}
	a.log.Info("page job ended", slog.String("job", done.Job), slog.String("outcome", string(done.Outcome)))
	// The outcome is written even if nobody waits for it any more.
	if err := a.spool.End(context.WithoutCancel(ctx), done); err != nil {
		a.log.Error("page job not ended", slog.String("job", done.Job), slog.Any("err", err))
	}
	var explained device.Explainer
	if errors.As(cause, &explained) {
		return &PageError{device.StateOf(cause), Refuse(http.StatusConflict, "page.failed", "没有打印："+explained.Explain())}
	}
	return pageRefusal(done.Outcome, device.StateOf(cause))
}

// pageBefore is what became of a document that was ordered before under the
// same key.
func (a *Agent) pageBefore(ctx context.Context, job string) error {
	done, ended, err := a.spool.printed(ctx, job)
	if err != nil {
		return err
	}
	if !ended {
		done.Outcome = link.PrintUnknown
	}
	return pageRefusal(done.Outcome, device.State(done.Device))
}

// pageRefusal words what became of a document; nil if it came out.
func pageRefusal(outcome link.PrintOutcome, state device.State) error {
	switch outcome {
	case link.PrintPrinted:
		return nil
	case link.PrintUnknown:
		return &PageError{state, Refuse(http.StatusGatewayTimeout, "page.unknown", "打印机没有回应，请先看出纸盘，没有纸再重新打印")}
	default:
		return &PageError{state, Refuse(http.StatusConflict, "page.failed", "没有打好，"+Advice(device.ClassPagePrinter, state)+"，再重新打印")}
	}
}
