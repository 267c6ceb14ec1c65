package kiosk

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"smarthall/internal/agent"
	"smarthall/internal/device"
	"smarthall/internal/link"
)

const (
	// maxJobs is how many print jobs may wait. More than that are left out;
	// the hall's next snapshot names them again.
	maxJobs = 256
	// heldAtMost is how long jobs are held back before it is looked again
	// whether they must be.
	heldAtMost = 10 * time.Second
	// printTimeout is how long one ticket may take to come out. On a line of 9600
	// baud a printer without a Chinese font, whose every line is a bitmap, needs
	// half a minute.
	printTimeout = 60 * time.Second
)

// printing is a print job on its way. Begun tells that the journal has it: that
// of an offline ticket, which was entered with the ticket.
type printing struct {
	job   link.PrintJob
	begun bool
}

// fromHall queues the print jobs that the hall orders.
func (k *Kiosk) fromHall(m link.Message) {
	switch m.Type {
	case link.TypeTicketPrint:
		var job link.PrintJob
		if err := m.Into(&job); err != nil {
			k.log.Error("print job unreadable", slog.Any("err", err))
			return
		}
		k.ordered.Add(1)
		k.order(job)
	case link.TypeSnapshot:
		var s link.Snapshot
		if err := m.Into(&s); err != nil {
			return // the runtime has refused and logged it
		}
		for _, job := range s.Prints {
			k.order(job)
		}
	}
}

// order queues a job of the hall.
func (k *Kiosk) order(job link.PrintJob) {
	if job.Job == "" {
		k.log.Error("print job without a key refused", slog.String("ticket", job.Ticket))
		return
	}
	k.queue(printing{job: job})
}

// queue queues a job; false if there are too many.
func (k *Kiosk) queue(p printing) bool {
	select {
	case k.jobs <- p:
		return true
	default:
		k.log.Error("too many print jobs", slog.String("job", p.job.Job), slog.String("ticket", p.job.Ticket))
		return false
	}
}

// settle is told that the hall has received an offline ticket.
func (k *Kiosk) settle() {
	select {
	case k.settled <- struct{}{}:
	default:
	}
}

// printAll prints the queued jobs one after another until ctx ends. The hall's
// jobs wait as long as one of them may be for a ticket that an offline ticket
// has replaced: the receipt of that tells.
func (k *Kiosk) printAll(ctx context.Context) {
	var held []link.PrintJob
	for {
		var late <-chan time.Time
		if len(held) > 0 {
			late = time.After(heldAtMost)
		}
		release := false
		select {
		case <-ctx.Done():
			return
		case p := <-k.jobs:
			switch {
			case p.begun:
				k.finish(ctx, k.attempt(ctx, p.job))
			case k.replacing(ctx):
				held = append(held, p.job)
			default:
				k.print(ctx, p.job)
			}
		case <-k.settled:
			release = true
		case <-late:
			release = true
		}
		if release && len(held) > 0 && !k.replacing(ctx) {
			for _, job := range held {
				k.print(ctx, job)
			}
			held = nil
		}
	}
}

// replacing tells whether the hall's print jobs must wait.
func (k *Kiosk) replacing(ctx context.Context) bool {
	yes, err := k.agent.Spool().Replacing(ctx)
	if err != nil && ctx.Err() == nil {
		k.log.Error("print jobs are held", slog.Any("err", err))
	}
	return yes || err != nil
}

// print prints a job unless the journal knows it, and reports what became of
// it. A job that the journal can't take isn't printed: it could come out twice.
func (k *Kiosk) print(ctx context.Context, job link.PrintJob) {
	fresh, err := k.agent.Spool().Begin(ctx, job.Job, job.Ticket)
	if err != nil {
		k.log.Error("print job not begun", slog.String("job", job.Job), slog.Any("err", err))
		return
	}
	if fresh {
		k.log.Debug("print job begun", slog.String("job", job.Job))
	} else {
		k.log.Info("print job was done before", slog.String("job", job.Job))
		k.agent.Client.Flush(ctx)
		return
	}
	k.finish(ctx, k.attempt(ctx, job))
}

// finish reports what became of a job.
func (k *Kiosk) finish(ctx context.Context, done link.PrintDone) {
	k.log.Info("print job ended", slog.String("job", done.Job), slog.String("ticket", done.Ticket),
		slog.String("outcome", string(done.Outcome)), slog.String("device", done.Device))
	// The report is written even if the program is being ended.
	if err := k.agent.PrintDone(context.WithoutCancel(ctx), done); err != nil {
		k.log.Error("print job not ended", slog.String("job", done.Job), slog.Any("err", err))
	}
}

// attempt prints a job on the first printer that works.
func (k *Kiosk) attempt(ctx context.Context, job link.PrintJob) link.PrintDone {
	done := link.PrintDone{Job: job.Job, Ticket: job.Ticket}
	if !job.Expires.IsZero() && k.agent.Client.Now().After(job.Expires) {
		done.Outcome, done.Detail = link.PrintExpired, "ordered too late"
		return done
	}
	if strings.HasPrefix(job.Job, link.TestJob) && k.inUse() {
		done.Outcome, done.Detail = link.PrintBusy, "somebody uses the machine"
		return done
	}
	if label := k.labelPrinter(job); label != nil && job.Device == "" {
		return k.attemptLabel(ctx, label, job)
	}
	printer := k.printerFor(job)
	if printer == nil {
		done.Outcome, done.Device, done.Detail = link.PrintFailed, string(device.Offline), "no printer is set up"
		return done
	}
	printer.Await(ctx) // a printer that is being set up anew is no reason to fail
	if state := printer.State(); !state.Works() {
		done.Outcome, done.Device, done.Detail = link.PrintFailed, string(state), "printer is "+string(state)
		return done
	}
	ctx, cancel := context.WithTimeout(ctx, printTimeout)
	defer cancel()
	err := printer.Print(ctx, document(job))
	done.Outcome, done.Device = outcome(err), string(device.StateOf(err))
	if err != nil {
		done.Detail = err.Error()
	} else if state := printer.State(); state.Works() {
		done.Device = string(state) // such as paper_near_end
	}
	return done
}

// printerFor is the printer that a job is for: the one that it names, else the
// first that works; nil if there is none.
func (k *Kiosk) printerFor(job link.PrintJob) *agent.Device {
	if job.Device == "" {
		return k.agent.Devices.Best(device.ClassPrinter)
	}
	for _, d := range k.agent.Devices.OfClass(device.ClassPrinter) {
		if d.Config.ID == job.Device {
			return d
		}
	}
	return nil
}

// outcome tells a ticket of which nothing came out from one that ended half-way
// and from one of which nobody knows how far it came.
func outcome(err error) link.PrintOutcome {
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

// document converts the hall's lines to the printer's.
func document(job link.PrintJob) device.Document {
	aligns := map[string]device.Align{"center": device.Center, "right": device.Right}
	doc := device.Document{Job: job.Job, Lines: make([]device.Line, 0, len(job.Lines))}
	for _, l := range job.Lines {
		line := device.Line{
			Text: l.Text, Size: l.Size, Bold: l.Bold, Align: aligns[l.Align],
			QR: l.QR, Feed: l.Feed, Rule: l.Rule,
		}
		if p := l.Picture; p != nil {
			line.Picture = &device.Picture{Width: p.Width, Data: p.Dots}
		}
		doc.Lines = append(doc.Lines, line)
	}
	return doc
}
