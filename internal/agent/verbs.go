package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"smarthall/internal/device"
)

// verbGrace is how much longer than its context a verb may take before its
// driver counts as stuck.
const verbGrace = 10 * time.Second

// Print prints doc, if the device is a printer.
func (d *Device) Print(ctx context.Context, doc device.Document) error {
	return use(ctx, d, "print", func(p device.Printer) error { return p.Print(ctx, doc) })
}

// PictureRoom is what the device has for pictures: none unless it is a printer
// that prints them.
func (d *Device) PictureRoom() device.PictureRoom {
	d.mu.Lock()
	defer d.mu.Unlock()
	dev := d.dev
	if m, ok := dev.(*meter); ok {
		dev = m.Printer
	}
	if p, ok := dev.(device.PicturePrinter); ok {
		return p.PictureRoom()
	}
	return device.PictureRoom{}
}

// PrintLabel prints a label, if the device is a label printer.
func (d *Device) PrintLabel(ctx context.Context, label device.Label) error {
	return use(ctx, d, "print label", func(p device.LabelPrinter) error { return p.PrintLabel(ctx, label) })
}

// PrintPDF prints pages, if the device is a page printer.
func (d *Device) PrintPDF(ctx context.Context, job device.PageJob) error {
	return use(ctx, d, "print pages", func(p device.PagePrinter) error { return p.PrintPDF(ctx, job) })
}

// Ask waits for a score, if the device is a pad.
func (d *Device) Ask(ctx context.Context) (int, error) {
	return ask(ctx, d, "ask", func(p device.Pad) (int, error) { return p.Ask(ctx) })
}

// ErrReplaced is that another device took the place of one: the hall assigned
// it anew, to another window or at another port.
var ErrReplaced = errors.New("another device took its place")

// Show shows text, if the device is a strip. What it shows belongs to its own
// window: where another strip took its place, it is ErrReplaced.
func (d *Device) Show(ctx context.Context, text string) error {
	return useItself(ctx, d, "show", func(p device.Strip) error { return p.Show(ctx, text) })
}

// Areas is how many texts the device shows side by side: 1 for a strip that
// can't be divided, 0 for what is no strip.
func (d *Device) Areas() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch s := d.dev.(type) {
	case device.AreaStrip:
		return s.Areas()
	case device.Strip:
		return 1
	}
	return 0
}

// ShowAreas shows several texts side by side, if the device is a strip that can
// be divided; otherwise it does as Show.
func (d *Device) ShowAreas(ctx context.Context, areas []device.StripArea) error {
	return useItself(ctx, d, "show-areas", func(p device.AreaStrip) error { return p.ShowAreas(ctx, areas) })
}

// Say says text, if the device is a speaker. A strip says it to those before its
// own window: where another took its place, it is ErrReplaced.
func (d *Device) Say(ctx context.Context, text string) error {
	if d.Info.Class == device.ClassLED {
		return useItself(ctx, d, "say", func(p device.Speaker) error { return p.Say(ctx, text) })
	}
	return use(ctx, d, "say", func(p device.Speaker) error { return p.Say(ctx, text) })
}

// Speaks tells whether the device can say a text: a speaker, or a strip whose
// card has a voice.
func (d *Device) Speaks() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, ok := d.dev.(device.Speaker)
	return ok
}

// Sign asks for a signature, if the device can take one.
func (d *Device) Sign(ctx context.Context, text string) (device.Signature, error) {
	return ask(ctx, d, "sign", func(p device.Signer) (device.Signature, error) { return p.Sign(ctx, text) })
}

// Confirm shows a sheet and asks whether it is right, if the device can.
func (d *Device) Confirm(ctx context.Context, sheet device.Sheet) error {
	return use(ctx, d, "confirm", func(p device.Confirmer) error { return p.Confirm(ctx, sheet) })
}

// Capture takes one picture, if the device is a camera.
func (d *Device) Capture(ctx context.Context) (device.Image, error) {
	return ask(ctx, d, "capture", func(p device.Camera) (device.Image, error) { return p.Capture(ctx) })
}

