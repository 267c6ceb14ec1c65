package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"smarthall/internal/device"
)

const (
	// fewTickets is from how many tickets on an estimate warns of the roll's end.
	fewTickets = 50
	// recentTickets is how many tickets the mean length is taken from.
	recentTickets = 50
	// rollTimeout is how long the spool may take for what is known of a roll.
	rollTimeout = 5 * time.Second
	// longestRoll bounds a roll's length, in millimetres.
	longestRoll = 1_000_000
)

// rollLength is the length of a paper roll such as 80m or 62.5m, in
// millimetres; 0 for an empty text.
func rollLength(text string) (int, error) {
	if text == "" {
		return 0, nil
	}
	number, ok := strings.CutSuffix(text, "m")
	metres, err := strconv.ParseFloat(number, 64)
	mm := int(metres * 1000)
	if !ok || err != nil || mm < 1000 || mm > longestRoll {
		return 0, fmt.Errorf("roll %q: a length such as 80m is wanted", text)
	}
	return mm, nil
}

// Roll is what is known of the paper in a printer.
type Roll struct {
	// Used is how much of it was printed, in millimetres.
	Used int
	// Recent are the lengths of the last tickets, in millimetres.
	Recent []int
	// Ended tells that the printer ran out of paper and didn't print since.
	Ended bool
	// Since is when the roll was put in, as a sensor saw or somebody said, or
	// when its paper was counted first; our clock, zero if it never was.
	Since time.Time
}

// renew notes that a full roll is in.
func (r *Roll) renew(now time.Time) { r.Used, r.Ended, r.Since = 0, false, now }

// left is how many tickets of the mean length a roll of so many millimetres
// is still good for; false before the first ticket.
func (r Roll) left(length int) (int, bool) {
	sum := 0
	for _, n := range r.Recent {
		sum += n
	}
	if length <= 0 || sum <= 0 {
		return 0, false
	}
	return max(0, length-r.Used) * len(r.Recent) / sum, true
}

// add counts a ticket; one that ended half-way says nothing about the others.
func (r *Roll) add(mm int, whole bool) {
	r.Used += mm
	if !whole {
		return
	}
	r.Recent = append(slices.Clone(r.Recent), mm)
	if over := len(r.Recent) - recentTickets; over > 0 {
		r.Recent = r.Recent[over:]
	}
}

// paperUsed is the event of a printer whose paper has become less or more.
type paperUsed struct{}

// meter is a printer whose paper is counted: documents flow through to the
// driver, and its states back, with a warning where an estimate stands in for
// a sensor.
type meter struct {
	device.Printer
	id     string
	gauge  device.PaperGauge // nil if the driver can't tell
	length int               // of a full roll in millimetres; 0 if nobody knows
	spool  func() *Spool
	halves *halves
	log    *slog.Logger

	keeping sync.Mutex // held while roll is stored, so that the latest is stored last; before mu

	mu     sync.Mutex
	loaded bool         // guarded by mu
	roll   Roll         // guarded by mu
	sink   device.Sink  // of the present run; nil without one; guarded by mu
	state  device.State // as the driver says; guarded by mu
	detail string       // guarded by mu
}

// metered opens devices with their paper counted, where they print.
func (a *Agent) metered(open device.Opener) device.Opener {
	h := &halves{}
	return func(cfg device.Config) (device.Device, device.Info, error) {
		dev, info, err := open(cfg)
		printer, ok := dev.(device.Printer)
		if err != nil || !ok {
			return dev, info, err
		}
		length, err := rollLength(cfg.Roll)
		if err != nil {
			return nil, info, err
		}
		m := &meter{
			Printer: printer, id: cfg.ID, length: length, halves: h,
			spool: func() *Spool { return a.spool }, log: a.log,
		}
		m.gauge, _ = dev.(device.PaperGauge)
		return m, info, nil
	}
}

// halves remembers, for as long as the program runs, which printers may hold
// half a ticket: a driver is replaced whenever its line breaks.
type halves struct {
	mu   sync.Mutex
	half map[string]bool // by the device's id; guarded by mu
}

func (h *halves) set(id string, half bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.half == nil {
		h.half = map[string]bool{}
	}
	h.half[id] = half
}

// of tells what is known of a printer, otherwise if nothing is.
func (h *halves) of(id string, otherwise bool) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if half, known := h.half[id]; known {
		return half
	}
	return otherwise
}

// Run implements device.Device.
func (m *meter) Run(ctx context.Context, sink device.Sink) error {
	m.load(ctx)
	if r, ok := m.Printer.(device.Resumer); ok && m.halves.of(m.id, m.spool().leftHalf) {
		r.LeftHalf()
	}
	m.mu.Lock()
	m.sink, m.state = sink, ""
	m.mu.Unlock()
	defer func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.sink = nil
	}()
	return m.Printer.Run(ctx, meterSink{m, sink})
}

