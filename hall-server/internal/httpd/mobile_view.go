package httpd

import (
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"smarthall/hall-server/internal/hall"
	"smarthall/hall-server/internal/message"
	"smarthall/hall-server/internal/queue"
)

// mobileView is all that the ticket's page says.
type mobileView struct {
	phone
	// Path is the page's address, without its query.
	Path  string
	Hall  string
	Found bool
	ID    string
	Day   string

	Number, Service, State string
	// StateName is the state in words, Call the id of the latest call.
	StateName, Call string
	Ahead           int
	// Wait is the expected wait in words.
	Wait string
	// Window is the number on the sign of the window that called, Way leads there.
	Window, Way string
	// Windows and Ways are where the ticket may be called.
	Zone          string
	Windows, Ways []string
	// Plan is the address of the plan with the way there; empty without a plan.
	Plan      string
	Materials []string
	// Until is when the time that the citizen asked for, or the parking, is over.
	Until  string
	Parked string
	// The buttons that are offered.
	Cancel, Delay, Rejoin, Rate bool
	Notices                     []mobileNotice
	// Score is the rating given, 5 the best; 0 for none.
	Score int
	// Live tells that something may still change; Next in how many seconds the
	// page should look again, 0 for never.
	Live bool
	Next int

	// Now is when this was true, by the hall's clock.
	Now    string
	Notice notice
	Script template.HTML
}

// mobileNotice is a switch for messages. Phone is the end of the number, by
// which its owner knows it.
type mobileNotice struct {
	Channel, Name, Phone string
	On                   bool
}

// Scores are the buttons of the rating, the best first.
func (v *mobileView) Scores() []int { return []int{5, 4, 3, 2, 1} }

// view reads what the page of r's ticket shows now. A ticket that isn't there
// is no error.
func (m *mobile) view(r *http.Request) (*mobileView, error) {
	h := m.Hall.Hall()
	id := r.PathValue("id")
	words := phoneOf(r, h, m.Languages)
	out := &mobileView{phone: words, Path: "/t/" + url.PathEscape(id), Hall: words.Named(h.Name)}
	if !isTicketID(id) {
		return out, nil
	}
	m.Core.Read(func(s *queue.State, now queue.Time) {
		if t := s.Tickets[queue.TicketID(id)]; t != nil {
			m.fill(out, h, s, t, now)
		}
	})
	if out.Found {
		return out, nil
	}
	ticket, err := m.find(r.Context(), id)
	var problem *Problem
	if errors.As(err, &problem) && problem.Status == http.StatusNotFound {
		return out, nil
	}
	if err != nil {
		return nil, err
	}
	// A ticket of an earlier day: nothing can be done with it any more.
	out.Found, out.ID, out.Day = true, ticket.ID, ticket.Day
	out.Number, out.Service, out.State = ticket.Number, out.Named(ticket.ServiceName), ticket.State
	out.StateName = out.T("state." + ticket.State)
	return out, nil
}

