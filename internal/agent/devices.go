package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
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
			dev: dev, info: info, state: device.Offline, since: time.Now(), detail: notOpened,
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

// notOpened is the detail of a device whose port was never opened.
const notOpened = "尚未打开"

// Tell has Changed called with the present state of the device with the id. It
// is in order with the device's own changes: whoever hears it last, hears the
// latest.
func (ds *Devices) Tell(id string) {
	for _, d := range ds.list {
		if d.Config.ID == id {
			d.tell.Lock()
			ds.cfg.Changed(d.View())
			d.tell.Unlock()
		}
	}
}

// Device is one device of the agent, opened or not. Its methods may be called
// from any goroutine.
type Device struct {
	Config device.Config
	// Info is what the device was when the agent started. Its class stays.
	Info device.Info
	all  *Devices

	// tell is held while Changed is called, so that the last call is of the
	// latest state. It is taken before mu.
	tell sync.Mutex

	mu   sync.Mutex
	dev  device.Device // of the present or next run; guarded by mu
	info device.Info   // of dev; guarded by mu
	run  *run          // nil while the driver doesn't run; guarded by mu
	// reopened is closed when a new revision is open; nil while none is being
	// opened. Guarded by mu.
	reopened chan struct{}
	state    device.State // guarded by mu
	since    time.Time    // of state, our clock; guarded by mu
	detail   string       // guarded by mu
	asOf     time.Time    // when the driver last told state, our clock; guarded by mu
	told     time.Time    // when Changed was last called; guarded by mu
	trouble  string       // with the profile's newer revision; guarded by mu
	unfit    error        // why dev is nil; guarded by mu

	refused string // a revision that can't be opened; used by supervise only
	refusal string // why, in Chinese; used by supervise only
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
	detail := d.detail
	if d.trouble != "" {
		detail = strings.Trim(detail+"；"+d.trouble, "；")
	}
	var paperLeft *int
	var rollSince *time.Time
	if m, ok := d.dev.(*meter); ok {
		paperLeft = m.PaperLeft()
		if since := m.RollSince(); !since.IsZero() {
			since = d.all.cfg.HallTime(since)
			rollSince = &since
		}
	}
	view := link.DeviceView{
		ID:       d.Config.ID,
		Class:    string(d.Info.Class),
		Name:     d.info.Name,
		NameEN:   d.info.NameEN,
		Profile:  d.Config.Profile,
		Port:     d.Config.Port,
		State:    string(d.state),
		Since:    d.all.cfg.HallTime(d.since),
		Detail:   detail,
		DetailEN: inEnglish(detail),
		Advice:   adviceAt(d.Config.Port, d.Info.Class, d.state),
		Revision: d.info.Revision, PaperLeft: paperLeft, RollSince: rollSince, Unasked: d.info.Unasked, Help: d.info.Help,
	}
	if strip, ok := d.dev.(device.AreaStrip); ok && strip.Areas() > 1 {
		view.Areas = strip.Areas()
	}
	if look := d.info.LookEvery; look > 0 && d.state != device.Offline && !d.asOf.IsZero() {
		asOf := d.all.cfg.HallTime(d.asOf)
		view.AsOf, view.LookSeconds = &asOf, int(look.Round(time.Second)/time.Second)
	}
	return view
}

// supervise runs the device again and again until ctx ends.
func (d *Device) supervise(ctx context.Context) {
	for wait := minReopen; ; wait = min(2*wait, maxReopen) {
		began := time.Now()
		err := d.runOnce(ctx)
		if ctx.Err() != nil {
			return
		}
		if errors.Is(err, errRevised) {
			wait = minReopen / 2 // the loop doubles it
			continue
		}
		if time.Since(began) > settled {
			wait = minReopen
		}
		d.set(stateAfter(err), words(err))
		d.all.cfg.Log.Debug("driver ended", slog.String("device", d.Config.ID), slog.Any("cause", err))
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait/2 + rand.N(wait/2)):
		}
		if errors.Is(err, errStuck) || errors.Is(err, errDriver) || errors.Is(err, errUnfit) {
			d.reopen() // nobody knows what is left of it
		}
	}
}

// runOnce runs the opened device until it fails, or until its profile has a
// new revision and nobody uses it; then errRevised is returned and the new
// driver stands ready.
func (d *Device) runOnce(ctx context.Context) (err error) {
	r := d.start(ctx)
	defer func() {
		if !errors.Is(err, errRevised) {
			d.letIn()
		}
	}()
	told := r.told
	welcomed := time.NewTimer(welcome)
	defer welcomed.Stop()
	for {
		next, news := d.news()
		if next != nil && d.replace(ctx, r, next) {
			return r.stop(errRevised)
		}
		select {
		case <-r.ended:
			return r.stop(r.err)
		case <-r.stuck:
			d.set(device.Fault, words(errStuck))
			return r.stop(errStuck)
		case <-ctx.Done():
			return r.stop(ctx.Err())
		case <-told:
			told = nil
			d.letIn()
		case <-welcomed.C:
			d.letIn()
		case <-news:
		}
	}
}

// reopen makes a new driver for the next run.
func (d *Device) reopen() {
	dev, info, err := d.all.cfg.Open(d.Config)
	if err != nil {
		d.all.cfg.Log.Error("device can't be opened again", slog.String("device", d.Config.ID), slog.Any("err", err))
	}
	if err == nil && info.Class != d.Info.Class {
		err = errClass
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if err != nil {
		d.dev, d.unfit = nil, err
		return
	}
	d.dev, d.info, d.unfit = dev, info, nil
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

// asOfEvery is how often it is told at most that a device which is looked at
// seldom is as it was.
const asOfEvery = 30 * time.Second

// set stores a state and tells of it if it is new, or was looked at again.
func (d *Device) set(s device.State, detail string) {
	d.tell.Lock()
	defer d.tell.Unlock()
	now := time.Now()
	d.mu.Lock()
	d.asOf = now
	if d.state == s && d.detail == detail {
		again := d.info.LookEvery > 0 && now.Sub(d.told) >= asOfEvery
		if again {
			d.told = now
		}
		d.mu.Unlock()
		if again {
			d.all.cfg.Changed(d.View())
		}
		return
	}
	if d.state != s {
		d.since = now
	}
	d.state, d.detail, d.told = s, detail, now
	d.mu.Unlock()
	d.all.cfg.Log.Info("device state",
		slog.String("device", d.Config.ID), slog.String("state", string(s)), slog.String("detail", detail))
	d.all.cfg.Changed(d.View())
}
