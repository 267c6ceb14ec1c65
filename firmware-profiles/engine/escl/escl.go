// Package escl drives network scanners that speak eSCL, which is sold as
// AirScan or AirPrint scanning. Settings flow out as XML over HTTP, pages come
// back one by one as JPEG, and the scanner's status says why one doesn't come.
//
// eSCL has no public standard. What is done here is what the scanners that the
// free implementations know agree on: ScannerCapabilities and ScannerStatus
// are asked, a POST to ScanJobs begins a job, NextDocument of that job gives a
// page each until 404, DELETE ends it.
package escl

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"smarthall/firmware-profiles/engine/session"
	"smarthall/firmware-profiles/engine/sheet"
	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
)

// Defaults of what a profile may leave open.
const (
	defaultRead   = 90 * time.Second        // one page, with warming up
	defaultReply  = 15 * time.Second        // answer to a command
	defaultStatus = 5 * time.Second         // answer to a status question
	defaultPoll   = 1500 * time.Millisecond // between two status questions
	defaultPace   = 500 * time.Millisecond  // before a page is asked for again
)

// maxPages bounds one job: no feeder holds more, and a scanner that never says
// 404 would go on for ever.
const maxPages = 500

// Scanner is one eSCL scanner. It is a device.DocumentScanner.
type Scanner struct {
	client *client
	log    *slog.Logger

	read, reply, status, poll, pace time.Duration

	gate session.Gate[Capabilities]
	turn chan struct{} // holds a token while a job runs
	left *leftover     // used with the turn; outlives a line that breaks
	now  func() time.Time
}

var _ device.DocumentScanner = (*Scanner)(nil)

// New is the engine's factory. cfg.Port is http://host:port or https://host,
// with a path where the scanner's differs from the profile's.
func New(p *profile.Profile, cfg device.Config, log *slog.Logger) (device.Device, error) {
	params, err := p.ResolveParams(cfg.Params)
	if err != nil {
		return nil, err
	}
	path := defaultPath
	if t, ok := p.Transport(profile.HTTP); ok {
		path = t.Path
	}
	trusted, _ := params["fingerprint"].(string)
	c, err := newClient(cfg.Port, path, trusted)
	if err != nil {
		return nil, err
	}
	return &Scanner{
		client: c, log: log, turn: make(chan struct{}, 1), now: time.Now,
		read:   p.Timing.Read.Or(defaultRead),
		reply:  p.Timing.Reply.Or(defaultReply),
		status: p.Timing.Status.Or(defaultStatus),
		poll:   p.Status.Poll.Or(defaultPoll),
		pace:   p.Timing.Pace.Or(defaultPace),
	}, nil
}

// LookEvery implements device.Looked, for profiles that let a scanner sleep.
func (s *Scanner) LookEvery() time.Duration { return s.poll }

// Run asks what the scanner can do, reports its state and its changes, and lets
// Scan work until ctx ends or the scanner is gone. It returns the cause.
func (s *Scanner) Run(ctx context.Context, sink device.Sink) error {
	defer s.client.close()
	caps, err := s.capabilities(ctx)
	if err != nil {
		return fmt.Errorf("ask scanner what it can do: %w", err)
	}
	s.log.Debug("scanner answers", slog.String("model", caps.Model), slog.Bool("feeder", caps.Feeder != nil))
	broken, end := s.gate.Open(ctx, caps)
	defer end()
	tick := time.NewTicker(s.poll)
	defer tick.Stop()
	for {
		st, err := s.ask(ctx)
		if err != nil {
			return fmt.Errorf("ask scanner: %w", err)
		}
		sink.State(st.Device(), st.detail())
		s.idleSettle(ctx)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-broken:
			return err
		case <-tick.C:
		}
	}
}

func (s *Scanner) capabilities(ctx context.Context) (Capabilities, error) {
	ctx, cancel := context.WithTimeout(ctx, s.reply)
	defer cancel()
	data, err := s.client.get(ctx, "ScannerCapabilities")
	if err != nil {
		return Capabilities{}, err
	}
	return ParseCapabilities(data)
}

// ask asks the scanner's status.
func (s *Scanner) ask(ctx context.Context) (Status, error) {
	ctx, cancel := context.WithTimeout(ctx, s.status)
	defer cancel()
	data, err := s.client.get(ctx, "ScannerStatus")
	if err != nil {
		return Status{}, err
	}
	return ParseStatus(data)
}

// Scan scans the glass or everything in the feeder and calls page with each
// page. See device.DocumentScanner; a scanner that is busy is a temporary
// device.ErrFault.
func (s *Scanner) Scan(ctx context.Context, settings device.ScanSettings, page func(device.Image) error) (int, error) {
	n := 0
	err := s.gate.Use(ctx, func(ctx context.Context, caps Capabilities) error {
		select {
		case s.turn <- struct{}{}:
			defer func() { <-s.turn }()
		case <-ctx.Done():
			return ctx.Err()
		}
		var err error
		n, err = s.scan(ctx, caps, settings, page)
		return err
	})
	if err != nil {
		return n, fmt.Errorf("scan: %w", err)
	}
	return n, nil
}

