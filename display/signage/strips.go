package signage

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"
	"unicode/utf8"

	"smarthall/internal/agent"
	"smarthall/internal/device"
	"smarthall/internal/link"
)

const (
	showTimeout = 5 * time.Second
	showAgain   = 3 * time.Second // after a failure of a strip that seems well
	maxStrip    = 24              // characters; longer texts are cut
)

// What a strip says where the window has nothing better.
const (
	textClosed = "未开放"
	textPaused = "暂停办理"
)

// face is what a strip is to show; the zero value means nothing is known yet.
type face struct {
	text string
	call string // that it tells of, if any
}

// faceOf says what hangs above a window.
func faceOf(w link.WindowView, calls []link.CallView) face {
	switch {
	case w.Disabled, w.State == link.WindowSignedOut:
		return face{text: textClosed}
	case w.State == link.WindowPaused && w.Text != "":
		return face{text: cut(w.Text)}
	case w.State == link.WindowPaused, w.State == link.WindowAnomaly:
		return face{text: textPaused}
	case w.State == link.WindowServing && w.Ticket != nil:
		if w.Ticket.State != "called" {
			return face{text: cut("正在办理" + w.Ticket.Number)}
		}
		return face{
			text: cut("请" + w.Ticket.Number + "到" + w.Number + "号窗口"),
			call: callOf(*w.Ticket, calls),
		}
	case w.Name != "":
		return face{text: cut(w.Name)}
	default:
		return face{text: cut(w.Number + "号窗口")}
	}
}

// callOf returns the latest call of a ticket.
func callOf(t link.TicketView, calls []link.CallView) string {
	if t.Call != "" {
		return t.Call
	}
	for _, c := range calls {
		if c.Ticket == t.ID {
			return c.ID
		}
	}
	return ""
}

// cut shortens text to what a strip can show.
func cut(text string) string {
	if utf8.RuneCountInString(text) <= maxStrip {
		return text
	}
	return string([]rune(text)[:maxStrip-1]) + "…"
}

// led is what a strip needs of its device; *agent.Device has it.
type led interface {
	Show(ctx context.Context, text string) error
	State() device.State
}

// strip is one LED strip above a window. It shows the last text only: what
// came between while it was slow or away is never made up for.
type strip struct {
	window string // number or id
	name   string // of its acknowledgements
	dev    led
	shown  func(link.CallShown)
	log    *slog.Logger
	wake   chan struct{}

	mu    sync.Mutex
	want  face // guarded by mu
	stale bool // the strip was away and may have lost its text; guarded by mu
}

func newStrip(agentName string, d *agent.Device, shown func(link.CallShown), log *slog.Logger) *strip {
	return &strip{
		window: d.Config.Window, name: agentName + "/" + d.Config.ID, dev: d,
		shown: shown, log: log, wake: make(chan struct{}, 1),
	}
}

// set changes what is to be shown.
func (s *strip) set(f face) {
	s.mu.Lock()
	same := s.want == f
	s.want = f
	s.mu.Unlock()
	if !same {
		s.poke()
	}
}

// changed takes the device's state: after an absence the text is shown anew.
func (s *strip) changed(state device.State) {
	if !state.Works() {
		s.mu.Lock()
		s.stale = true
		s.mu.Unlock()
	}
	s.poke()
}

func (s *strip) poke() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// run keeps the strip as it should be until ctx ends.
func (s *strip) run(ctx context.Context) {
	var showing face
	var told report
	retry := time.NewTimer(showAgain)
	defer retry.Stop()
	for {
		if f, due := s.due(showing); due {
			err := s.show(ctx, f)
			if err == nil {
				showing = f
			}
			told.tell(s, f, err)
			if ctx.Err() != nil {
				return
			}
			retry.Reset(showAgain)
		}
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
		case <-retry.C:
		}
	}
}

// due returns what is to be shown, if it isn't.
func (s *strip) due(showing face) (face, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.want, s.want.text != "" && (s.stale || s.want != showing)
}

// show shows f, unless the strip is known to be away.
func (s *strip) show(ctx context.Context, f face) error {
	if !s.dev.State().Works() {
		return device.ErrOffline
	}
	s.mu.Lock()
	s.stale = false
	s.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, showTimeout)
	defer cancel()
	err := s.dev.Show(ctx, f.text)
	if err != nil {
		s.mu.Lock()
		s.stale = true
		s.mu.Unlock()
	}
	return err
}

// report remembers what the hall was told of the last call.
type report struct {
	call          string
	shown, failed bool
}

// tell acknowledges a call once, and says once that it could not be shown.
func (r *report) tell(s *strip, f face, err error) {
	if f.call != r.call {
		*r = report{call: f.call}
	}
	ack := link.CallShown{Call: f.call, Channel: link.CallLED, Device: s.name}
	switch {
	case err == nil && !r.shown:
		r.shown = true
	case err != nil && !r.failed && !r.shown && !errors.Is(err, context.Canceled):
		r.failed = true
		ack.Failed = failure(err)
		s.log.Warn("strip shows nothing new", slog.String("device", s.name), slog.Any("err", err))
	default:
		return
	}
	if f.call != "" {
		s.shown(ack)
	}
}

// failure words an error of a strip for the board.
func failure(err error) string {
	if errors.Is(err, device.ErrOffline) {
		return "条屏未连接"
	}
	return "条屏没有回应"
}
