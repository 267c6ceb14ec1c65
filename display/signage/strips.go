package signage

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"smarthall/internal/agent"
	"smarthall/internal/device"
	"smarthall/internal/link"
)

const (
	showTimeout = 5 * time.Second
	showAgain   = 3 * time.Second // after a failure of a strip that seems well
)

// led is what a strip needs of its device; *agent.Device has it.
type led interface {
	Show(ctx context.Context, text string) error
	// Areas is how many texts it shows side by side.
	Areas() int
	ShowAreas(ctx context.Context, areas []device.StripArea) error
	State() device.State
}

// strip is one LED strip above a window, or above several that share it. It shows the last text only: what
// came between while it was slow or away is never made up for.
type strip struct {
	window string // number, id or shared screen
	name   string // of its acknowledgements
	dev    led
	shown  func(link.CallShown)
	log    *slog.Logger
	wake   chan struct{}
	warned bool // that it shows nothing new; of run alone

	mu    sync.Mutex
	want  face        // guarded by mu
	stale bool        // the strip was away and may have lost its text; guarded by mu
	trial *stripTrial // nil while nobody tries the strip; guarded by mu
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
	same := s.want.equal(f)
	s.want = f
	if s.trial != nil && len(f.calls) > 0 {
		close(s.trial.over)
		s.trial = nil
	}
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
	turn := 0 // of the face's pages
	told := report{}
	retry, next := time.NewTimer(showAgain), time.NewTimer(time.Hour)
	defer retry.Stop()
	next.Stop() // until there is a page to turn
	defer next.Stop()
	turned := false
	for {
		f, trial, due := s.due(showing)
		if due {
			turn = 0
		}
		if due || turned {
			page, stay := f.page(turn)
			err := s.show(ctx, page)
			if err == nil {
				showing = f
			}
			trial.told(err)
			told.tell(s, f, err)
			if ctx.Err() != nil {
				return
			}
			retry.Reset(showAgain)
			next.Stop()
			if err == nil && stay > 0 {
				next.Reset(stay)
			}
		}
		turned = false
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
		case <-retry.C:
		case <-next.C:
			turned = true
			turn++
		}
	}
}

// due returns what is to be shown, if it isn't, and whose trial it is if it is
// one.
func (s *strip) due(showing face) (face, *stripTrial, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.trial != nil:
		due := s.stale || !s.trial.begun || !tryFace.equal(showing)
		s.trial.begun = true
		return tryFace, s.trial, due
	case s.want.text == "" && tryFace.equal(showing):
		return nothing, nil, true
	}
	return s.want, nil, s.want.text != "" && (s.stale || !s.want.equal(showing))
}

// show shows a page, unless the strip is known to be away.
func (s *strip) show(ctx context.Context, page link.StripPage) error {
	if !s.dev.State().Works() {
		return device.ErrOffline
	}
	s.mu.Lock()
	s.stale = false
	s.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, showTimeout)
	defer cancel()
	err := s.put(ctx, page)
	if err != nil {
		s.mu.Lock()
		s.stale = true
		s.mu.Unlock()
	}
	return err
}

// put shows the areas of a page, or its text on a strip that can't be divided
// into so many.
func (s *strip) put(ctx context.Context, page link.StripPage) error {
	if len(page.Areas) == 0 || len(page.Areas) > s.dev.Areas() {
		return s.dev.Show(ctx, page.Text)
	}
	areas := make([]device.StripArea, 0, len(page.Areas))
	for _, a := range page.Areas {
		areas = append(areas, device.StripArea{X: a.X, Y: a.Y, W: a.W, H: a.H, Text: a.Text})
	}
	err := s.dev.ShowAreas(ctx, areas)
	if errors.Is(err, device.ErrNoArea) { // the layout is drawn for a larger strip
		return s.dev.Show(ctx, page.Text)
	}
	return err
}

// report remembers what the hall was told of the calls being shown.
type report map[string]outcome

type outcome struct{ shown, failed bool }

// tell acknowledges each call once, and says once that it could not be shown.
func (r report) tell(s *strip, f face, err error) {
	maps.DeleteFunc(r, func(call string, _ outcome) bool { return !slices.Contains(f.calls, call) })
	if errors.Is(err, context.Canceled) || errors.Is(err, agent.ErrReplaced) {
		return
	}
	if err != nil && !s.warned {
		s.log.Warn("strip shows nothing new", slog.String("device", s.name), slog.Any("err", err))
	}
	s.warned = err != nil
	for _, call := range f.calls {
		was := r[call]
		ack := link.CallShown{Call: call, Channel: link.CallLED, Device: s.name}
		switch {
		case err == nil && !was.shown:
			was.shown = true
		case err != nil && !was.failed && !was.shown:
			was.failed = true
			ack.Failed = failure(err)
		default:
			continue
		}
		r[call] = was
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
