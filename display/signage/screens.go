package signage

import (
	"maps"
	"slices"
	"sync"
	"time"

	"smarthall/internal/agent"
	"smarthall/internal/link"
)

// lingers is how long a screen whose page was closed still counts: a page that
// is loaded again, and a display that is started again, have their layouts at
// once.
const lingers = 10 * time.Minute

// screenList are the names of the screens that this display has had lately.
type screenList struct {
	mu     sync.Mutex
	seeded bool                 // guarded by mu
	until  map[string]time.Time // of screens without a page; guarded by mu
	told   []string             // what the hall was told last; guarded by mu
}

// screenNames are the screens that this display has: its strips, the pages that
// are open or were a while ago, and, after a start, those of the process before.
func (s *Signage) screenNames() link.DisplayScreens {
	now := time.Now()
	names := s.outs.Load().stripNames()
	s.mu.Lock()
	for _, name := range s.screens {
		names[name] = true
	}
	s.mu.Unlock()
	var kept []link.ScreenPlan
	if hall, ok := s.agent.Hall(); ok && hall.Layouts != nil {
		kept = hall.Layouts.Screens
	}
	l := &s.names
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.seeded {
		l.seeded = true
		for _, p := range kept {
			l.until[p.Screen] = now.Add(lingers)
		}
	}
	for name, until := range l.until {
		if now.After(until) {
			delete(l.until, name)
		} else if len(names) < link.MaxDisplayScreens {
			names[name] = true
		}
	}
	out := slices.Sorted(maps.Keys(names))
	if len(out) > link.MaxDisplayScreens {
		out = out[:link.MaxDisplayScreens]
	}
	l.told = out
	return link.DisplayScreens{Screens: out}
}

// linger keeps the screen of a page that was closed for a while.
func (s *Signage) linger(name string) {
	l := &s.names
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.until) < link.MaxDisplayScreens {
		l.until[name] = time.Now().Add(lingers)
	}
}

// tellScreens tells the hall of the screens, if they are others than it knows.
func (s *Signage) tellScreens() {
	s.names.mu.Lock()
	told := s.names.told
	s.names.mu.Unlock()
	if !slices.Equal(told, s.screenNames().Screens) {
		s.agent.Client.ScreensChanged()
	}
}

// closed takes a page off the screens; the hall's layouts for it stay a while.
func (s *Signage) closed(p *agent.Page) {
	s.mu.Lock()
	name, ready := s.screens[p]
	delete(s.screens, p)
	delete(s.shows, p)
	s.mu.Unlock()
	if ready {
		s.linger(name)
	}
}
