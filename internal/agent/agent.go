// Package agent is the runtime that queue machines, counters and displays
// share. Down flow the hall's snapshots and deltas: they are folded into one
// state and relayed to the agent's pages, which therefore can reload while the
// hall is away. Up flow commands, each with one id however often it has to be
// sent, and facts: print reports from a spool that survives power cuts, and
// the devices' states.
//
// The runtime knows devices by the interfaces of internal/device only. What
// makes an agent a kiosk, a counter or a display is its Hooks.
package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"smarthall/internal/device"
	"smarthall/internal/link"
)

// Hooks is what an agent does beyond the runtime. A nil function does nothing.
// Those without a context return at once; they may be called from any
// goroutine, and Describe with the runtime's lock held, so a door must not
// call Broadcast while it holds a lock that Describe takes.
type Hooks struct {
	// Hall takes each message of the hall's stream in order, after the state
	// and the pages have it.
	Hall func(m link.Message)
	// Event takes what happens at a device: device.CardPresent and the like.
	Event func(d *Device, e any)
	// Changed takes each change of a device's state.
	Changed func(v link.DeviceView)
	// Devices is told that devices came or went: Agent.Devices has those there
	// are now.
	Devices func()
	// Link may add to the link's state before the pages see it. It may be called
	// from any goroutine but never with the runtime's lock held.
	Link func(s *link.LinkState)
	// Settled is told that the hall has received an offline ticket.
	Settled func()
	// Notice takes each message of a page, in the page's order. It returns
	// false for a type that it leaves to Command.
	Notice func(p *Page, m link.Message) (handled bool, err error)
	// Command does a page's command and returns the body of the answer. m.ID
	// is the idempotency key to use towards the hall.
	Command func(ctx context.Context, m link.Message) (any, error)
	// Gone takes a page that was closed.
	Gone func(p *Page)
	// Screens returns which screens a display has; it returns at once. Whoever
	// sets it calls Client.ScreensChanged when they change.
	Screens func() link.DisplayScreens
	// Describe adds what only the door knows to a page's snapshot.
	Describe func(s *link.PageSnapshot)
	// Try has a device tried out in the door's own way, or refuses with ErrInUse
	// and words while a person uses it; ErrUnsupported leaves it to the runtime.
	// Only one device is tried out at a time.
	Try func(ctx context.Context, d *Device) error
	// Run does the door's own work until ctx ends.
	Run func(ctx context.Context) error
	// Routes adds the door's own addresses to the page server.
	Routes func(mux *http.ServeMux)
}

// Options is what New needs.
type Options struct {
	Config *Config
	Role   link.Role
	// Program is the software's version, for the board.
	Program string
	Open    device.Opener
	// Profiles takes the hall's own firmware profiles, all that its devices here
	// need, before Open is asked for one; nil for an agent that knows the shipped
	// ones only.
	Profiles func([]link.ProfileText)
	// Dist has the built pages in its folder "dist".
	Dist fs.FS
	// Keep has the hall's state stored, so that an agent which is started while
	// the hall is away begins with it.
	Keep  bool
	Hooks Hooks
	Log   *slog.Logger
}

// Agent is one running agent.
type Agent struct {
	Client  *Client
	Devices *Devices
	// Documents are files about visits on their way to the hall.
	Documents *Documents

	opt     Options
	log     *slog.Logger
	spool   *Spool // opened by Run
	ready   chan struct{}
	changed chan struct{} // the hall's state is to be stored
	addr    net.Addr      // set before ready is closed
	metrics *metrics
	answers answers
	buttons *buttons
	tries   *tries

	mu    sync.Mutex
	hall  *link.Snapshot     // folded; nil before the first; guarded by mu
	pages map[*Page]struct{} // guarded by mu
	// assignedRev names what the hall has assigned; empty for nothing yet.
	assignedRev string // guarded by mu

	// listing is held while the hall is told which devices there are, so that the
	// last list is the latest. It is taken before mu.
	listing sync.Mutex
}

