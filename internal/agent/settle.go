package agent

import (
	"context"
	"log/slog"
	"reflect"
	"sync"
	"time"

	"smarthall/internal/device"
)

// conflictText is what is said of a device whose id the hall has assigned, too.
const conflictText = "大厅也分配了同编号的设备，没有采用：以本机配置文件 devices 里的为准，请改其中一个的编号"

// wanted is a device that there should be.
type wanted struct {
	device.Config
	// class is what the device counts as while it can't be opened.
	class device.Class
	// assigned tells that the hall assigned it, conflict that it stands in the
	// agent's settings and the hall assigned another of its id.
	assigned, conflict bool
}

// Assign makes list the devices that the hall assigns; those of the settings
// stay. It returns at once: Run opens what is new, and closes or opens anew
// what is otherwise once nobody uses it. All others run on. A device whose
// profile can't be opened is faulty, with words.
func (ds *Devices) Assign(list []Assigned) {
	given := make(map[string]bool, len(list))
	for _, a := range list {
		given[a.ID] = true
	}
	own := make(map[string]bool, len(ds.cfg.Devices))
	want := make([]wanted, 0, len(ds.cfg.Devices)+len(list))
	for _, c := range ds.cfg.Devices {
		own[c.ID] = true
		want = append(want, wanted{Config: c, conflict: given[c.ID]})
	}
	for _, a := range list {
		if own[a.ID] {
			ds.cfg.Log.Warn("the hall assigns a device whose id stands in the settings; that of the settings stays", slog.String("device", a.ID))
			continue
		}
		want = append(want, wanted{Config: a.Config, class: a.Class, assigned: true})
	}
	ds.mu.Lock()
	ds.want = want
	ds.mu.Unlock()
	ds.poke()
}

// Assigned is a device that the hall assigns.
type Assigned struct {
	device.Config
	// Class is that of its profile, as the hall knows it.
	Class device.Class
}

func (ds *Devices) poke() {
	select {
	case ds.kick <- struct{}{}:
	default:
	}
}

// Run keeps the devices open until ctx ends, then returns nil.
func (ds *Devices) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	defer func() {
		wg.Wait()
		for _, d := range ds.All() {
			d.letIn() // whoever waits for a device that was being set up anew
		}
	}()
	for {
		if ds.settle() && ds.cfg.Listed != nil {
			ds.cfg.Listed()
		}
		for _, d := range ds.All() {
			if !d.begun {
				d.begun = true
				wg.Go(func() { d.supervise(ctx) })
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ds.kick:
		}
	}
}

// settle brings the list in line with what is wanted as far as that goes now:
// a device that runs is told to end, and its place is taken when it has. It is
// true if the list or a device's place in it changed.
func (ds *Devices) settle() bool {
	ds.settling.Lock()
	defer ds.settling.Unlock()
	ds.mu.Lock()
	old, want := ds.list, ds.want
	ds.mu.Unlock()
	have := make(map[string]*Device, len(old))
	for _, d := range old {
		have[d.Config.ID] = d
	}
	list := make([]*Device, 0, len(want))
	for _, w := range want {
		d := have[w.ID]
		delete(have, w.ID)
		switch {
		case d == nil:
			d = ds.make(w)
		case d.is(w):
			d.setConflict(w.conflict)
		case d.gone():
			d = d.giveWay(ds.make(w))
		default:
			d.retire.Do(func() { close(d.retired) })
		}
		list = append(list, d)
	}
	for _, d := range old {
		if have[d.Config.ID] != d {
			continue
		}
		if d.gone() {
			ds.cfg.Log.Info("device is taken away", slog.String("device", d.Config.ID))
			d.giveWay(nil)
			continue
		}
		d.retire.Do(func() { close(d.retired) })
		list = append(list, d)
	}
	ds.mu.Lock()
	ds.list = list
	ds.mu.Unlock()
	return !equalDevices(old, list)
}

func equalDevices(a, b []*Device) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// make is a device that doesn't run yet. One whose profile can't be opened is
// unfit: it is tried again and again, and says why.
func (ds *Devices) make(w wanted) *Device {
	d := &Device{
		Config: w.Config, Info: device.Info{Class: w.class, Profile: w.Profile}, all: ds, assigned: w.assigned,
		retired: make(chan struct{}), state: device.Offline, since: time.Now(), detail: notOpened, conflict: w.conflict,
	}
	dev, info, err := ds.cfg.Open(w.Config)
	if err != nil {
		d.unfit, d.info, d.state, d.detail = err, d.Info, device.Fault, unfitWords(err)
		return d
	}
	d.dev, d.info, d.Info = dev, info, info
	return d
}

// is tells whether d is the device that is wanted, and stays.
func (d *Device) is(w wanted) bool {
	select {
	case <-d.retired:
		return false
	default:
	}
	d.mu.Lock()
	unfit := d.unfit != nil && d.dev == nil
	d.mu.Unlock()
	same := d.assigned == w.assigned && reflect.DeepEqual(d.Config, w.Config)
	// What couldn't be opened may be another class by what the hall says now.
	return same && (!unfit || w.class == d.Info.Class)
}

// gone tells whether nothing of the device runs, now and later.
func (d *Device) gone() bool {
	if !d.begun {
		return true
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.ended
}

// over notes that nothing of the device runs any more.
func (d *Device) over() {
	d.mu.Lock()
	d.ended, d.run, d.state = true, nil, device.Offline
	d.mu.Unlock()
	d.all.poke()
}

// giveWay lets next, which may be nil, take the place of a device that is gone.
// Who waited to use it waits for next's first word. From now on nothing is told
// of d: whoever still holds it must not be heard after next.
func (d *Device) giveWay(next *Device) *Device {
	d.tell.Lock()
	d.parted = true
	d.tell.Unlock()
	d.mu.Lock()
	if next != nil && d.reopened != nil {
		next.reopened = make(chan struct{}) // nobody else knows next yet
	}
	d.next = next
	d.mu.Unlock()
	d.letIn()
	return next
}

// setConflict notes whether the hall assigns another device of the same id, and
// tells of it if it is new.
func (d *Device) setConflict(yes bool) {
	d.mu.Lock()
	same := d.conflict == yes
	d.conflict = yes
	d.mu.Unlock()
	if !same {
		d.tellView()
	}
}
