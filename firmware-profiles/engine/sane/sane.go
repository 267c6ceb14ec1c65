// Package sane drives scanners that have a SANE driver but no network protocol
// that we speak: USB flatbeds, older feeders. The driver runs in a program of
// its own, scanimage of the SANE project: settings flow out as its arguments,
// pages come back as JPEG files, and its exit code says what went wrong. So a
// driver that crashes or hangs takes nobody with it.
package sane

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"smarthall/firmware-profiles/engine/session"
	"smarthall/firmware-profiles/engine/sheet"
	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
)

// Defaults of what a profile may leave open.
const (
	defaultRead  = 90 * time.Second // one page, with warming up
	defaultReply = 30 * time.Second // to open the scanner and list its options
	defaultPoll  = time.Minute      // between two looks whether it is there
)

// Scheme begins the port of a SANE scanner: sane:NAME, where NAME is what
// `scanimage -L` shows; empty is the first scanner.
const Scheme = "sane:"

// Scanner is one scanner behind scanimage. It is a device.DocumentScanner.
type Scanner struct {
	program           program
	log               *slog.Logger
	read, reply, poll time.Duration
	scratch           string // folder for pages on their way
	usb               string // the scanner's file while it is plugged in; empty if it has none

	gate session.Gate[Options]
	turn chan struct{} // holds a token while scanimage runs
	now  func() time.Time
}

var _ device.DocumentScanner = (*Scanner)(nil)

// New is the engine's factory.
func New(p *profile.Profile, cfg device.Config, log *slog.Logger) (device.Device, error) {
	if _, err := p.ResolveParams(cfg.Params); err != nil {
		return nil, err
	}
	name, ok := strings.CutPrefix(cfg.Port, Scheme)
	if !ok || strings.ContainsAny(name, "\x00\n") {
		return nil, fmt.Errorf("scanner port %q is not sane:NAME; `scanimage -L` shows the names", cfg.Port)
	}
	return &Scanner{
		program: program{path: "scanimage", device: name}, log: log, scratch: scratch(),
		read:  p.Timing.Read.Or(defaultRead),
		reply: p.Timing.Reply.Or(defaultReply),
		poll:  p.Status.Poll.Or(defaultPoll),
		usb:   usbFile(usbDevices, name),
		turn:  make(chan struct{}, 1), now: time.Now,
	}, nil
}

// LookEvery implements device.Looked: to look, the scanner is opened, which
// moves the lamp of some and keeps other programs out.
func (s *Scanner) LookEvery() time.Duration { return s.poll }

// Run asks what the scanner can do, looks from time to time whether it is
// there, and lets Scan work until ctx ends or the scanner is gone. It returns
// the cause. A scanner on USB that is pulled out is missed at once.
func (s *Scanner) Run(ctx context.Context, sink device.Sink) error {
	var options Options
	err := s.exclusive(ctx, func() (err error) {
		options, err = s.options(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("open scanner: %w", err)
	}
	broken, end := s.gate.Open(ctx, options)
	defer end()
	sink.State(device.Online, "")
	tick := time.NewTicker(s.poll)
	defer tick.Stop()
	plug := time.NewTicker(plugEvery)
	defer plug.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-broken:
			return err
		case <-plug.C:
			if err := s.pluggedIn(); err != nil {
				return err
			}
			continue
		case <-tick.C:
		}
		err := s.exclusive(ctx, func() error {
			_, err := s.options(ctx)
			return err
		})
		var f *failure
		if err != nil && (!errors.As(err, &f) || !f.busy()) {
			return fmt.Errorf("look for scanner: %w", err)
		}
		sink.State(device.Online, "") // if it is busy another program scans, so it is there
	}
}

// exclusive runs do while nothing else uses the scanner.
func (s *Scanner) exclusive(ctx context.Context, do func() error) error {
	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-s.turn }()
	return do()
}

// options opens the scanner and asks what it can do.
func (s *Scanner) options(ctx context.Context) (Options, error) {
	ctx, cancel := context.WithTimeout(ctx, s.reply)
	defer cancel()
	out, err := s.program.list(ctx)
	if err != nil {
		return Options{}, err
	}
	return ParseOptions(out), nil
}

// Scan scans the glass or everything in the feeder and calls page with each
// page. See device.DocumentScanner.
func (s *Scanner) Scan(ctx context.Context, settings device.ScanSettings, page func(device.Image) error) (int, error) {
	n := 0
	err := s.gate.Use(ctx, func(ctx context.Context, o Options) error {
		args, dpi, err := Arguments(o, settings)
		if err != nil {
			return err
		}
		return s.exclusive(ctx, func() error {
			n, err = s.scan(ctx, args, func(jpg []byte) error {
				return page(device.Image{JPEG: jpg, DPI: dpi, Time: s.now()})
			}, settings.Source == device.SourceFeeder)
			return err
		})
	})
	if err != nil {
		return n, fmt.Errorf("scan: %w", err)
	}
	return n, nil
}

