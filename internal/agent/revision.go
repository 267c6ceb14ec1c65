package agent

import (
	"context"
	"errors"
	"log/slog"

	"smarthall/internal/device"
)

// errClass is the refusal of a revision that makes another kind of device of
// one that runs: doors look their devices up by class.
var errClass = errors.New("the profile's class changed")

// opened is a driver of a new revision, ready to run.
type opened struct {
	dev  device.Device
	info device.Info
}

// news looks at the device's profile. It returns a driver of a revision that
// is newer than the one that runs, else nil; and a channel that is closed when
// it is worth looking again, nil if never. It is called by supervise only.
func (d *Device) news() (*opened, <-chan struct{}) {
	d.mu.Lock()
	source, running := d.info.Source, d.info.Revision
	d.mu.Unlock()
	if source == nil {
		return nil, nil
	}
	revision, trouble, changed := source.Now()
	var next *opened
	if revision != "" && revision != running && revision != d.refused {
		next = d.tryOpen(revision)
	}
	if revision == d.refused && trouble == "" {
		trouble = d.refusal
	}
	d.note(trouble)
	return next, changed
}

// tryOpen opens a new revision without touching the port. One that can't be
// opened is refused for good.
func (d *Device) tryOpen(revision string) *opened {
	dev, info, err := d.all.cfg.Open(d.Config)
	if err == nil && info.Class != d.Info.Class {
		err = errClass
	}
	if err != nil {
		d.refused, d.refusal = revision, "新型号文件不适用，仍用原版本："+words(err)
		d.all.cfg.Log.Error("new revision of a profile is not used", slog.String("device", d.Config.ID),
			slog.String("profile", d.Config.Profile), slog.String("revision", revision), slog.Any("err", err))
		return nil
	}
	d.refused, d.refusal = "", ""
	return &opened{dev, info}
}

// replace waits until nobody uses the device, then puts next in the place of
// its driver. Who wants to use it meanwhile waits; letIn ends that. It is false
// if r ended before.
func (d *Device) replace(ctx context.Context, r *run, next *opened) bool {
	if !d.shut(ctx, r) {
		return false
	}
	d.mu.Lock()
	old := d.info.Revision
	d.dev, d.info, d.run = next.dev, next.info, nil
	d.mu.Unlock()
	d.all.cfg.Log.Info("device is opened with a new revision", slog.String("device", d.Config.ID),
		slog.String("profile", d.Config.Profile), slog.String("old", old), slog.String("revision", next.info.Revision))
	d.tellView()
	return true
}

// shut has whoever wants to use the device wait, and waits itself until those
// who use it are done. It is false if r ended before.
func (d *Device) shut(ctx context.Context, r *run) bool {
	d.mu.Lock()
	if d.reopened == nil {
		d.reopened = make(chan struct{})
	}
	d.mu.Unlock()
	return r.free(ctx)
}

// letIn lets those in who waited for a new driver.
func (d *Device) letIn() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.reopened != nil {
		close(d.reopened)
		d.reopened = nil
	}
}

// note keeps what is wrong with a newer revision and tells of it if it is new.
func (d *Device) note(trouble string) {
	d.mu.Lock()
	same := d.trouble == trouble
	d.trouble = trouble
	d.mu.Unlock()
	if !same {
		d.tellView()
	}
}

// tellView tells of the device as it is now, unless another has its place.
func (d *Device) tellView() {
	d.tell.Lock()
	defer d.tell.Unlock()
	if d.parted {
		return
	}
	d.all.cfg.Changed(d.View())
}