// load reads what a former process counted.
func (m *meter) load(ctx context.Context) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.loaded || m.length == 0 {
		return
	}
	roll, err := m.spool().Roll(ctx, m.id)
	if err != nil {
		m.log.Error("paper roll unknown", slog.String("device", m.id), slog.Any("err", err))
	}
	if roll.Since.IsZero() {
		roll.Since = time.Now()
	}
	m.roll, m.loaded = roll, true
}

// Print implements device.Printer.
func (m *meter) Print(ctx context.Context, doc device.Document) error {
	err := m.Printer.Print(ctx, doc)
	partly := errors.Is(err, device.ErrPartly)
	if err == nil || partly {
		m.halves.set(m.id, partly)
		m.use(ctx, doc, !partly)
	}
	return err
}

// use counts the paper of doc.
func (m *meter) use(ctx context.Context, doc device.Document, whole bool) {
	if !m.counts() {
		return
	}
	mm, err := m.gauge.PaperLength(doc)
	if err != nil {
		return // nothing was printed then
	}
	m.mu.Lock()
	m.roll.add(mm, whole)
	m.mu.Unlock()
	m.keep(ctx)
	m.tell()
}

// NewRoll notes that a full roll was put in; false if the paper isn't counted.
func (m *meter) NewRoll(ctx context.Context) bool {
	if !m.counts() {
		return false
	}
	m.load(ctx) // its line may never have been open
	m.mu.Lock()
	m.roll.renew(time.Now())
	m.mu.Unlock()
	m.keep(ctx)
	m.tell()
	return true
}

// counts tells whether the paper is counted: the settings say how long a roll
// is, and the driver how long a ticket.
func (m *meter) counts() bool { return m.gauge != nil && m.length != 0 }

// keep stores what is known of the roll.
func (m *meter) keep(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollTimeout)
	defer cancel()
	m.keeping.Lock()
	defer m.keeping.Unlock()
	m.mu.Lock()
	roll := m.roll
	m.mu.Unlock()
	if err := m.spool().KeepRoll(ctx, m.id, roll); err != nil {
		m.log.Error("paper roll not kept", slog.String("device", m.id), slog.Any("err", err))
	}
}

// tell reports the state and that the estimate has changed.
func (m *meter) tell() {
	m.mu.Lock()
	sink := m.sink
	state, detail := m.seen()
	m.mu.Unlock()
	if sink == nil || state == "" {
		return
	}
	sink.State(state, detail)
	sink.Event(paperUsed{})
}

// seen is the driver's state, or that the paper runs low if only the estimate
// can tell. The caller holds mu.
func (m *meter) seen() (device.State, string) {
	left, known := m.roll.left(m.length)
	if m.state == device.Online && known && left < fewTickets && m.gauge != nil && !m.gauge.SeesNearEnd() {
		return device.PaperNearEnd, fmt.Sprintf("按估计，约剩 %d 张", left)
	}
	return m.state, m.detail
}

// PaperLeft is how many more tickets the roll is good for, nil if nobody knows.
func (m *meter) PaperLeft() *int {
	m.mu.Lock()
	defer m.mu.Unlock()
	left, known := m.roll.left(m.length)
	switch {
	case m.state == device.PaperEnd:
		left = 0
	case !known:
		return nil
	}
	return &left
}

// RollSince is when the present roll was put in, our clock; zero if its paper
// isn't counted.
func (m *meter) RollSince() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.counts() {
		return time.Time{}
	}
	return m.roll.Since
}

// meterSink is a meter's driver's sink.
type meterSink struct {
	m    *meter
	sink device.Sink
}

func (s meterSink) Event(e any) { s.sink.Event(e) }

// State passes a state on. A printer that works again after its paper had
// ended, or after its sensor had seen the end coming, has a new roll.
func (s meterSink) State(state device.State, detail string) {
	m := s.m
	m.mu.Lock()
	before := m.state
	m.state, m.detail = state, detail
	changed := false
	switch {
	case m.length == 0:
	case state == device.PaperEnd && !m.roll.Ended:
		m.roll.Ended, changed = true, true
	case state == device.Online && (m.roll.Ended || before == device.PaperNearEnd):
		m.roll.renew(time.Now())
		changed = true
	case state == device.PaperNearEnd && m.roll.Ended:
		m.roll.Ended, changed = false, true // the old roll's rest
	}
	state, detail = m.seen()
	m.mu.Unlock()
	s.sink.State(state, detail)
	if changed {
		m.keep(context.Background())
		s.sink.Event(paperUsed{})
	}
}
