// Package simulator is the other side of the wire: a device for every engine,
// on a pseudo-terminal or a TCP port, built from the same firmware profile
// that the engine speaks from. Host bytes flow in and are obeyed as a real
// device would, answers flow out, and whoever runs the simulator lays cards,
// presses keys, takes the paper out or pulls the plug: in a test through
// Device's methods, in a demo hall through the console's HTTP API.
package simulator

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"smarthall/firmware-profiles/catalog"
	"smarthall/firmware-profiles/profile"
	"smarthall/firmware-profiles/simulator/labelview"
	"smarthall/internal/device"
)

// Errors of the simulator. Compare with errors.Is.
var (
	// ErrUnsupported is an action that this kind of device doesn't have.
	ErrUnsupported = errors.New("this device has no such action")
	// ErrArgument is an action with an argument that doesn't fit.
	ErrArgument = errors.New("argument doesn't fit")
	// ErrUnplugged is an action that needs the device to be plugged in.
	ErrUnplugged = errors.New("device is unplugged")
)

// Config is one simulated device.
type Config struct {
	// ID is unique in a simulator: kiosk-1-printer.
	ID string `yaml:"id"`
	// Agent is the agent that it belongs to, for the console.
	Agent string `yaml:"agent"`
	// Profile is the id of a firmware profile.
	Profile string `yaml:"profile"`
	// Port is tcp://host:port to listen on (port 0 chooses one), or the path of
	// the symbolic link to a pseudo-terminal.
	Port string `yaml:"port"`
	// Name is what people call it; empty means the profile's Chinese name.
	Name string `yaml:"name,omitempty"`
	// Params are the profile's parameters, such as address.
	Params map[string]string `yaml:"params,omitempty"`
	// Split sends every answer byte by byte, as a slow line does.
	Split bool `yaml:"split,omitempty"`
	// ReadOnce readers answer "no card" after a card was read until it is
	// lifted, as many modules do.
	ReadOnce bool `yaml:"read_once,omitempty"`

	// LineTime is how long a printer takes for a line of paper; 0 prints at once.
	LineTime time.Duration `yaml:"line_time,omitempty"`
	// PageTime is how long a network scanner takes for a page.
	PageTime time.Duration `yaml:"page_time,omitempty"`
	// TearAfter is how long paper that wasn't cut hangs in a printer before it is
	// torn off; 0 is three seconds.
	TearAfter time.Duration `yaml:"tear_after,omitempty"`

	// Catalog is where Profile is looked up; nil means the shipped one.
	Catalog *profile.Catalog `yaml:"-"`
	// Log gets what the device does; nil means nothing.
	Log *slog.Logger `yaml:"-"`
}

// model is what kind of device it is. Its methods are called with the
// device's mutex held.
type model interface {
	// receive obeys bytes from the host.
	receive(p []byte)
	// show adds what can be seen of the device.
	show(v *View)
}

// server is a model that answers requests, such as those of HTTP, rather than a
// stream of bytes. listen is called without the device's mutex; it returns
// where the host finds the device.
type server interface {
	model
	listen(address string) (plug, string, error)
}

// Device is one simulated device. Its methods may be called from any
// goroutine. It ends with the context it was started with.
type Device struct {
	cfg     Config
	profile *profile.Profile
	log     *slog.Logger
	ended   chan struct{} // closed after everything is let go

	plugging sync.Mutex // held while plug changes

	mu       sync.Mutex // guards what follows, and the model
	plug     plug       // nil while unplugged
	port     string     // as the host opens it
	closed   bool
	stalled  bool
	noise    bool // garbage goes before the next answer
	wrongSum bool // the next answer's checksum is wrong
	rnd      *rand.Rand
	heard    history
	version  uint64 // counts visible changes
	watch    map[chan<- struct{}]bool
	model    model
}

// Start plugs a device in. It is unplugged when ctx ends; Wait tells when.
func Start(ctx context.Context, cfg Config) (*Device, error) {
	p, err := findProfile(cfg)
	if err != nil {
		return nil, fmt.Errorf("simulate %q: %w", cfg.ID, err)
	}
	log := cfg.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	d := &Device{
		cfg: cfg, profile: p, log: log.With(slog.String("device", cfg.ID)), ended: make(chan struct{}),
		port: cfg.Port, watch: map[chan<- struct{}]bool{},
		rnd: rand.New(rand.NewPCG(1, uint64(len(cfg.ID)))), // noise, the same in every run
	}
	if d.model, err = newModel(d); err != nil {
		return nil, fmt.Errorf("simulate %q: %w", cfg.ID, err)
	}
	if err := d.Plug(); err != nil {
		return nil, fmt.Errorf("simulate %q: %w", cfg.ID, err)
	}
	context.AfterFunc(ctx, func() {
		d.mu.Lock()
		d.closed = true
		d.mu.Unlock()
		d.Unplug()
		close(d.ended)
	})
	return d, nil
}