// scan runs one job.
func (s *Scanner) scan(ctx context.Context, caps Capabilities, want device.ScanSettings, page func(device.Image) error) (int, error) {
	job, err := Plan(caps, want)
	if err != nil {
		return 0, err
	}
	s.settle(ctx)
	st, err := s.ask(ctx)
	if err != nil {
		return 0, err
	}
	if job.Source == device.SourceFeeder {
		if err := st.feeder(); err != nil {
			return 0, err
		}
	}
	where, err := s.begin(ctx, job, st)
	if err != nil {
		return 0, err
	}
	n, finished, err := s.pages(ctx, job, where, page)
	if !finished {
		s.cancel(ctx, where)
	}
	return n, err
}

// begin creates the job and returns its path. before is the scanner's status
// without it.
func (s *Scanner) begin(ctx context.Context, job Job, before Status) (string, error) {
	creating, cancel := context.WithTimeout(ctx, s.reply)
	defer cancel()
	asked := s.now()
	where, heard, err := s.client.create(creating, job.XML())
	if err == nil {
		return where, nil
	}
	var refused *statusError
	isRefusal := errors.As(err, &refused)
	if heard && !isRefusal {
		s.leave(ctx, leftover{known: before.paths(), asked: asked})
	}
	if ctx.Err() != nil {
		return "", err
	}
	// What a refusal means stands in the status.
	if isRefusal && job.Source == device.SourceFeeder {
		if st, asked := s.ask(ctx); asked == nil {
			if cause := st.feeder(); cause != nil {
				return "", cause
			}
		}
	}
	return "", err
}

// pages hands over one page after the other. finished tells that the scanner
// knows of the job's end.
func (s *Scanner) pages(ctx context.Context, job Job, where string, page func(device.Image) error) (n int, finished bool, err error) {
	for n < maxPages {
		jpg, err := s.next(ctx, where)
		if errors.Is(err, errNoMore) {
			return n, true, s.ended(ctx, job, n)
		}
		if err != nil {
			return n, false, s.why(ctx, job, err)
		}
		if jpg, err = sheet.Complete(jpg); err != nil {
			return n, false, fmt.Errorf("page %d: %w", n+1, err)
		}
		if err := page(device.Image{JPEG: jpg, DPI: job.DPI, Time: s.now()}); err != nil {
			return n, false, err
		}
		n++
		if job.Source == device.SourceFlatbed {
			// Some scanners wait for the next sheet on their glass.
			return n, false, nil
		}
	}
	return n, false, fmt.Errorf("more than %d pages: %w", maxPages, device.ErrFault)
}

// next asks for a page until it is there.
func (s *Scanner) next(ctx context.Context, where string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, s.read)
	defer cancel()
	for {
		jpg, wait, err := s.client.next(ctx, where)
		if !errors.Is(err, errNotYet) {
			return jpg, err
		}
		st, asked := s.ask(ctx)
		if asked == nil && st.trouble() != nil {
			return nil, st.trouble()
		}
		select {
		case <-ctx.Done():
			return nil, lost(ctx, ctx.Err())
		case <-time.After(max(s.pace, wait)):
		}
	}
}

// ended is what the scanner's "no more pages" means.
func (s *Scanner) ended(ctx context.Context, job Job, n int) error {
	st, err := s.ask(ctx)
	switch {
	case err != nil && n == 0:
		return err
	case err != nil:
		return nil // the pages are there; whether the scanner is, Run finds out
	case st.trouble() != nil:
		return st.trouble()
	case n == 0 && job.Source == device.SourceFeeder:
		return device.ErrNoPaper
	case n == 0:
		return fmt.Errorf("scanner gave no page: %w", device.ErrFault)
	default:
		return nil
	}
}

// why asks the scanner why a page didn't come.
func (s *Scanner) why(ctx context.Context, job Job, err error) error {
	var refused *statusError
	if ctx.Err() != nil || !errors.As(err, &refused) {
		return err
	}
	st, asked := s.ask(ctx)
	switch {
	case asked != nil:
		return err
	case st.trouble() != nil:
		return st.trouble()
	case job.Source == device.SourceFeeder && st.Feeder == AdfEmpty:
		return device.ErrNoPaper
	default:
		return err
	}
}

// cancel ends a job early, also when ctx has ended; later, if the scanner
// doesn't hear it now.
func (s *Scanner) cancel(ctx context.Context, where string) {
	s.leave(ctx, leftover{where: where, asked: s.now()})
}