// New returns an agent that is idle until Run. It fails if a device's profile
// can't be used.
func New(opt Options) (*Agent, error) {
	a := &Agent{
		opt:   opt,
		log:   opt.Log.With(slog.String("agent", opt.Config.Agent)),
		ready: make(chan struct{}), changed: make(chan struct{}, 1),
		pages: map[*Page]struct{}{},
	}
	a.Client = NewClient(ClientConfig{
		URL:     opt.Config.Hall,
		Token:   opt.Config.Token,
		Agent:   opt.Config.Agent,
		Role:    opt.Role,
		Program: opt.Program,
		Devices: a.forHall, Assignment: a.assignment, Assigned: a.takeAssigned, Relist: a.relist,
		Tell:    func(id string) { a.Devices.Tell(id) },
		Deliver: a.deliver,
		Changed: a.linkChanged,
		Screens: opt.Hooks.Screens,
		Moved:   a.dropPages,
		Settled: opt.Hooks.Settled,
		Log:     a.log,
	})
	a.tries = newTries(a)
	a.buttons = newButtons(a.Client, a.log, func(c link.HelpChanged) { a.Broadcast(link.TypeHelpChanged, c) })
	devices, err := NewDevices(DevicesConfig{
		Devices:  opt.Config.Devices,
		Open:     a.metered(opt.Open),
		HallTime: a.Client.HallTime,
		Changed:  a.deviceChanged,
		Event:    a.event,
		Listed:   a.listed,
		Log:      a.log,
	})
	if err != nil {
		return nil, err
	}
	a.Devices = devices
	a.restoreAssigned()
	if a.Documents, err = OpenDocuments(DocumentsConfig{
		Dir: opt.Config.documentsPath(), Token: opt.Config.Token, Hall: opt.Config.Hall, Log: a.log,
		Changed: func(u link.Uploads) { a.Broadcast(link.TypeUploadsChanged, u) },
	}); err != nil {
		return nil, err
	}
	a.metrics = newMetrics(a)
	return a, nil
}

// pruneEvery is how often the spool's journal is shortened.
const pruneEvery = time.Hour

// Run works until ctx ends, then returns nil; or until a part fails, then it
// returns the cause. Either way nothing of it is left running.
func (a *Agent) Run(ctx context.Context) (err error) {
	// The port comes before the spool: an agent that is started twice by mistake
	// must not report what the first one is printing as left behind.
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", a.opt.Config.Listen)
	if err != nil {
		return fmt.Errorf("open page server: %w", err)
	}
	a.spool, err = OpenSpool(ctx, a.opt.Config.spoolPath(), a.opt.Config.Token)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer func() { err = errors.Join(err, a.spool.Close()) }()
	a.Client.cfg.Spool = a.spool
	if a.opt.Keep {
		a.restore(ctx)
	}
	a.addr = listener.Addr()
	close(a.ready)
	a.log.Info("agent ready", slog.String("pages", "http://"+a.addr.String()))

	parts := []func(context.Context) error{
		a.Client.Run,
		a.Devices.Run,
		a.Documents.Run,
		a.buttons.run,
		a.tries.run,
		a.prune,
		func(ctx context.Context) error { return a.serve(ctx, listener) },
	}
	if a.opt.Keep {
		parts = append(parts, a.keep)
	}
	if a.opt.Hooks.Run != nil {
		parts = append(parts, a.opt.Hooks.Run)
	}
	return together(ctx, parts)
}

// together runs the parts until ctx ends or one of them returns an error, and
// returns the first error.
func together(ctx context.Context, parts []func(context.Context) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	var once sync.Once
	var first error
	for _, part := range parts {
		wg.Go(func() {
			if err := part(ctx); err != nil {
				once.Do(func() { first = err })
				cancel(err)
			}
		})
	}
	wg.Wait()
	return first
}

