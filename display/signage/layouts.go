package signage

import (
	"context"
	"strconv"
	"time"

	"smarthall/internal/agent"
	"smarthall/internal/link"
	"smarthall/internal/screen"
)

// lookEvery is how often the clock is looked at for layouts that begin or end.
const lookEvery = time.Second

// follow keeps pages and strips at what their plans say, until ctx ends.
func (s *Signage) follow(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	s.wantFiles() // of what a former process knew
	for {
		s.updateStrips()
		s.updatePages()
		s.tellScreens()
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// now is the hall's time where the hall is.
func (s *Signage) now(hall link.HallView) time.Time {
	now := s.agent.Client.Now()
	place, err := time.LoadLocation(hall.TimeZone)
	if err != nil || hall.TimeZone == "" {
		return now
	}
	return now.In(place)
}

// layoutOf is what a screen shows now; nil for what is built in.
func (s *Signage) layoutOf(hall link.Snapshot, name string, kind link.LayoutKind) *link.LayoutView {
	l := screen.At(hall.Layouts, name, s.now(hall.Hall), s.days)
	if l == nil || l.Kind != kind {
		return nil
	}
	return l
}

// stamp tells layouts apart.
func stamp(l *link.LayoutView) string {
	if l == nil {
		return ""
	}
	return l.ID + "." + strconv.Itoa(l.Version)
}

// updatePages tells each page of a layout that it doesn't show yet.
func (s *Signage) updatePages() {
	hall, ok := s.agent.Hall()
	if !ok {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for p, name := range s.screens {
		s.tell(hall, p, name)
	}
}

// tell tells one page, if there is something new. The caller holds s.mu.
func (s *Signage) tell(hall link.Snapshot, p *agent.Page, name string) {
	l := s.layoutOf(hall, name, link.LayoutScreen)
	if now := stamp(l); s.shows[p] != now {
		s.shows[p] = now
		p.Send(link.TypeLayoutShow, link.LayoutShow{Layout: l})
	}
}

// describe leaves out of a page's snapshot what only this program needs.
func (s *Signage) describe(page *link.PageSnapshot) {
	if page.Hall == nil || page.Hall.Layouts == nil {
		return
	}
	hall := *page.Hall
	hall.Layouts = nil
	page.Hall = &hall
}
