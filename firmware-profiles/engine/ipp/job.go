package ipp

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"smarthall/internal/device"
)

// maxPDF bounds a document in bytes.
const maxPDF = 64 << 20

// media are the names of the papers (PWG 5101.1).
var media = map[device.Paper]string{device.PaperA4: "iso_a4_210x297mm", device.PaperA3: "iso_a3_297x420mm"}

// How often a job is looked after: soon at first, a page takes seconds.
const (
	minLook = 200 * time.Millisecond
	maxLook = 2 * time.Second
	// cancelWait is how long a job may take to be cancelled, after ctx ended.
	cancelWait = 3 * time.Second
)

// PrintPDF prints a document and returns once the printer calls the job
// completed. It is sent once, whatever happens. An error that doesn't wrap
// device.ErrPartly says that nothing came out; with it, ErrNoPaper, ErrCoverOpen,
// ErrJam and ErrFault say that the job was taken back and a first page may have
// come out, ErrTimeout and ctx's error that nobody knows.
func (p *Printer) PrintPDF(ctx context.Context, job device.PageJob) error {
	if len(job.PDF) > maxPDF || !bytes.HasPrefix(job.PDF, []byte("%PDF-")) {
		return fmt.Errorf("print %d bytes that are no PDF of at most %d: %w", len(job.PDF), maxPDF, device.ErrFault)
	}
	if !p.isRunning() {
		return device.Temporary(fmt.Errorf("print: %w", device.ErrOffline))
	}
	select {
	case p.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-p.turn }()
	defer p.lookNow()
	ctx, cancel := context.WithTimeout(ctx, p.print)
	defer cancel()
	s, err := p.status(ctx)
	if errors.Is(err, device.ErrTimeout) {
		// Nothing was sent yet, so the job surely isn't in the printer.
		return device.Temporary(fmt.Errorf("print on a printer that is silent: %w", device.ErrOffline))
	}
	if err != nil {
		return err
	}
	if err := s.err(); err != nil {
		return fmt.Errorf("print on a printer that is %s: %w", s.state, err)
	}
	attributes, err := p.ticket(s, job)
	if err != nil {
		return err
	}
	id, err := p.send(ctx, s, job, attributes)
	var no *statusError
	switch {
	case errors.As(err, &no), errors.Is(err, device.ErrOffline), errors.Is(err, errLogin):
		return fmt.Errorf("send print job: %w", err)
	case err != nil:
		return fmt.Errorf("send print job: %w: %w", device.ErrPartly, err)
	}
	if err := p.follow(ctx, id); err != nil {
		return fmt.Errorf("%w: %w", device.ErrPartly, err)
	}
	return nil
}

// ticket are the job's attributes, as far as the printer has them.
func (p *Printer) ticket(s status, job device.PageJob) ([]Attribute, error) {
	paper := cmp.Or(job.Paper, device.PaperA4)
	name, known := media[paper]
	if !known || !slices.Contains(p.profile.Caps.Media, paper) || len(s.media) > 0 && !slices.Contains(s.media, name) {
		return nil, fmt.Errorf("printer has no paper %q: %w", paper, device.ErrFault)
	}
	sides := "one-sided"
	if job.TwoSided && p.profile.Caps.Duplex && (len(s.sides) == 0 || slices.Contains(s.sides, "two-sided-long-edge")) {
		sides = "two-sided-long-edge"
	}
	copies := max(1, job.Copies)
	if s.copies > 0 && copies > s.copies {
		return nil, fmt.Errorf("printer makes %d copies at once, not %d: %w", s.copies, copies, device.ErrFault)
	}
	return []Attribute{
		Number(TagInteger, "copies", copies),
		Text(TagKeyword, "sides", sides),
		Text(TagKeyword, "media", name),
	}, nil
}

// user is whose jobs they are.
const user = "smarthall"

