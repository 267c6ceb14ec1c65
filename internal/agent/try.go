package agent

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"smarthall/internal/device"
	"smarthall/internal/link"
	"smarthall/internal/pdf"
)

const (
	// maxTries is how many orders to try a device may wait for the one before.
	maxTries = 4
	// keepTried is how many answers are remembered, for orders that come again.
	keepTried = 32
	// TryShown is how long a screen or a strip shows what is tried.
	TryShown = 5 * time.Second
	// tryKey is how long a pad waits for somebody to press a key.
	tryKey = 10 * time.Second
)

// What devices give out when they are tried. A loudspeaker counts: every speaker
// has the digits, and nobody takes them for a call.
const (
	TryText  = "测试"
	TrySaid  = "1，2，3，4，5"
	tryTitle = "设备试用"
	tryNote  = "这一张用来试设备，不是号票，也不是办事材料"
)

// ErrInUse is why a device isn't tried: a person uses it, or is about to.
var ErrInUse = errors.New("somebody uses it")

// InUse is ErrInUse with why, in Chinese.
func InUse(why string) error { return &inUse{why} }

type inUse struct{ why string }

func (e *inUse) Error() string        { return "in use: " + e.why }
func (e *inUse) Explain() string      { return e.why }
func (e *inUse) Is(target error) bool { return target == ErrInUse }

// errByHand is of devices that only take something in.
var errByHand = errors.New("it gives nothing out")

// TriedKey is no failure: somebody pressed a key on the pad that was tried.
type TriedKey int

func (k TriedKey) Error() string { return fmt.Sprintf("key %d was pressed", int(k)) }

// tries does what technicians order to see whether devices work, one after
// another.
type tries struct {
	a     *Agent
	asked chan link.DeviceTry

	mu sync.Mutex
	// known are the latest orders, oldest first; guarded by mu.
	known []string
}

func newTries(a *Agent) *tries {
	return &tries{a: a, asked: make(chan link.DeviceTry, maxTries)}
}

// take takes an order and returns at once. An order that came before is being
// answered.
func (t *tries) take(m link.Message) {
	var ask link.DeviceTry
	if err := m.Into(&ask); err != nil || ask.Order == "" {
		t.a.log.Error("order to try a device unreadable", slog.Any("err", err))
		return
	}
	t.mu.Lock()
	again := slices.Contains(t.known, ask.Order)
	if !again {
		t.known = append(t.known, ask.Order)
		t.known = t.known[max(0, len(t.known)-keepTried):]
	}
	t.mu.Unlock()
	if again {
		return
	}
	select {
	case t.asked <- ask:
	default:
		t.tell(ask, link.DeviceTried{Outcome: link.TryBusy, Detail: "这台终端正在试用其他设备，请稍后再试"})
	}
}

// tell answers an order.
func (t *tries) tell(ask link.DeviceTry, done link.DeviceTried) {
	done.Order, done.Device, done.DetailEN = ask.Order, ask.Device, inEnglish(done.Detail)
	t.a.log.Info("device tried", slog.String("device", ask.Device), slog.String("outcome", string(done.Outcome)), slog.String("detail", done.Detail))
	t.a.Client.tell(link.TypeDeviceTried, done)
}

// run tries devices until ctx ends, then returns nil.
func (t *tries) run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case ask := <-t.asked:
			t.tell(ask, t.try(ctx, ask))
		}
	}
}

// try does one order.
func (t *tries) try(ctx context.Context, ask link.DeviceTry) link.DeviceTried {
	if t.a.Client.Now().After(ask.Expires) {
		return link.DeviceTried{Outcome: link.TryLate}
	}
	all := t.a.Devices.All()
	i := slices.IndexFunc(all, func(d *Device) bool { return d.Config.ID == ask.Device })
	if i < 0 {
		return link.DeviceTried{Outcome: link.TryNoDevice}
	}
	d := all[i]
	ctx, cancel := context.WithTimeout(ctx, link.TryFor)
	defer cancel()
	err := t.do(ctx, d, ask.Order)
	done := link.DeviceTried{Outcome: outcomeOf(err), State: string(d.State())}
	var key TriedKey
	switch {
	case errors.As(err, &key):
		done.Key = int(key)
	case done.Outcome == link.TryFailed && !d.State().Works() && d.View().Detail != "":
		done.Detail = d.View().Detail // the device's own words are more than the error's
	case err != nil && done.Outcome != link.TryByHand:
		done.Detail = words(err)
	}
	return done
}

