package agenttest

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"smarthall/internal/device"
)

// Devices are the fake devices of an agent, by id. A device works while it is
// plugged in.
type Devices struct {
	mu   sync.Mutex
	byID map[string]*Device
}

// AreaStrip is the profile of a strip that shows several texts side by side.
const AreaStrip = "area-strip"

// TalkingStrip is the profile of a strip that speaks.
const TalkingStrip = "talking-strip"

// Opener opens fake devices: the profile's id is taken as the device's class.
func (ds *Devices) Opener() device.Opener {
	return func(cfg device.Config) (device.Device, device.Info, error) {
		class := device.Class(cfg.Profile)
		d := ds.Get(cfg.ID)
		info := device.Info{Class: class, Profile: cfg.Profile, Name: "测试设备"}
		switch class {
		case device.ClassPrinter:
			return fakePrinter{d}, info, nil
		case device.ClassLabelPrinter:
			return fakeLabelPrinter{d}, info, nil
		case device.ClassPad:
			return fakePad{d}, info, nil
		case device.ClassLED:
			return fakeStrip{d}, info, nil
		case AreaStrip:
			info.Class = device.ClassLED
			return fakeAreaStrip{fakeStrip{d}}, info, nil
		case device.ClassSpeaker:
			return fakeSpeaker{d}, info, nil
		case TalkingStrip:
			info.Class = device.ClassLED
			return fakeTalkingStrip{fakeStrip{d}}, info, nil
		case device.ClassPagePrinter:
			return fakePagePrinter{d}, info, nil
		case device.ClassIDReader, device.ClassScanner, device.ClassButton, device.ClassSensor:
			return d, info, nil
		}
		return nil, info, fmt.Errorf("no profile %q", cfg.Profile)
	}
}

// Get returns the device with the id, which begins plugged in.
func (ds *Devices) Get(id string) *Device {
	ds.mu.Lock()
	defer ds.mu.Unlock()
	if ds.byID == nil {
		ds.byID = map[string]*Device{}
	}
	d, ok := ds.byID[id]
	if !ok {
		d = &Device{plugged: make(chan struct{}), Keys: make(chan int)}
		ds.byID[id] = d
	}
	return d
}

// Device is a fake device of any class. Its methods may be called from any
// goroutine.
type Device struct {
	// Keys are the scores that citizens press on a pad.
	Keys chan int

	mu      sync.Mutex
	away    bool
	plugged chan struct{} // closed when it is unplugged
	sink    device.Sink
	docs    []device.Document
	labels  []device.Label
	texts   []string
	said    []string
	pages   []device.PageJob
	onPage  func(context.Context, device.PageJob) error
	say     func(context.Context, string) error
	opened  int
	print   func(context.Context, device.Document) error
	label   func(context.Context, device.Label) error
	panics  bool
}

// Run implements device.Device.
func (d *Device) Run(ctx context.Context, sink device.Sink) error {
	d.mu.Lock()
	d.opened++
	if d.panics {
		d.panics = false
		d.mu.Unlock()
		panic("fake driver's bug")
	}
	if d.away {
		d.mu.Unlock()
		return device.ErrOffline
	}
	d.sink = sink
	unplugged := d.plugged
	d.mu.Unlock()
	sink.State(device.Online, "")
	select {
	case <-ctx.Done():
	case <-unplugged:
	}
	d.mu.Lock()
	d.sink = nil
	d.mu.Unlock()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return device.ErrOffline
}

// Unplug takes the device away; Plug brings it back.
func (d *Device) Unplug() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.away {
		d.away = true
		close(d.plugged)
	}
}

// Plug brings a device back that was unplugged.
func (d *Device) Plug() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.away {
		d.away = false
		d.plugged = make(chan struct{})
	}
}

// PanicNext makes the next run panic.
func (d *Device) PanicNext() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.panics = true
}

// State makes the device report a condition.
func (d *Device) State(s device.State) {
	if sink := d.now(); sink != nil {
		sink.State(s, "set by the test")
	}
}