// prune shortens the spool from time to time.
func (a *Agent) prune(ctx context.Context) error {
	tick := time.NewTicker(pruneEvery)
	defer tick.Stop()
	for {
		if err := a.spool.Prune(ctx, time.Now()); err != nil && ctx.Err() == nil {
			a.log.Error("spool not pruned", slog.Any("err", err))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Ready is closed once the pages can be reached.
func (a *Agent) Ready() <-chan struct{} { return a.ready }

// Addr is the address of the pages; valid once Ready is closed.
func (a *Agent) Addr() net.Addr { return a.addr }

// Spool returns the agent's spool; valid while Run runs.
func (a *Agent) Spool() *Spool { return a.spool }

// PrintDone spools the report of a print job, sends it and tells the pages.
func (a *Agent) PrintDone(ctx context.Context, done link.PrintDone) error {
	if err := a.spool.End(ctx, done); err != nil {
		return err
	}
	a.metrics.prints.WithLabelValues(string(done.Outcome)).Inc()
	a.Broadcast(link.TypePrintDone, done)
	a.Client.Flush(ctx)
	return nil
}

// Hall returns the hall as this agent last knew it; false before the first
// snapshot. The caller must not write to its slices.
func (a *Agent) Hall() (link.Snapshot, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.hall == nil {
		return link.Snapshot{}, false
	}
	return *a.hall, true
}

// deliver folds one message of the hall, relays it to the pages and hands it
// to the door.
func (a *Agent) deliver(m link.Message) {
	if m.Type == link.TypeRollReset {
		a.resetRoll(m)
		return
	}
	if m.Type == link.TypeDeviceTry {
		a.tries.take(m)
		return
	}
	if err := a.relay(m); err != nil {
		a.log.Warn("message of the hall skipped", slog.String("type", string(m.Type)), slog.Any("err", err))
		return
	}
	if m.Type == link.TypeKioskHelped {
		a.buttons.answered(m)
	}
	if a.opt.Hooks.Hall != nil {
		a.opt.Hooks.Hall(m)
	}
}

// relay folds m and gives the pages either m itself or, if it is a snapshot,
// a new snapshot of everything.
func (a *Agent) relay(m link.Message) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if m.Type == link.TypeSnapshot || a.hall != nil {
		var old link.Snapshot
		if a.hall != nil {
			old = *a.hall
		}
		next, err := fold(old, m)
		if err != nil {
			return err
		}
		a.hall = &next
		a.noteHall()
	}
	if m.Type == link.TypeSnapshot {
		return a.sendAll(link.TypePageSnapshot, a.describe())
	}
	data, err := json.Marshal(m)
	if err != nil {
		return err
	}
	for p := range a.pages {
		p.conn.sendRaw(data)
	}
	return nil
}

// describe returns the agent's whole state for a page. The caller holds mu.
func (a *Agent) describe() link.PageSnapshot {
	c := a.opt.Config
	s := link.PageSnapshot{
		Agent:       c.Agent,
		Role:        a.opt.Role,
		Name:        c.Name,
		Zone:        c.Zone,
		Window:      c.Window,
		Link:        a.Client.State(),
		Devices:     a.Devices.Views(),
		Hall:        a.hall,
		IdleSeconds: int(c.Idle / time.Second),
		Uploads:     a.Documents.View(),
		Help:        a.buttons.view(),
	}
	if a.opt.Hooks.Describe != nil {
		a.opt.Hooks.Describe(&s)
	}
	return s
}

// Broadcast sends a message of the agent to all pages.
func (a *Agent) Broadcast(t link.Type, body any) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.sendAll(t, body); err != nil {
		a.log.Error("pages not told", slog.String("type", string(t)), slog.Any("err", err))
	}
}

// sendAll is Broadcast for callers that hold mu.
func (a *Agent) sendAll(t link.Type, body any) error {
	m, err := link.New(t, a.Client.Now(), body)
	if err != nil {
		return err
	}
	data, err := json.Marshal(m)
	if err != nil {
		return err
	}
	for p := range a.pages {
		p.conn.sendRaw(data)
	}
	return nil
}

// dropPages closes every page's connection. They come back at once, for a new
// snapshot.
func (a *Agent) dropPages() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for p := range a.pages {
		p.conn.close()
	}
}

// linkChanged tells the pages of the link.
func (a *Agent) linkChanged(s link.LinkState) {
	if s.Online {
		a.Documents.Wake()
	}
	if a.opt.Hooks.Link != nil {
		a.opt.Hooks.Link(&s)
	}
	a.Broadcast(link.TypeLinkChanged, s)
}

// TellLink tells the pages of the link as it is now.
func (a *Agent) TellLink() { a.linkChanged(a.Client.State()) }

// forHall are the devices' states without what only technicians here read.
func (a *Agent) forHall() []link.DeviceView {
	views := a.Devices.Views()
	for i := range views {
		views[i].Help, views[i].HelpEN = "", ""
	}
	return views
}

// deviceChanged tells the hall, the pages and the door of a device.
func (a *Agent) deviceChanged(v link.DeviceView) {
	up := v
	up.Help, up.HelpEN = "", ""
	a.Client.DeviceChanged(up)
	a.Broadcast(link.TypeDeviceChanged, v)
	if a.opt.Hooks.Changed != nil {
		a.opt.Hooks.Changed(v)
	}
}

// event hands what happened at a device to the door.
func (a *Agent) event(d *Device, e any) {
	if _, ok := e.(paperUsed); ok {
		d.tellView()
		return
	}
	if key, ok := e.(device.KeyPressed); ok && d.Info.Class == device.ClassButton {
		a.buttons.pressed(d, key.Key)
		return
	}
	if a.opt.Hooks.Event != nil {
		a.opt.Hooks.Event(d, e)
	}
}