// outcomeOf is what an error means for who looks at the page.
func outcomeOf(err error) link.TryOutcome {
	var key TriedKey
	switch {
	case err == nil, errors.As(err, &key):
		return link.TryDone
	case errors.Is(err, ErrInUse):
		return link.TryBusy
	case errors.Is(err, errByHand):
		return link.TryByHand
	case errors.Is(err, device.ErrPartly):
		return link.TryUnknown
	}
	return link.TryFailed
}

// do tries d, unless it is at work.
func (t *tries) do(ctx context.Context, d *Device, order string) error {
	if d.State() == device.Offline {
		return device.ErrOffline
	}
	if d.used() {
		return InUse("设备正在工作，请等它做完再试")
	}
	if try := t.a.opt.Hooks.Try; try != nil {
		if err := try(ctx, d); !errors.Is(err, ErrUnsupported) {
			return err
		}
	}
	return t.give(ctx, d, order)
}

// used tells whether somebody uses the device right now.
func (d *Device) used() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.run != nil && d.run.uses > 0
}

// give has the device give out what its class gives out.
func (t *tries) give(ctx context.Context, d *Device, order string) error {
	key := "try/" + order
	now := t.a.Client.Now().Format("2006-01-02 15:04:05")
	switch d.Info.Class {
	case device.ClassPrinter:
		return d.Print(ctx, device.Document{Job: key, Lines: []device.Line{
			{Text: tryTitle, Size: 2, Bold: true, Align: device.Center},
			{Text: tryNote, Align: device.Center},
			{Rule: true},
			{Text: d.Config.ID + "  " + now},
			{Feed: 2},
		}})
	case device.ClassLabelPrinter:
		return d.PrintLabel(ctx, device.Label{Job: key, Title: tryTitle, Lines: []string{d.Config.ID, now}, Code: "TEST"})
	case device.ClassPagePrinter:
		page, err := tryPage(t.a.opt.Config.Name, d, now)
		if err != nil {
			return err
		}
		return d.PrintPDF(ctx, device.PageJob{Job: key, Title: "device test", PDF: page})
	case device.ClassLED:
		return tryStrip(ctx, d)
	case device.ClassSpeaker:
		return d.Say(ctx, TrySaid)
	case device.ClassPad:
		return TryPad(ctx, d)
	}
	return errByHand
}

// tryStrip shows a text on a strip that nobody else shows anything on, and
// leaves it dark.
func tryStrip(ctx context.Context, d *Device) error {
	if err := d.Show(ctx, TryText); err != nil {
		return err
	}
	select {
	case <-time.After(TryShown):
	case <-ctx.Done():
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), TryShown)
	defer cancel()
	return d.Show(ctx, " ")
}

// TryPad has a pad ask, as after a visit, and tells which key was pressed. That
// nobody pressed one is as good: the pad took the order.
func TryPad(ctx context.Context, d *Device) error {
	asking, cancel := context.WithTimeout(ctx, tryKey)
	defer cancel()
	score, err := d.Ask(asking)
	switch {
	case err == nil:
		return TriedKey(score)
	case asking.Err() != nil && ctx.Err() == nil:
		return nil
	}
	return err
}

// tryPage is a page for a page printer: text, a frame at the edge of what can be
// printed, greys and a code.
func tryPage(name string, d *Device, now string) ([]byte, error) {
	doc := pdf.New(pdf.Options{Title: tryTitle})
	doc.AddPage(pdf.A4)
	const edge, left = 8.0, 25.0 // millimetres
	w, h := pdf.A4.Width, pdf.A4.Height
	for _, l := range [][4]float64{{edge, edge, w - edge, edge}, {edge, h - edge, w - edge, h - edge}, {edge, edge, edge, h - edge}, {w - edge, edge, w - edge, h - edge}} {
		doc.Line(l[0], l[1], l[2], l[3], 0.3, pdf.Black)
	}
	doc.Font(28, pdf.Black)
	doc.Text(left, 45, tryTitle)
	doc.Font(14, pdf.Black)
	doc.Text(left, 60, tryNote)
	doc.Text(left, 70, name+"  "+d.Config.ID+"  "+now)
	const steps, side = 8, 18.0
	for i := range steps {
		grey := uint8(255 * i / (steps - 1)) //nolint:gosec // i is below steps
		doc.Fill(left+side*float64(i), 90, side, side, pdf.Colour{grey, grey, grey})
	}
	doc.QR(left, 125, 40, tryTitle)
	var out bytes.Buffer
	if err := doc.Output(&out); err != nil {
		return nil, fmt.Errorf("draw a page to try a printer: %w", err)
	}
	return out.Bytes(), nil
}