// Preview shows what a camera sees until ctx ends. It may run for hours, so a
// new revision of the camera's profile ends it with device.ErrOffline.
func (d *Device) Preview(ctx context.Context, show func(jpeg []byte) error) error {
	r, p, err := enter[device.Camera](ctx, d, "preview")
	if err != nil {
		return err
	}
	r.leave()
	return r.d.call(ctx, r, "preview", func() error { return p.Preview(ctx, show) })
}

// Scan scans pages, if the device is a document scanner.
func (d *Device) Scan(ctx context.Context, settings device.ScanSettings, page func(device.Image) error) (int, error) {
	return ask(ctx, d, "scan", func(p device.DocumentScanner) (int, error) { return p.Scan(ctx, settings, page) })
}

// use calls fn with the opened device as a T. A device that isn't open is
// ErrOffline; one of another class, that panics or that doesn't come back long
// after ctx ended is ErrFault. While a new revision of its profile is being
// opened, use waits for that.
func use[T device.Device](ctx context.Context, d *Device, verb string, fn func(T) error) error {
	r, can, err := enter[T](ctx, d, verb)
	if err != nil {
		return err
	}
	defer r.leave()
	return r.d.call(ctx, r, verb, func() error { return fn(can) })
}

// useItself is use that doesn't go over to the device that took d's place.
func useItself[T device.Device](ctx context.Context, d *Device, verb string, fn func(T) error) error {
	r, can, err := enter[T](ctx, d, verb)
	if err != nil {
		return err
	}
	defer r.leave()
	if r.d != d {
		return fmt.Errorf("%s on %s: %w", verb, d.Config.ID, ErrReplaced)
	}
	return r.d.call(ctx, r, verb, func() error { return fn(can) })
}

// ask is use for a verb with an answer.
func ask[T device.Device, A any](ctx context.Context, d *Device, verb string, fn func(T) (A, error)) (A, error) {
	answers := make(chan A, 1)
	err := use(ctx, d, verb, func(can T) error {
		a, err := fn(can)
		answers <- a
		return err
	})
	select {
	case a := <-answers:
		return a, err
	default: // it panicked or is stuck
		var none A
		return none, err
	}
}

// enter counts one more use of the device's present run, which leave ends. Of a
// device whose place was taken it is the run of the one that took it.
func enter[T device.Device](ctx context.Context, d *Device, verb string) (*run, T, error) {
	var none T
	for {
		d.mu.Lock()
		r, dev, reopened, next := d.run, d.dev, d.reopened, d.next
		if reopened == nil && next == nil && r != nil {
			r.uses++
		}
		d.mu.Unlock()
		if next != nil {
			d = next
			continue
		}
		if reopened != nil {
			select {
			case <-reopened:
				continue
			case <-ctx.Done():
				return nil, none, fmt.Errorf("%s on %s: %w", verb, d.Config.ID, ctx.Err())
			}
		}
		can, ok := dev.(T)
		switch {
		case !ok:
			r.leave()
			return nil, none, fmt.Errorf("%s on %s: it is a %s: %w", verb, d.Config.ID, d.Info.Class, device.ErrFault)
		case r == nil:
			return nil, none, fmt.Errorf("%s on %s: %w", verb, d.Config.ID, device.ErrOffline)
		}
		return r, can, nil
	}
}

// leave ends what enter began; r may be nil.
func (r *run) leave() {
	if r == nil {
		return
	}
	r.d.mu.Lock()
	defer r.d.mu.Unlock()
	r.uses--
	r.freed()
}

// call runs a verb of a driver apart from the caller, so that neither a panic
// nor a driver that never comes back is the caller's end.
func (d *Device) call(ctx context.Context, r *run, verb string, fn func() error) error {
	done := make(chan error, 1)
	go func() {
		err := errDriver
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("panic: %v: %w", p, errDriver)
			}
			done <- err
		}()
		err = fn()
	}()
	wrap := func(err error) error {
		if err == nil {
			return nil
		}
		return fmt.Errorf("%s on %s: %w", verb, d.Config.ID, err)
	}
	select {
	case err := <-done:
		return wrap(err)
	case <-ctx.Done():
	}
	grace := time.NewTimer(verbGrace)
	defer grace.Stop()
	select {
	case err := <-done:
		return wrap(err)
	case <-grace.C:
		d.all.cfg.Log.Error("driver is stuck", slog.String("device", d.Config.ID), slog.String("verb", verb))
		r.giveUp()
		return wrap(errStuck)
	}
}