func findProfile(cfg Config) (*profile.Profile, error) {
	cat := cfg.Catalog
	if cat == nil {
		var err error
		if cat, err = catalog.Load(); err != nil {
			return nil, err
		}
	}
	p, ok := cat.Get(cfg.Profile)
	if !ok {
		return nil, fmt.Errorf("no firmware profile %q", cfg.Profile)
	}
	return p, nil
}

// newModel makes the device's side of the profile's engine.
func newModel(d *Device) (model, error) {
	params, err := d.profile.ResolveParams(d.cfg.Params)
	if err != nil {
		return nil, err
	}
	switch d.profile.Engine {
	case profile.EngineESCPOS:
		return newPrinter(d), nil
	case profile.EngineSAMV:
		return newReader(d), nil
	case profile.EngineBX5:
		return newStrip(d, params)
	case profile.EngineFramed:
		switch d.profile.Class {
		case device.ClassKeypad:
			return newKeypad(d, params)
		case device.ClassPad:
			return newPad(d, params)
		default:
			return newBox(d, params), nil
		}
	case profile.EngineScanner:
		return newScanner(d), nil
	case profile.EngineTSPL, profile.EngineZPL:
		return newLabelPrinter(d), nil
	case profile.EngineESCL:
		return newNetScanner(d), nil
	case profile.EngineCamera:
		return newCamera(d, params)
	case profile.EngineIPP:
		return newPagePrinter(d), nil
	case profile.EngineAudio:
		return newLoudspeaker(d), nil
	default:
		return nil, fmt.Errorf("no simulator for engine %q", d.profile.Engine)
	}
}

// Wait blocks until the device has ended with its context.
func (d *Device) Wait() { <-d.ended }

// ID is the device's id.
func (d *Device) ID() string { return d.cfg.ID }

// Port is where the host finds the device: a path, or tcp://host:port with the
// port that was chosen.
func (d *Device) Port() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.port
}

// Plug plugs the device in; one that is in stays as it is. A printer keeps
// its paper, a reader its card; what stood in buffers is lost.
func (d *Device) Plug() error {
	d.plugging.Lock()
	defer d.plugging.Unlock()
	d.mu.Lock()
	in, closed := d.plug != nil, d.closed
	d.mu.Unlock()
	if in || closed {
		return nil
	}
	open := func(address string) (plug, string, error) { return openPlug(address, d.handle) }
	if s, ok := d.model.(server); ok {
		open = s.listen
	}
	p, port, err := open(d.port)
	if err != nil {
		return fmt.Errorf("plug in: %w", err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.plug, d.port = p, port
	if r, ok := d.model.(interface{ powerOn() }); ok {
		r.powerOn()
	}
	d.changed()
	return nil
}

// Unplug pulls the plug: a pseudo-terminal and its link vanish, a TCP port
// refuses connections.
func (d *Device) Unplug() {
	d.plugging.Lock()
	defer d.plugging.Unlock()
	d.mu.Lock()
	p := d.plug
	d.plug = nil
	d.changed()
	d.mu.Unlock()
	if p != nil {
		p.close()
	}
}

// handle takes bytes from the host.
func (d *Device) handle(p []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.heard.add(p)
	if d.plug == nil || d.stalled {
		return
	}
	d.model.receive(p)
}

// send writes an answer to the host, with the faults that are due. The mutex
// is held.
func (d *Device) send(p []byte) {
	if d.plug == nil || d.stalled {
		return
	}
	if d.noise {
		d.noise = false
		d.changed()
		p = append(d.garbage(24), p...)
	}
	if !d.cfg.Split {
		d.plug.write(p)
		return
	}
	for i := range p {
		d.plug.write(p[i : i+1])
	}
}

// takeWrongSum tells whether the next answer's checksum shall be wrong, once.
// The mutex is held.
func (d *Device) takeWrongSum() bool {
	was := d.wrongSum
	if was {
		d.wrongSum = false
		d.changed()
	}
	return was
}

// garbage is n bytes of noise. The mutex is held.
func (d *Device) garbage(n int) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(d.rnd.IntN(256))
	}
	return p
}