// scan runs scanimage once for all pages. They lie in a folder that nobody
// else can read, in memory where the system has that, and only until they are
// handed over.
func (s *Scanner) scan(ctx context.Context, args []string, page func([]byte) error, feeder bool) (n int, err error) {
	dir, err := os.MkdirTemp(s.scratch, "smarthall-scan-")
	if err != nil {
		return 0, fmt.Errorf("make folder for pages: %w", err)
	}
	defer func() {
		if removed := os.RemoveAll(dir); removed != nil {
			s.log.Warn("scanned pages not removed", slog.Any("cause", removed))
		}
	}()
	args = append(args, "--batch="+filepath.Join(dir, "page-%d.jpg"), "--batch-print")
	if !feeder {
		args = append(args, "--batch-count=1")
	}
	err = s.program.batch(ctx, s.read, args, func(file string) error {
		if filepath.Dir(file) != dir {
			return nil // a line that isn't ours
		}
		jpg, err := readPage(file)
		if err == nil {
			err = page(jpg)
		}
		if err == nil {
			n++
		}
		return err
	})
	switch {
	case errors.Is(err, device.ErrNoPaper) && n > 0:
		return n, nil // the feeder is empty now, as it should be
	case err == nil && n == 0 && feeder:
		return 0, device.ErrNoPaper
	case err == nil && n == 0:
		return 0, fmt.Errorf("scanimage gave no page: %w", device.ErrFault)
	default:
		return n, err
	}
}

// scratch is a folder in memory, or empty for the usual one.
func scratch() string {
	const memory = "/dev/shm"
	if st, err := os.Stat(memory); err == nil && st.IsDir() {
		return memory
	}
	return ""
}

// readPage reads, removes and checks one page.
func readPage(file string) ([]byte, error) {
	st, err := os.Stat(file)
	if err != nil {
		return nil, fmt.Errorf("page of scanimage: %w", err)
	}
	if st.Size() > sheet.MaxBytes {
		return nil, fmt.Errorf("page of %d bytes: %w", st.Size(), device.ErrFrame)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read page of scanimage: %w", err)
	}
	if err := os.Remove(file); err != nil {
		return nil, fmt.Errorf("remove page of scanimage: %w", err)
	}
	return sheet.Complete(data)
}

// Arguments are scanimage's arguments for a scan, as near as the scanner can,
// and the resolution they mean. A wish that it can't fulfil is a *sheet.Unable.
func Arguments(o Options, want device.ScanSettings) (args []string, dpi int, err error) {
	want, err = sheet.Filled(want)
	if err != nil {
		return nil, 0, err
	}
	args = []string{"--format=jpeg"}
	source, ok := o.source(want)
	switch {
	case !ok && want.Source == device.SourceFeeder && want.TwoSided:
		return nil, 0, &sheet.Unable{What: "scanner can't scan both sides", Words: "这台扫描仪不能双面扫描"}
	case !ok && want.Source == device.SourceFeeder:
		return nil, 0, &sheet.Unable{What: "scanner has no feeder", Words: "这台扫描仪没有进纸器"}
	case !ok:
		return nil, 0, &sheet.Unable{What: "scanner has no glass", Words: "这台扫描仪没有平板，请放入进纸器"}
	case source != "":
		args = append(args, "--source="+source)
	}
	if mode := o.mode(want.Grey); mode != "" {
		args = append(args, "--mode="+mode)
	}
	if dpi = o.resolution(want.DPI); dpi != 0 {
		args = append(args, "--resolution="+strconv.Itoa(dpi))
	}
	w, h := sheet.Millimetres(want.Paper)
	if o.Width > 0 && o.Height > 0 {
		// Many scan a little less than the paper; A3 on a glass for A4 is more.
		if want.Paper == device.PaperA3 && (o.Width < float64(w)*0.9 || o.Height < float64(h)*0.9) {
			return nil, 0, &sheet.Unable{What: "A3 doesn't fit into the scanner", Words: "这台扫描仪放不下 A3 纸"}
		}
		args = append(args, "-x", length(min(float64(w), o.Width)), "-y", length(min(float64(h), o.Height)))
	}
	return args, dpi, nil
}

// length writes millimetres.
func length(mm float64) string { return strconv.FormatFloat(mm, 'f', -1, 64) }