// send hands the document over, in one request if the printer knows it, and
// returns the job's number.
func (p *Printer) send(ctx context.Context, s status, job device.PageJob, attributes []Attribute) (int, error) {
	if s.can(OpPrintJob) {
		answer, err := p.client.do(ctx, p.printJob(job.Title, attributes), job.PDF)
		if err != nil {
			return 0, err
		}
		return number(answer)
	}
	m := p.client.request(OpCreateJob, Text(TagName, "requesting-user-name", user), jobName(job.Title))
	m.Groups = append(m.Groups, Group{TagJob, attributes})
	answer, err := p.client.do(ctx, m, nil)
	if err != nil {
		return 0, err
	}
	id, err := number(answer)
	if err != nil {
		return 0, err
	}
	m = p.client.request(OpSendDocument, Number(TagInteger, "job-id", id), Text(TagName, "requesting-user-name", user),
		Text(TagMimeType, "document-format", pdf), Bool("last-document", true))
	if _, err := p.client.do(ctx, m, job.PDF); err != nil {
		p.cancel(ctx, id) // a job without a document would block the printer
		return 0, err
	}
	return id, nil
}

// printJob is the request that carries the whole job.
func (p *Printer) printJob(title string, attributes []Attribute) Message {
	m := p.client.request(OpPrintJob, Text(TagName, "requesting-user-name", user), jobName(title), Text(TagMimeType, "document-format", pdf))
	m.Groups = append(m.Groups, Group{TagJob, attributes})
	return m
}

// jobName is the title in the printer's queue.
func jobName(title string) Attribute { return Text(TagName, "job-name", cut(cmp.Or(title, user), 255)) }

// cut is text of at most n bytes, whole characters.
func cut(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && text[n]&0xC0 == 0x80 {
		n--
	}
	return text[:n]
}

// number is the number of the job that an answer tells of.
func number(answer Message) (int, error) {
	id, ok := answer.Number(TagJob, "job-id")
	if !ok || id <= 0 {
		// The job may be printing, but nothing can be asked about it.
		return 0, fmt.Errorf("the printer's answer names no job: %w", device.ErrTimeout)
	}
	return id, nil
}

// errStopped says that a printer can't go on with a job by itself.
var errStopped = errors.New("printer stopped")

// follow waits until the job is done. One that the printer can't go on with is
// cancelled, so that it doesn't come out when nobody waits for it any more.
func (p *Printer) follow(ctx context.Context, id int) error {
	for wait := minLook; ; wait = min(2*wait, maxLook) {
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			p.cancel(ctx, id)
			return fmt.Errorf("wait for print job %d: %w: %w", id, device.ErrTimeout, ctx.Err())
		case <-timer.C:
		}
		done, err := p.jobDone(ctx, id)
		switch {
		case done || errors.Is(err, errJobFailed):
			return err
		case errors.Is(err, errStopped):
			p.cancel(ctx, id)
			return err
		case err != nil:
			// One lost question is no lost job: it is asked again until ctx ends.
			p.log.Debug("print job is asked for again", slog.Int("job", id), slog.Any("cause", err))
		}
	}
}

// errJobFailed says that a printer gave a job up.
var errJobFailed = errors.New("job ended without being printed")

// jobDone asks for a job once, and for the printer if the job isn't done.
func (p *Printer) jobDone(ctx context.Context, id int) (bool, error) {
	answer, err := p.answer(ctx, p.client.request(OpGetJobAttributes, Number(TagInteger, "job-id", id),
		Text(TagName, "requesting-user-name", user), Text(TagKeyword, "requested-attributes", "job-state", "job-state-reasons")))
	gone := refused(err, StatusNotFound) // simple printers forget a job when it is printed
	if err != nil && !gone {
		return false, fmt.Errorf("ask for print job %d: %w", id, err)
	}
	state, _ := answer.Number(TagJob, "job-state")
	switch state {
	case JobCompleted:
		return true, nil
	case JobCanceled, JobAborted:
		return false, fmt.Errorf("print job %d: state %d: %w: %w", id, state, errJobFailed, device.ErrFault)
	}
	s, err := p.status(ctx)
	if err != nil {
		return false, err
	}
	if err := s.err(); err != nil {
		return false, fmt.Errorf("print job %d: %w: %s: %w", id, errStopped, s.state, err)
	}
	return gone, nil
}

// cancel takes a job back, even if ctx has ended; one that is done already is
// left alone by the printer.
func (p *Printer) cancel(ctx context.Context, id int) {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), cancelWait)
	defer stop()
	m := p.client.request(OpCancelJob, Number(TagInteger, "job-id", id), Text(TagName, "requesting-user-name", user))
	if _, err := p.client.ask(ctx, m); err != nil && !refused(err, StatusNotPossible, StatusNotFound) {
		p.log.Warn("print job can't be cancelled", slog.Int("job", id), slog.Any("cause", err))
	}
}