// fill describes a ticket of today. It runs inside the core's lock.
func (m *mobile) fill(out *mobileView, h *hall.Hall, s *queue.State, t *queue.Ticket, now queue.Time) {
	svc, _ := h.Service(t.Service)
	loc := h.Location()
	clock := func(at queue.Time) string { return at.Std().In(loc).Format("15:04") }
	out.Found, out.ID, out.Day, out.Number = true, string(t.ID), string(s.Day), t.Number
	out.Service, out.State, out.StateName = out.Named(svc.Name), string(t.State), out.T("state."+string(t.State))
	out.Now = now.Std().In(loc).Format("15:04:05")
	out.Zone, out.Materials = out.Named(h.ZoneName(svc.Zone)), m.View.Materials(&svc)
	switch t.State {
	case queue.Waiting:
		out.places(h, svc)
		out.Plan = out.planLink(h, out.Windows...)
		ahead, low, high := m.View.Left(s, t, now)
		out.Ahead, out.Wait = ahead, out.wait(low, high)
		if t.NotBefore > now {
			out.Until = clock(t.NotBefore)
		}
	case queue.Called, queue.Serving:
		w, _ := h.Window(t.Window)
		out.Window, out.Way, out.Call = w.Number, out.Named(w.Direction), t.CallID()
		out.Plan = out.planLink(h, w.Number)
	case queue.Parked:
		if out.Parked = out.Named(t.Parked); t.Until != 0 {
			out.Until = clock(t.Until)
		}
	}
	allowed := t.Allowed()
	may := func(v queue.Verb) bool { return slices.Contains(allowed, v) }
	out.Cancel, out.Rate = may(queue.VerbCancel), may(queue.VerbRate)
	out.Delay = may(queue.VerbDelay) && t.Delays == 0
	rules := s.Config.Rules
	missed := t.LastCall
	if n := len(t.Periods); n > 0 {
		missed = t.Periods[n-1].From
	}
	out.Rejoin = may(queue.VerbRejoin) && t.Rejoins < rules.RejoinTimes && now.Sub(missed) <= rules.RejoinWithin
	out.Score = t.Score
	out.Live = t.State.Live() || t.State == queue.Missed || out.Rate
	out.Next = out.pace(t.State)
	if t.State == queue.Waiting || t.State == queue.Called || t.State == queue.Parked {
		out.Notices = m.notices(out.phone, t, svc.Zone)
	}
}

// pace is in how many seconds a page should look again: often when the turn is
// near, seldom when it is far, so that a full hall of phones costs little.
func (v *mobileView) pace(state queue.TicketState) int {
	switch {
	case !v.Live:
		return 0
	case state == queue.Called || (state == queue.Waiting && v.Ahead <= 2):
		return 3
	case state == queue.Waiting && v.Ahead <= 10:
		return 5
	case state == queue.Finished:
		return 30
	default:
		return 12
	}
}

// places tells where a ticket of svc may be called.
func (v *mobileView) places(h *hall.Hall, svc hall.Service) {
	for _, w := range h.Windows {
		if w.Disabled || !slices.Contains(w.Services, svc.ID) {
			continue
		}
		if !slices.Contains(v.Windows, w.Number) { // its posts share one
			v.Windows = append(v.Windows, w.Number)
		}
		if w.Direction != "" && !slices.Contains(v.Ways, w.Direction) {
			v.Ways = append(v.Ways, w.Direction)
		}
	}
}

// planLink is the address of the plan with the way to the windows of these
// numbers, in the page's language; empty if there is no plan.
func (v *mobileView) planLink(h *hall.Hall, numbers ...string) string {
	link := planLink(h, numbers)
	if link == "" || v.Source() && v.Query == "" {
		return link
	}
	return link + "&lang=" + v.Tag
}

// wait words how many minutes are left, from low to high; nil if nobody knows.
func (v *mobileView) wait(low, high *int) string {
	switch {
	case low == nil || high == nil:
		return v.T("wait.shut")
	case *high <= 1:
		return v.T("wait.soon")
	case *low == *high:
		return v.T("wait.about", "n", *high)
	default:
		return v.T("wait.range", "low", *low, "high", *high)
	}
}

// notices are the switches of the channels that reach t's holder.
func (m *mobile) notices(words phone, t *queue.Ticket, zone string) []mobileNotice {
	var out []mobileNotice
	for _, c := range message.Channels() {
		if possible, on := m.Messages.Offer(t, zone, c); possible {
			out = append(out, mobileNotice{Channel: string(c), Name: words.T("notice." + string(c)), Phone: phoneEnd(t.Person.Phone), On: on})
		}
	}
	return out
}

// phoneEnd is what a masked number shows of its end.
func phoneEnd(masked string) string { return masked[strings.LastIndex(masked, "*")+1:] }

// Rings tells whether a call may still come, or is on.
func (v *mobileView) Rings() bool {
	switch queue.TicketState(v.State) {
	case queue.Waiting, queue.Called, queue.Missed, queue.Parked:
		return v.Live
	}
	return false
}

// DelayMinutes is the time that one may ask for.
func (v *mobileView) DelayMinutes() int { return int(delayTime / time.Minute) }
