package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"smarthall/internal/device"
	"smarthall/internal/link"
)

// Waits between attempts to open a device.
const (
	minReopen = 500 * time.Millisecond
	maxReopen = 10 * time.Second
	// settled is how long a device must have run before its next failure is
	// met with the shortest wait again.
	settled = 10 * time.Second
)

// DevicesConfig is what the devices of an agent need. Its functions may be
// called from any device's goroutine and return at once.
type DevicesConfig struct {
	Devices []device.Config
	Open    device.Opener
	// HallTime converts our clock's times for DeviceView.Since.
	HallTime func(time.Time) time.Time
	// Changed takes each change of a device's state.
	Changed func(link.DeviceView)
	// Event takes what happens at a device: device.CardPresent and the like.
	Event func(d *Device, e any)
	Log   *slog.Logger
}

// Devices keeps all devices of an agent open.
type Devices struct {
	cfg  DevicesConfig
	list []*Device
}

// NewDevices looks up every device's profile. An unknown profile or a wrong
// parameter is an error; a device that isn't plugged in is not.
func NewDevices(cfg DevicesConfig) (*Devices, error) {
	ds := &Devices{cfg: cfg}
	for _, c := range cfg.Devices {
		dev, info, err := cfg.Open(c)
		if err != nil {
			return nil, fmt.Errorf("device %s: %w", c.ID, err)
		}
		ds.list = append(ds.list, &Device{
			Config: c, Info: info, all: ds,
			dev: dev, state: device.Offline, since: time.Now(), detail: "not opened yet",
		})
	}
	return ds, nil
}

// Run keeps the devices open until ctx ends, then returns nil.
func (ds *Devices) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	for _, d := range ds.list {
		wg.Go(func() { d.supervise(ctx) })
	}
	wg.Wait()
	return nil
}

// All returns the devices in the order of the settings.
func (ds *Devices) All() []*Device { return ds.list }

// OfClass returns the devices of a class in the order of the settings.
func (ds *Devices) OfClass(class device.Class) []*Device {
	var list []*Device
	for _, d := range ds.list {
		if d.Info.Class == class {
			list = append(list, d)
		}
	}
	return list
}

// Best returns the first device of the class that works, else the first one,
// else nil.
func (ds *Devices) Best(class device.Class) *Device {
	list := ds.OfClass(class)
	for _, d := range list {
		if d.State().Works() {
			return d
		}
	}
	if len(list) > 0 {
		return list[0]
	}
	return nil
}

// Views returns every device's present state.
func (ds *Devices) Views() []link.DeviceView {
	views := make([]link.DeviceView, 0, len(ds.list))
	for _, d := range ds.list {
		views = append(views, d.View())
	}
	return views
}

// Device is one device of the agent, opened or not. Its methods may be called
// from any goroutine.
type Device struct {
	Config device.Config
	Info   device.Info
	all    *Devices

	// tell is held while Changed is called, so that the last call is of the
	// latest state. It is taken before mu.
	tell sync.Mutex

	mu      sync.Mutex
	dev     device.Device // of the present or next run; guarded by mu
	running bool          // guarded by mu
	state   device.State  // guarded by mu
	since   time.Time     // of state, our clock; guarded by mu
	detail  string        // guarded by mu
}

// State returns the present state.
func (d *Device) State() device.State {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.state
}

// View returns the present state in words for people.
func (d *Device) View() link.DeviceView {
	d.mu.Lock()
	defer d.mu.Unlock()
	return link.DeviceView{
		ID:      d.Config.ID,
		Class:   string(d.Info.Class),
		Name:    d.Info.Name,
		Profile: d.Config.Profile,
		Port:    d.Config.Port,
		State:   string(d.state),
		Since:   d.all.cfg.HallTime(d.since),
		Detail:  d.detail,
		Advice:  Advice(d.Info.Class, d.state),
	}
}

// Print prints doc, if the device is a printer.
func (d *Device) Print(ctx context.Context, doc device.Document) error {
	return use(d, "print", func(p device.Printer) error { return p.Print(ctx, doc) })
}

