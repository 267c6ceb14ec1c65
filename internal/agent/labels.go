package agent

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"smarthall/internal/device"
	"smarthall/internal/link"
)

// ownJob begins the keys of print jobs that the hall knows nothing of: they
// stand in the journal like any other, but are never reported.
const ownJob = "label/"

// isOwn tells whether the hall has no use for a job's report.
func isOwn(job string) bool { return strings.HasPrefix(job, ownJob) || strings.HasPrefix(job, ownPage) }

// labelTimeout is how long one label may take to come out.
const labelTimeout = 25 * time.Second

// LabelJob is a label for a label printer, under the key of its job.
func LabelJob(job string, l link.Label) device.Label {
	return device.Label{Job: job, Title: l.Title, Lines: l.Lines, Code: l.Code, QR: l.QR, Copies: 1}
}

// PrintLabel prints the label of a ticket on the first label printer that
// works, at most once per key across restarts. The error is worded for the
// clerk who waits for it.
func (a *Agent) PrintLabel(ctx context.Context, key, ticket string, l link.Label) error {
	printer := a.Devices.Best(device.ClassLabelPrinter)
	if printer == nil {
		return Refuse(http.StatusConflict, "label.no-printer", "本窗口没有标签打印机")
	}
	if state := printer.State(); !state.Works() {
		return Refuse(http.StatusConflict, "label.not-ready", "标签没有打印，"+Advice(device.ClassLabelPrinter, state))
	}
	done := link.PrintDone{Job: ownJob + key, Ticket: ticket}
	fresh, err := a.spool.Begin(ctx, done.Job, ticket)
	if err != nil {
		return err
	}
	if !fresh {
		return a.labelBefore(ctx, done.Job)
	}
	printing, cancel := context.WithTimeout(ctx, labelTimeout)
	defer cancel()
	cause := printer.PrintLabel(printing, LabelJob(done.Job, l))
	done.Outcome, done.Device = LabelOutcome(cause), string(device.StateOf(cause))
	if cause != nil {
		done.Detail = cause.Error()
	}
	a.log.Info("label ended", slog.String("job", done.Job), slog.String("ticket", ticket), slog.String("outcome", string(done.Outcome)))
	if err := a.spool.End(context.WithoutCancel(ctx), done); err != nil {
		a.log.Error("label not ended", slog.String("job", done.Job), slog.Any("err", err))
	}
	var explained device.Explainer
	if errors.As(cause, &explained) {
		return Refuse(http.StatusConflict, "label.failed", "标签没有打印："+explained.Explain())
	}
	return labelRefusal(done.Outcome, device.StateOf(cause))
}

// labelBefore is what became of a label that was ordered before under the same
// key.
func (a *Agent) labelBefore(ctx context.Context, job string) error {
	done, ended, err := a.spool.printed(ctx, job)
	if err != nil {
		return err
	}
	if !ended {
		done.Outcome = link.PrintUnknown
	}
	return labelRefusal(done.Outcome, device.State(done.Device))
}

// LabelOutcome tells a label that surely didn't come out from one that ended
// half-way and from one of which nobody knows.
func LabelOutcome(err error) link.PrintOutcome {
	switch {
	case err == nil:
		return link.PrintPrinted
	case !errors.Is(err, device.ErrPartly):
		return link.PrintFailed
	case errors.Is(err, device.ErrTimeout), errors.Is(err, device.ErrOffline),
		errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return link.PrintUnknown
	default:
		return link.PrintPartial
	}
}

// labelRefusal words what became of a label; nil if it came out.
func labelRefusal(outcome link.PrintOutcome, state device.State) error {
	switch outcome {
	case link.PrintPrinted:
		return nil
	case link.PrintUnknown:
		return Refuse(http.StatusGatewayTimeout, "label.unknown", "标签打印机没有回应，请先看出纸口，没有标签再重新打印")
	default:
		return Refuse(http.StatusConflict, "label.failed", "标签没有打好，"+Advice(device.ClassLabelPrinter, state)+"，再重新打印")
	}
}

// printed returns a job's report; ended is false while it is being printed.
func (s *Spool) printed(ctx context.Context, job string) (done link.PrintDone, ended bool, err error) {
	err = s.transact(ctx, func(tx *sql.Tx) error {
		done, ended, err = readPrint(ctx, tx, job)
		return err
	})
	if err != nil {
		return done, false, fmt.Errorf("read print job %s: %w", job, err)
	}
	return done, ended, nil
}