// Event makes something happen at the device; false if it isn't running.
func (d *Device) Event(e any) bool {
	sink := d.now()
	if sink == nil {
		return false
	}
	sink.Event(e)
	return true
}

func (d *Device) now() device.Sink {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.sink
}

// OnPrint sets what printing leads to; the document is recorded before.
func (d *Device) OnPrint(fn func(context.Context, device.Document) error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.print = fn
}

// Printed returns the documents whose printing began.
func (d *Device) Printed() []device.Document {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]device.Document(nil), d.docs...)
}

// OnLabel sets what printing a label leads to; the label is recorded before.
func (d *Device) OnLabel(fn func(context.Context, device.Label) error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.label = fn
}

// Labels returns the labels whose printing began.
func (d *Device) Labels() []device.Label {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]device.Label(nil), d.labels...)
}

// Texts returns what a strip has shown.
func (d *Device) Texts() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]string(nil), d.texts...)
}

// Said returns what a speaker, or a strip that speaks, has said.
func (d *Device) Said() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]string(nil), d.said...)
}

// OnSay lets fn decide how each Say ends.
func (d *Device) OnSay(fn func(context.Context, string) error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.say = fn
}

// OnPage sets what a page printer makes of a document; nil prints it.
func (d *Device) OnPage(fn func(context.Context, device.PageJob) error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.onPage = fn
}

// Pages returns what a page printer was given.
func (d *Device) Pages() []device.PageJob {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]device.PageJob(nil), d.pages...)
}

// Opened counts the runs.
func (d *Device) Opened() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.opened
}

type fakePrinter struct{ *Device }

func (d fakePrinter) Print(ctx context.Context, doc device.Document) error {
	d.mu.Lock()
	d.docs = append(d.docs, doc)
	fn := d.print
	d.mu.Unlock()
	if fn != nil {
		return fn(ctx, doc)
	}
	return nil
}

type fakeLabelPrinter struct{ *Device }

func (d fakeLabelPrinter) PrintLabel(ctx context.Context, l device.Label) error {
	d.mu.Lock()
	d.labels = append(d.labels, l)
	fn := d.label
	d.mu.Unlock()
	if fn != nil {
		return fn(ctx, l)
	}
	return nil
}

type fakePad struct{ *Device }

func (d fakePad) Ask(ctx context.Context) (int, error) {
	select {
	case score := <-d.Keys:
		return score, nil
	case <-ctx.Done():
		return 0, device.ErrTimeout
	}
}

type fakeStrip struct{ *Device }

func (d fakeStrip) Show(_ context.Context, text string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.away {
		return device.ErrOffline
	}
	d.texts = append(d.texts, text)
	return nil
}

type fakeSpeaker struct{ *Device }

func (d fakeSpeaker) Say(ctx context.Context, text string) error {
	d.mu.Lock()
	d.said = append(d.said, text)
	fn := d.say
	d.mu.Unlock()
	if fn != nil {
		return fn(ctx, text)
	}
	return nil
}

// fakeAreaStrip has four areas.
type fakeAreaStrip struct{ fakeStrip }

func (fakeAreaStrip) Areas() int { return 4 }

// ShowAreas counts as a text: the areas' own, one after the other, with bars
// between them.
func (d fakeAreaStrip) ShowAreas(ctx context.Context, areas []device.StripArea) error {
	var texts []string
	for _, a := range areas {
		texts = append(texts, a.Text)
	}
	return d.Show(ctx, strings.Join(texts, "|"))
}

type fakeTalkingStrip struct{ fakeStrip }

func (d fakeTalkingStrip) Say(ctx context.Context, text string) error {
	return fakeSpeaker{d.Device}.Say(ctx, text)
}

type fakePagePrinter struct{ *Device }

func (d fakePagePrinter) PrintPDF(ctx context.Context, job device.PageJob) error {
	d.mu.Lock()
	d.pages = append(d.pages, job)
	away, onPage := d.away, d.onPage
	d.mu.Unlock()
	switch {
	case away:
		return device.ErrOffline
	case onPage != nil:
		return onPage(ctx, job)
	}
	return nil
}