// Ask waits for a score, if the device is a pad.
func (d *Device) Ask(ctx context.Context) (score int, err error) {
	err = use(d, "ask", func(p device.Pad) error {
		score, err = p.Ask(ctx)
		return err
	})
	return score, err
}

// Show shows text, if the device is a strip.
func (d *Device) Show(ctx context.Context, text string) error {
	return use(d, "show", func(p device.Strip) error { return p.Show(ctx, text) })
}

// use calls fn with the opened device as a T. A device that isn't open is
// ErrOffline, one of another class or that panics ErrFault.
func use[T device.Device](d *Device, verb string, fn func(T) error) (err error) {
	d.mu.Lock()
	dev, running := d.dev, d.running
	d.mu.Unlock()
	can, ok := dev.(T)
	if !ok {
		return fmt.Errorf("%s on %s: it is a %s: %w", verb, d.Config.ID, d.Info.Class, device.ErrFault)
	}
	if !running {
		return fmt.Errorf("%s on %s: %w", verb, d.Config.ID, device.ErrOffline)
	}
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%s on %s: driver panicked: %v: %w", verb, d.Config.ID, r, device.ErrFault)
		}
	}()
	if err := fn(can); err != nil {
		return fmt.Errorf("%s on %s: %w", verb, d.Config.ID, err)
	}
	return nil
}

// supervise runs the device again and again until ctx ends.
func (d *Device) supervise(ctx context.Context) {
	for wait := minReopen; ; wait = min(2*wait, maxReopen) {
		began := time.Now()
		err := d.runOnce(ctx)
		if ctx.Err() != nil {
			return
		}
		if time.Since(began) > settled {
			wait = minReopen
		}
		d.set(stateAfter(err), err.Error())
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait/2 + rand.N(wait/2)):
		}
		d.reopen()
	}
}

// errEnded says that a driver's Run returned without being told to.
var errEnded = errors.New("driver ended by itself")

// runOnce runs the opened device until it fails. A panic is a failure.
func (d *Device) runOnce(ctx context.Context) (err error) {
	d.mu.Lock()
	dev := d.dev
	d.running = dev != nil
	d.mu.Unlock()
	if dev == nil {
		return fmt.Errorf("open: %w", device.ErrFault)
	}
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("driver panicked: %v: %w", r, device.ErrFault)
		}
		d.mu.Lock()
		d.running = false
		d.mu.Unlock()
	}()
	if err := dev.Run(ctx, sink{d}); err != nil {
		return err
	}
	return errEnded
}

// reopen makes a new device for the next run. Its profile was fine at the
// start, so a failure means that the profile was changed meanwhile.
func (d *Device) reopen() {
	dev, _, err := d.all.cfg.Open(d.Config)
	if err != nil {
		d.all.cfg.Log.Error("device can't be opened again", slog.String("device", d.Config.ID), slog.Any("err", err))
		dev = nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.dev = dev
}

// stateAfter is the state of a device whose run ended with err: not connected,
// unless the cause says more.
func stateAfter(err error) device.State {
	for _, cause := range []error{device.ErrNoPaper, device.ErrCoverOpen, device.ErrJam, device.ErrFault, device.ErrChecksum, device.ErrFrame} {
		if errors.Is(err, cause) {
			return device.StateOf(err)
		}
	}
	return device.Offline
}

// set stores a state and tells of it if it is new.
func (d *Device) set(s device.State, detail string) {
	d.tell.Lock()
	defer d.tell.Unlock()
	d.mu.Lock()
	if d.state == s && d.detail == detail {
		d.mu.Unlock()
		return
	}
	if d.state != s {
		d.since = time.Now()
	}
	d.state, d.detail = s, detail
	d.mu.Unlock()
	d.all.cfg.Log.Info("device state",
		slog.String("device", d.Config.ID), slog.String("state", string(s)), slog.String("detail", detail))
	d.all.cfg.Changed(d.View())
}

// sink takes what a running driver says.
type sink struct{ d *Device }

func (s sink) State(state device.State, detail string) { s.d.set(state, detail) }

func (s sink) Event(e any) { s.d.all.cfg.Event(s.d, e) }
