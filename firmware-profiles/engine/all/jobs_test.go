package all_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"smarthall/firmware-profiles/simulator"
	"smarthall/internal/device"
)

// jobs are what devices of each class are there for.
var jobs = map[device.Class]func(ctx context.Context, b *bench) error{
	device.ClassPrinter: func(ctx context.Context, b *bench) error {
		return b.d.Print(ctx, device.Document{Job: "j", Lines: []device.Line{{Text: "A012 请取号", Size: 2}, {QR: "A012"}}})
	},
	device.ClassLabelPrinter: func(ctx context.Context, b *bench) error {
		return b.d.PrintLabel(ctx, device.Label{Job: "j", Title: "材料", Code: "A012"})
	},
	device.ClassPagePrinter: func(ctx context.Context, b *bench) error {
		return b.d.PrintPDF(ctx, device.PageJob{Job: "j", Title: "test", PDF: onePage()})
	},
	device.ClassLED: func(ctx context.Context, b *bench) error { return b.d.Show(ctx, "A012") },
	device.ClassPad: func(ctx context.Context, b *bench) error {
		return b.while(ctx, func() error { return pressBest(b.sim) }, func(ctx context.Context) error {
			_, err := b.d.Ask(ctx)
			return err
		})
	},
	device.ClassKeypad: func(ctx context.Context, b *bench) error {
		return b.until(ctx, func() error { return b.sim.PressAction(device.ActionNext) }, func(e any) (bool, error) {
			_, ok := e.(device.ActionPressed)
			return ok, nil
		})
	},
	device.ClassScanner: func(ctx context.Context, b *bench) error {
		return b.until(ctx, func() error { return b.sim.Scan("SMARTHALL-A012") }, func(e any) (bool, error) {
			code, ok := e.(device.CodeScanned)
			if ok && code.Text != "SMARTHALL-A012" {
				return false, fmt.Errorf("scanned %q: %w", code.Text, device.ErrFrame)
			}
			return ok, nil
		})
	},
	device.ClassButton: func(ctx context.Context, b *bench) error {
		return b.until(ctx, func() error { return b.sim.Call(true) }, func(e any) (bool, error) {
			return e == any(device.KeyPressed{Key: device.KeyHelp}), nil
		})
	},
	device.ClassSensor: func(ctx context.Context, b *bench) error {
		for _, state := range []device.State{device.CoverOpen, device.Online} {
			err := b.while(ctx, func() error { return b.sim.Sense(state) }, func(ctx context.Context) error { return b.turns(ctx, state) })
			if err != nil {
				return err
			}
		}
		return nil
	},
	device.ClassIDReader: readCard,
	device.ClassCamera: func(ctx context.Context, b *bench) error {
		_, err := b.d.Capture(ctx)
		return err
	},
	device.ClassDocumentScanner: func(ctx context.Context, b *bench) error {
		_, err := b.d.Scan(ctx, device.ScanSettings{DPI: 100}, func(device.Image) error { return nil })
		return err
	},
	device.ClassSpeaker: func(ctx context.Context, b *bench) error { return b.d.Say(ctx, "请A012号") },
}

// turns waits until the device is in a state.
func (b *bench) turns(ctx context.Context, want device.State) error {
	for b.d.State() != want {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
	}
	return nil
}

// while acts as the person again and again until do returns.
func (b *bench) while(ctx context.Context, person func() error, do func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- do(ctx) }()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			return err
		case <-tick.C:
			if err := person(); errors.Is(err, simulator.ErrUnsupported) {
				cancel()
				return errors.Join(err, <-done)
			}
		}
	}
}

// until acts as the person again and again until an event is the wanted one.
// What comes broken because of a fault is an error and ends it.
func (b *bench) until(ctx context.Context, person func() error, wanted func(any) (bool, error)) error {
	for len(b.events) > 0 {
		<-b.events
	}
	tick := time.NewTicker(b.between())
	defer tick.Stop()
	for {
		select {
		case e := <-b.events:
			if ok, err := wanted(e); ok || err != nil {
				return err
			}
		case <-tick.C:
			if err := person(); errors.Is(err, simulator.ErrUnsupported) {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// between is how long the person waits before the same key or code again: long
// enough for it not to be taken for the one before.
func (b *bench) between() time.Duration {
	pause := 400 * time.Millisecond
	for _, e := range b.p.Events {
		pause = max(pause, time.Duration(e.Debounce)+200*time.Millisecond)
	}
	return pause
}

// readCard lays a card, waits for what it says and takes it away.
func readCard(ctx context.Context, b *bench) error {
	_ = b.sim.Lift() // one may lie there from the last time
	if err := enough(ctx, lifted); err != nil {
		return err
	}
	for len(b.events) > 0 {
		<-b.events
	}
	if _, err := b.sim.LayKind(device.Citizen, simulator.Person{}); err != nil {
		return err
	}
	defer func() { _ = b.sim.Lift() }() // the test goes on without it
	for {
		select {
		case e := <-b.events:
			switch e := e.(type) {
			case device.CardPresent:
				if e.Identity.Number == "" {
					return fmt.Errorf("card without a number: %w", device.ErrFrame)
				}
				return nil
			case device.CardFailed:
				return e.Cause
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func enough(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// pressBest presses the best key that a pad has, once it is armed.
func pressBest(sim *simulator.Device) error {
	armed := sim.Snapshot().Armed
	if armed == nil {
		return simulator.ErrUnsupported
	}
	if !*armed {
		return nil
	}
	var err error
	for score := 5; score >= 1; score-- {
		if err = sim.Press(score); err == nil {
			return nil
		}
	}
	return err
}

// onePage is a PDF file with one empty page.
func onePage() []byte {
	var b strings.Builder
	var at []int
	b.WriteString("%PDF-1.4\n")
	for i, object := range []string{
		"<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>",
	} {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, object)
	}
	start := b.Len()
	b.WriteString("xref\n0 4\n0000000000 65535 f \n")
	for _, n := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", n)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size 4 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", start)
	return []byte(b.String())
}