// changed tells the watchers that something visible changed. The mutex is held.
func (d *Device) changed() {
	d.version++
	for w := range d.watch {
		select {
		case w <- struct{}{}:
		default: // it has a signal waiting already
		}
	}
}

// Watch makes changes signal to w, which should have room for one; the
// returned function ends it.
func (d *Device) Watch(w chan<- struct{}) (stop func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.watch[w] = true
	return func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.watch, w)
	}
}

// on runs an action of one kind of device.
func on[M model](d *Device, do func(m M) error) error {
	return look(d, func(m M) error {
		if err := do(m); err != nil {
			return err
		}
		d.changed()
		return nil
	})
}

// look is on for what changes nothing.
func look[M model](d *Device, do func(m M) error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	m, ok := d.model.(M)
	if !ok {
		return ErrUnsupported
	}
	return do(m)
}

// history is the last bytes that came from the host, and how many there were.
type history struct {
	last  []byte
	total int64
}

// maxHistory bounds the bytes kept per device.
const maxHistory = 256 << 10

func (h *history) add(p []byte) {
	h.total += int64(len(p))
	h.last = append(h.last, p...)
	if over := len(h.last) - maxHistory; over > 0 {
		h.last = append(h.last[:0], h.last[over:]...)
	}
}

// Received is what the host sent, the last 256 KiB of it.
func (d *Device) Received() []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]byte(nil), d.heard.last...)
}

// now is the time of what devices show.
func now() time.Time { return time.Now().Truncate(time.Millisecond) }

// View is what can be seen of a device, as the console's API shows it.
type View struct {
	ID      string       `json:"id"`
	Agent   string       `json:"agent"`
	Class   device.Class `json:"class"`
	Profile string       `json:"profile"`
	Name    string       `json:"name"`
	Port    string       `json:"port"`
	Plugged bool         `json:"plugged"`
	// Conditions are the faults in force: stall, garbage, wrong-checksum,
	// paper-out, paper-near-end, cover-open, jam, module-fault.
	Conditions []string     `json:"conditions"`
	Card       *CardView    `json:"card,omitempty"`
	Tickets    []TicketView `json:"tickets,omitempty"`
	// Labels are the labels in a label printer's tray; labels/N.png shows one.
	Labels  []labelview.Label `json:"labels,omitempty"`
	Display *DisplayView      `json:"display,omitempty"`
	// Sheet lies under a camera or on a scanner's glass, Feeder are the ones in
	// its feeder, Sheets those that can be laid.
	Sheet  *SheetView   `json:"sheet,omitempty"`
	Feeder []SheetView  `json:"feeder,omitempty"`
	Sheets []SheetView  `json:"sheets,omitempty"`
	Pages  []PageView   `json:"pages,omitempty"`
	Played []PlayedView `json:"played,omitempty"`
	// Armed is set for pads.
	Armed   *bool `json:"armed,omitempty"`
	LastKey int   `json:"lastKey,omitempty"`
	// Said is the prompt that a speaking pad said last.
	Said int `json:"said,omitempty"`
	// Keys are what a keypad's keys do, LastAction the one pressed last, Face
	// what its display shows.
	Keys       []device.Action `json:"keys,omitempty"`
	LastAction device.Action   `json:"lastAction,omitempty"`
	// States are what a sensor can tell, Sensed what it told last.
	States []device.State `json:"states,omitempty"`
	Sensed device.State   `json:"sensed,omitempty"`
	// Buttons tells that the device has a button that calls staff, Called that
	// it was pressed last to call them.
	Buttons  bool      `json:"buttons,omitempty"`
	Called   bool      `json:"called,omitempty"`
	Face     *FaceView `json:"face,omitempty"`
	LastScan string    `json:"lastScan,omitempty"`
	// Received counts the bytes that came from the host.
	Received int64 `json:"received"`

	version uint64
}

// Snapshot is the device as it is now.
func (d *Device) Snapshot() View {
	d.mu.Lock()
	defer d.mu.Unlock()
	v := View{
		ID: d.cfg.ID, Agent: d.cfg.Agent, Class: d.profile.Class, Profile: d.profile.ID, Name: d.cfg.Name,
		Port: d.port, Plugged: d.plug != nil, Conditions: []string{}, Received: d.heard.total, version: d.version,
	}
	if v.Name == "" {
		v.Name = d.profile.Names.ZH
	}
	for _, c := range []struct {
		name string
		on   bool
	}{{"stall", d.stalled}, {"garbage", d.noise}, {"wrong-checksum", d.wrongSum}} {
		if c.on {
			v.Conditions = append(v.Conditions, c.name)
		}
	}
	d.model.show(&v)
	return v
}
