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
	// Listed is called when devices came or went; nil does nothing.
	Listed func()
	Log    *slog.Logger
}

// Devices keeps all devices of an agent open: those of its settings, and those
// that the hall assigns while it runs.
type Devices struct {
	cfg  DevicesConfig
	kick chan struct{} // has a token when there may be something to settle

	// settling is held while the list is brought in line with want. It is taken
	// before mu.
	settling sync.Mutex

	mu   sync.Mutex
	list []*Device // replaced as a whole, never written to; guarded by mu
	want []wanted  // in the order of the list to be; guarded by mu
}

// NewDevices looks up every device's profile. An unknown profile or a wrong
// parameter is an error; a device that isn't plugged in is not.
func NewDevices(cfg DevicesConfig) (*Devices, error) {
	ds := &Devices{cfg: cfg, kick: make(chan struct{}, 1)}
	for _, c := range cfg.Devices {
		w := wanted{Config: c}
		d := ds.make(w)
		if d.unfit != nil {
			return nil, fmt.Errorf("device %s: %w", c.ID, d.unfit)
		}
		ds.want = append(ds.want, w)
		ds.list = append(ds.list, d)
	}
	return ds, nil
}

// All returns the devices, those of the settings first. It is as it is now:
// whoever keeps the list doesn't see devices come and go.
func (ds *Devices) All() []*Device {
	ds.mu.Lock()
	defer ds.mu.Unlock()
	return ds.list
}

// OfClass returns the devices of a class in the order of All.
func (ds *Devices) OfClass(class device.Class) []*Device {
	var list []*Device
	for _, d := range ds.All() {
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
	all := ds.All()
	views := make([]link.DeviceView, 0, len(all))
	for _, d := range all {
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
	for _, d := range ds.All() {
		if d.Config.ID == id {
			d.tellView()
		}
	}
}

// Device is one device of the agent, opened or not. Its methods may be called
// from any goroutine.
//
// A device of other settings is another Device. What is asked of the one before
// goes to it, so that nobody who holds a Device has to care; but what belongs to
// the window that a strip hung above doesn't, see ErrReplaced. Nothing is told of
// a device whose place another has taken.
type Device struct {
	Config device.Config
	// Info is what the device was when it was first opened. Its class stays. Of
	// one that can't be opened it is the class that the hall has told.
	Info device.Info
	all  *Devices
	// assigned tells that the hall assigned it.
	assigned bool
	// retired is closed when the device is to end once nobody uses it. begun tells
	// that it is supervised; only Devices.Run and settle know it.
	retired chan struct{}
	retire  sync.Once
	begun   bool

	// tell is held while Changed is called, so that the last call is of the
	// latest state. It is taken before mu.
	tell sync.Mutex
	// parted tells that the device's place is another's, or nobody's: what is told
	// of it would be taken for the other's. Guarded by tell.
	parted bool

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
	conflict bool         // the hall assigned another of its id; guarded by mu
	ended    bool         // it was retired and nothing of it runs; guarded by mu
	next     *Device      // that took its place; guarded by mu

	refused string // a revision that can't be opened; used by supervise only
	refusal string // why, in Chinese; used by supervise only
}

// State returns the present state.
func (d *Device) State() device.State {
	d.mu.Lock()
	state, next := d.state, d.next
	d.mu.Unlock()
	if next != nil {
		return next.State()
	}
	return state
}

// Await waits until the device, if it is being set up anew, has said how it is,
// or ctx ends.
func (d *Device) Await(ctx context.Context) {
	for {
		d.mu.Lock()
		reopened, next := d.reopened, d.next
		d.mu.Unlock()
		if next != nil {
			d = next
			continue
		}
		if reopened == nil {
			return
		}
		select {
		case <-reopened:
		case <-ctx.Done():
			return
		}
	}
}

// View returns the present state in words for people.
func (d *Device) View() link.DeviceView {
	d.mu.Lock()
	defer d.mu.Unlock()
	detail := d.detail
	if d.trouble != "" {
		detail = strings.Trim(detail+"；"+d.trouble, "；")
	}
	if d.conflict {
		detail = strings.Trim(detail+"；"+conflictText, "；")
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
		Revision: d.info.Revision, PaperLeft: paperLeft, RollSince: rollSince, Unasked: d.info.Unasked,
		Help: d.info.Help, HelpEN: d.info.HelpEN,
		Assigned: d.assigned, Conflict: d.conflict,
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
	defer d.over()
	for wait := minReopen; ; wait = min(2*wait, maxReopen) {
		began := time.Now()
		err := d.runOnce(ctx)
		if ctx.Err() != nil || errors.Is(err, errRetired) {
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
		case <-d.retired:
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
// driver stands ready. A device that is retired ends with errRetired, when
// nobody uses it either.
func (d *Device) runOnce(ctx context.Context) (err error) {
	r := d.start(ctx)
	defer func() {
		if !errors.Is(err, errRevised) && !errors.Is(err, errRetired) {
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
		case <-d.retired:
			if d.shut(ctx, r) {
				return r.stop(errRetired)
			}
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
	if d.parted {
		return
	}
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
