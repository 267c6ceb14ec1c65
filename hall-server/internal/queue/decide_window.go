package queue

import (
	"strconv"
	"unicode/utf8"
)

// maxPauseText is what a window screen can show, in characters.
const maxPauseText = 60

// window returns the window with id and its configuration.
func (s *State) window(id WindowID) (*Window, *WindowConfig, error) {
	conf := s.Config.Window(id)
	if conf == nil {
		return nil, nil, Refuse(NotFound, "window.unknown", "window", string(id))
	}
	return s.Windows[id], conf, nil
}

// signedIn is window for commands that need a clerk there.
func (s *State) signedIn(id WindowID) (*Window, *WindowConfig, error) {
	w, conf, err := s.window(id)
	if err != nil {
		return nil, nil, err
	}
	if w.Staff == "" {
		return nil, nil, s.windowRefusal(w, "window.signed-out")
	}
	return w, conf, nil
}

// windowRefusal is a conflict with w's state.
func (s *State) windowRefusal(w *Window, code string) *Refusal {
	r := Refuse(Conflict, code, "window", string(w.ID), "staff", w.StaffName)
	r.State = string(s.Activity(w))
	return r
}

// Activity is what a window is doing, as far as the queue knows.
type Activity string

// The activities; the fifth window state, the attendance anomaly, needs a clock
// and the agents' presence and is told by package view.
const (
	SignedOut Activity = "signed-out"
	Idle      Activity = "idle"
	Busy      Activity = "serving"
	Paused    Activity = "paused"
)

// Activity returns what w is doing.
func (s *State) Activity(w *Window) Activity {
	switch {
	case w.Staff == "":
		return SignedOut
	case w.Ticket != "":
		return Busy
	case w.Paused:
		return Paused
	default:
		return Idle
	}
}

func (s *State) signIn(c SignIn) ([]Event, error) {
	w, conf, err := s.window(c.Window)
	if err != nil {
		return nil, err
	}
	if c.Staff == "" || len(c.Staff) > maxName || utf8.RuneCountInString(c.StaffName) > maxName {
		return nil, Refuse(Invalid, "staff.invalid")
	}
	if conf.Disabled {
		return nil, s.windowRefusal(w, "window.disabled")
	}
	if w.Staff == c.Staff {
		return nil, nil
	}
	if w.Staff != "" {
		return nil, s.windowRefusal(w, "window.taken")
	}
	for _, o := range s.Windows {
		if o.Staff == c.Staff {
			r := s.windowRefusal(o, "staff.elsewhere")
			r.Vars["staff"] = c.StaffName
			return nil, r
		}
	}
	return []Event{WindowSignedIn(c)}, nil
}

// free refuses while a ticket is called or in service at w.
func (s *State) free(w *Window) error {
	t := s.Tickets[w.Ticket]
	if t == nil {
		return nil
	}
	r := s.windowRefusal(w, "window.busy")
	r.Vars["number"] = t.Number
	r.State, r.Allowed = string(t.State), Allowed(t.State)
	return r
}

func (s *State) signOut(c SignOut) ([]Event, error) {
	w, _, err := s.signedIn(c.Window)
	if err != nil {
		return nil, err
	}
	if err := s.free(w); err != nil {
		return nil, err
	}
	return []Event{WindowSignedOut{Window: c.Window}}, nil
}

func (s *State) pause(c Pause) ([]Event, error) {
	w, _, err := s.signedIn(c.Window)
	if err != nil {
		return nil, err
	}
	if err := s.free(w); err != nil {
		return nil, err
	}
	if utf8.RuneCountInString(c.Text) > maxPauseText {
		return nil, Refuse(Invalid, "text.too-long", "max", strconv.Itoa(maxPauseText))
	}
	if w.Paused && w.Text == c.Text {
		return nil, nil
	}
	return []Event{WindowPaused(c)}, nil
}

func (s *State) unpause(c Continue) ([]Event, error) {
	w, _, err := s.signedIn(c.Window)
	if err != nil {
		return nil, err
	}
	if !w.Paused {
		return nil, s.windowRefusal(w, "window.not-paused")
	}
	return []Event{WindowContinued(c)}, nil
}
