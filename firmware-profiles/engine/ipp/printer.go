// Package ipp prints on network printers and on the queues of CUPS with the
// Internet Printing Protocol (RFC 8010, RFC 8011). A PDF flows in, goes out as
// one print job in IPP/2.0 over HTTP, and the job is followed until the printer
// calls it completed; the printer's state reasons become neutral states.
// Printers that take PWG raster only are not served: their state says so.
package ipp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
)

// Defaults of what a profile may leave open.
const (
	defaultPoll   = 1500 * time.Millisecond
	defaultStatus = 5 * time.Second
	defaultPrint  = 3 * time.Minute
)

// Printer is one page printer. It is a device.PagePrinter.
type Printer struct {
	profile *profile.Profile
	client  *client
	log     *slog.Logger

	poll, ask, print time.Duration

	turn chan struct{} // holds a token while a job runs
	look chan struct{} // asks Run to look at the printer now

	mu      sync.Mutex
	running bool // guarded by mu
}

var _ device.PagePrinter = (*Printer)(nil)

// New is the engine's factory. It refuses a port that is no address of a
// printer.
func New(p *profile.Profile, cfg device.Config, log *slog.Logger) (device.Device, error) {
	params, err := p.ResolveParams(cfg.Params)
	if err != nil {
		return nil, err
	}
	insecure, _ := params["any_certificate"].(bool)
	c, err := newClient(cfg.Port, insecure)
	if err != nil {
		return nil, err
	}
	return &Printer{
		profile: p, client: c, log: log,
		poll:  p.Status.Poll.Or(defaultPoll),
		ask:   p.Timing.Status.Or(defaultStatus),
		print: p.Timing.Print.Or(defaultPrint),
		turn:  make(chan struct{}, 1), look: make(chan struct{}, 1),
	}, nil
}

// LookEvery implements device.Looked, for profiles that let a printer sleep.
func (p *Printer) LookEvery() time.Duration { return p.poll }

// Run asks the printer for its state again and again and reports it. It
// returns device.ErrOffline or ErrTimeout when the printer is away or silent,
// and ends with ctx.
func (p *Printer) Run(ctx context.Context, sink device.Sink) error {
	defer p.client.close()
	defer p.setRunning(false)
	tick := time.NewTicker(p.poll)
	defer tick.Stop()
	var last status
	for {
		s, err := p.status(ctx)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, errLogin), refused(err, StatusForbidden, StatusNotAuthenticated, StatusNotAuthorised):
			s = status{state: device.Unauthorised, detail: "打印机要求登录，请在打印机上允许本机打印"}
		case refused(err, StatusNotFound):
			s = status{state: device.Fault, detail: "打印机上没有这个队列，请核对 port 中的路径"}
		case refused(err, StatusBusy):
			s = last // it says nothing new
		case err != nil:
			return err
		}
		p.setRunning(true)
		if s.state != "" {
			sink.State(s.state, s.detail)
		}
		last = s
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-p.look:
		case <-tick.C:
		}
	}
}

func (p *Printer) setRunning(running bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.running = running
}

func (p *Printer) isRunning() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.running
}

// status asks the printer for what is of interest.
func (p *Printer) status(ctx context.Context) (status, error) {
	answer, err := p.answer(ctx, p.client.request(OpGetPrinterAttributes, Text(TagKeyword, "requested-attributes", wanted...)))
	if err != nil {
		return status{}, fmt.Errorf("ask for the printer's state: %w", err)
	}
	return statusOf(answer), nil
}

// answer does a request within the time that a printer has to answer.
func (p *Printer) answer(ctx context.Context, m Message) (Message, error) {
	within, cancel := context.WithTimeout(ctx, p.ask)
	defer cancel()
	answer, err := p.client.ask(within, m)
	if ctx.Err() != nil {
		return Message{}, ctx.Err()
	}
	return answer, err
}

// lookNow makes Run look at the printer at once.
func (p *Printer) lookNow() {
	select {
	case p.look <- struct{}{}:
	default:
	}
}
