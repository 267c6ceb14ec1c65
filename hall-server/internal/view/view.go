// Package view turns the queue's state into what people see: the views of
// internal/link, the paper ticket, and refusals in words. The rules speak in
// ids and codes; here they meet the hall's names and texts. Nothing that names
// a person in full passes through.
package view

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"smarthall/hall-server/internal/estimate"
	"smarthall/hall-server/internal/hall"
	"smarthall/hall-server/internal/message"
	"smarthall/hall-server/internal/queue"
	"smarthall/hall-server/internal/registry"
	"smarthall/internal/link"
	"smarthall/internal/privacy"
)

// Viewer makes views. It is safe for concurrent use.
type Viewer struct {
	Hall     *hall.Live
	Registry *registry.Registry
	// URL is where the hall is reached if its file doesn't say.
	URL string
	// Forecasts are the waits to show; nil means the plain ones.
	Forecasts *estimate.Forecaster
	// Items names what to bring for a service, as the platform's items say; nil
	// means that nothing is known.
	Items func(service string) []string
	// Taken is how many tickets of a service were taken of late; nil means that
	// nobody counted.
	Taken func(service string) int
	// Platform is where clerks go on with a visit's case; nil if nowhere.
	Platform *link.PlatformView
}

// lostAfter is how long a counter may be disconnected before its window is an
// attendance anomaly.
const lostAfter = time.Minute

// calls is how many calls boards are told of.
const calls = 10

// HallView is the hall's name and texts.
func (v *Viewer) HallView(s *queue.State) link.HallView {
	h := v.Hall.Hall()
	out := link.HallView{
		Name: h.Name, Notices: h.Notices, Tips: h.Tips, Day: string(s.Day), TimeZone: h.TimeZone, DayBegins: h.DayBegins, Platform: v.Platform,
		Plan: v.Plan(h), Languages: h.LanguageViews(), Pauses: h.Pauses, PageBytes: h.Documents.PageKilobytes * 1000,
		Zones: make([]link.ZoneView, 0, len(h.Zones)),
	}
	for _, z := range h.Zones {
		out.Zones = append(out.Zones, link.ZoneView{ID: z.ID, Name: z.Name})
	}
	for _, p := range h.Priorities {
		out.Priorities = append(out.Priorities, link.PriorityView{ID: p.ID, Name: p.Name, Age: p.Age, Authorise: p.Authorise})
	}
	return out
}

// Services are all services in the order of the hall's file.
func (v *Viewer) Services(s *queue.State, now queue.Time) []link.ServiceView {
	h := v.Hall.Hall()
	out := make([]link.ServiceView, 0, len(h.Services))
	for _, svc := range h.Services {
		out = append(out, v.service(s, h, svc, now))
	}
	return out
}

// shownNext is how many of the next numbers a service shows.
const shownNext = 5

func (v *Viewer) service(s *queue.State, h *hall.Hall, svc hall.Service, now queue.Time) link.ServiceView {
	id := queue.ServiceID(svc.ID)
	waiting := s.Waiting(id)
	out := link.ServiceView{
		ID: svc.ID, Name: svc.Name, Short: svc.Short, Zone: svc.Zone,
		Waiting: len(waiting), OpenWindows: s.OpenWindows(id), Materials: v.Materials(&svc),
	}
	if v.Taken != nil {
		out.Taken = v.Taken(svc.ID)
	}
	v.serviceWait(s, &out, len(waiting), now)
	for _, w := range h.Windows {
		if !w.Disabled && slices.Contains(w.Services, svc.ID) {
			out.Windows = append(out.Windows, w.ID)
		}
	}
	why := s.Closed(id)
	out.Available, out.Why, out.WhySaid = why == "", closedText(why), closedSaid(why)
	if open, next := s.Config.Open(now); !open && out.Available {
		out.Available, out.Why, out.WhySaid = false, v.shutText(next, now), v.shutSaid(next)
	}
	if left, limited := s.PlacesLeft(id, now); limited {
		out.PlacesLeft = &left
		if left == 0 && out.Available {
			out.Available, out.Why, out.WhySaid = false, "本时段的号已取完", &link.Sentence{Code: "service.full"}
		}
	}
	for i, t := range waiting {
		if i < shownNext {
			out.Next = append(out.Next, t.Number)
		}
		out.LongestWaitSeconds = max(out.LongestWaitSeconds, seconds(now, t.Taken))
	}
	return out
}

func closedText(why string) string {
	switch why {
	case queue.ReasonNoWindow, queue.ReasonWindowDisabled:
		return "办理窗口已停用"
	case queue.ReasonNoOpenWindow:
		return "暂无窗口办理，请稍后再取号"
	}
	return why
}

// closedSaid is closedText by its code; nil for what the hall says itself.
func closedSaid(why string) *link.Sentence {
	switch why {
	case queue.ReasonNoWindow, queue.ReasonWindowDisabled:
		return &link.Sentence{Code: "service.window-disabled"}
	case queue.ReasonNoOpenWindow:
		return &link.Sentence{Code: "service.no-open-window"}
	}
	return nil
}

func minutes(n int) *int {
	if n == estimate.NoWindow {
		return nil
	}
	return &n
}

func seconds(now, then queue.Time) int { return int(max(now-then, 0) / 1000) }

// Windows are all windows in the order of the hall's file.
func (v *Viewer) Windows(s *queue.State, now queue.Time) []link.WindowView {
	h := v.Hall.Hall()
	out := make([]link.WindowView, 0, len(h.Windows))
	for _, w := range h.Windows {
		out = append(out, v.Window(s, s.Windows[queue.WindowID(w.ID)], now))
	}
	return out
}

// Window is one window.
func (v *Viewer) Window(s *queue.State, w *queue.Window, now queue.Time) link.WindowView {
	if w == nil {
		return link.WindowView{}
	}
	h := v.Hall.Hall()
	conf, _ := h.Window(w.ID)
	out := link.WindowView{
		ID: conf.ID, Number: conf.Number, Name: conf.Name, Unit: h.Unit(conf.Number), Zone: conf.Zone, Services: conf.Services,
		Disabled: conf.Disabled, State: link.WindowState(s.Activity(w)), Since: w.Since.Std(),
		Clerk: w.StaffName, Staff: string(w.Staff), Text: w.Text, Served: w.Served, Post: conf.Post, Screen: conf.Screen,
	}
	if s.Config.Window(w.ID) != nil {
		strategy := s.Strategy(w.ID)
		out.Strategy, out.StrategyText, out.StrategyShares = string(strategy.Kind), v.StrategyText(strategy), v.strategyShares(strategy)
		out.StrategySet = w.Strategy != nil
	}
	out.Online, _ = v.Registry.Counter(conf.ID)
	if t := s.Tickets[w.Ticket]; t != nil {
		ticket := v.Ticket(s, t)
		out.Ticket = &ticket
		if t.Reason != nil {
			reason := Reason(*t.Reason)
			out.Reason = &reason
		}
	}
	if why, said := v.anomaly(s, w, now); why != "" {
		out.State, out.Why, out.WhySaid = link.WindowAnomaly, why, said
	}
	return out
}

// Ticket is one ticket of the open business day.
func (v *Viewer) Ticket(s *queue.State, t *queue.Ticket) link.TicketView { return v.TicketOf(s.Day, t) }

// TicketOf is one ticket of day.
func (v *Viewer) TicketOf(day queue.Day, t *queue.Ticket) link.TicketView {
	h := v.Hall.Hall()
	svc, _ := h.Service(t.Service)
	out := link.TicketView{
		ID: string(t.ID), Number: t.Number, Service: string(t.Service), ServiceName: svc.Name,
		State: string(t.State), Channel: link.Channel(t.Channel), Name: t.Person.Name, Phone: t.Person.Phone,
		Priority: t.Priority, Day: string(day), Ahead: max(t.Promise.Ahead, 0), WaitMinutes: minutes(t.Promise.Minutes),
		TakenAt: t.Taken.Std(), DueAt: t.Due.Std(), CalledAt: instant(t.CalledAt), StartedAt: instant(t.Started),
		EndedAt: instant(t.Ended), Window: string(t.Window), Recalls: t.Recalls, Call: t.CallID(),
		Score: t.Score, Print: link.PrintOutcome(t.Print), URL: v.url(t.ID), Allowed: verbs(t.Allowed()),
		Appointment: string(t.Appointment), SlotAt: instant(t.Slot), Parked: t.Parked, Until: instant(t.Until),
		NotBefore: instant(t.NotBefore), Rejoins: t.Rejoins, Copies: t.Copies, Silent: t.Silent, Offline: t.Offline,
	}
	v.ticketWait(t, &out)
	for i := range h.Windows {
		w := &h.Windows[i]
		if w.ID == string(t.For) && t.For != "" && t.State == queue.Waiting {
			out.ReservedFor = w.Number
		}
		if w.ID == string(t.Window) {
			out.WindowName = w.Name
		}
		// The posts of a window share a number.
		if !w.Disabled && slices.Contains(w.Services, svc.ID) && !slices.Contains(out.Windows, w.Number) {
			out.Windows = append(out.Windows, w.Number)
		}
	}
	return out
}

// Address is where the hall is reached, without a slash at its end.
func (v *Viewer) Address() string { return strings.TrimRight(cmp.Or(v.Hall.Hall().URL, v.URL), "/") }

func (v *Viewer) url(id queue.TicketID) string { return v.Address() + "/t/" + string(id) }

func instant(t queue.Time) *time.Time {
	if t == 0 {
		return nil
	}
	std := t.Std()
	return &std
}

func verbs(vs []queue.Verb) []string {
	out := make([]string, len(vs))
	for i, v := range vs {
		out[i] = string(v)
	}
	return out
}

// Limits of a clerk's lists.
const (
	shownWaiting = 50
	shownMissed  = 10
)

// Queue is what the clerk at a window sees of the queue.
func (v *Viewer) Queue(s *queue.State, id queue.WindowID) link.QueueChanged {
	out := link.QueueChanged{Waiting: []link.TicketView{}}
	conf, w := s.Config.Window(id), s.Windows[id]
	if conf == nil || w == nil {
		return out
	}
	waiting := v.order(s, id)
	out.Total = len(waiting)
	for _, t := range waiting[:min(len(waiting), shownWaiting)] {
		out.Waiting = append(out.Waiting, v.Ticket(s, t))
	}
	out.Next = v.next(s, id, waiting)
	var missed, parked []*queue.Ticket
	day := NewClerkDay(w.Staff)
	for _, t := range s.Tickets {
		day.Count(t)
		switch {
		case !conf.Serves(t.Service):
		case t.State == queue.Missed:
			missed = append(missed, t)
		case t.State == queue.Parked:
			parked = append(parked, t)
		}
	}
	slices.SortFunc(missed, func(a, b *queue.Ticket) int { return cmp.Compare(b.LastCall, a.LastCall) })
	for _, t := range missed[:min(len(missed), shownMissed)] {
		out.Missed = append(out.Missed, v.Ticket(s, t))
	}
	slices.SortFunc(parked, func(a, b *queue.Ticket) int {
		return cmp.Or(cmp.Compare(uint64(a.Until-1), uint64(b.Until-1)), cmp.Compare(a.Arrival, b.Arrival)) // no deadline comes last
	})
	for _, t := range parked[:min(len(parked), shownMissed)] {
		out.Parked = append(out.Parked, v.Ticket(s, t))
	}
	if t := s.Tickets[w.Ticket]; t != nil {
		if t.Reason != nil {
			reason := Reason(*t.Reason)
			out.Reason = &reason
		}
		out.Front, out.Notes, out.Seen = string(t.ID), v.notes(t), t.Seen
	}
	out.Served, out.MeanServiceSeconds, out.Day = day.View()
	return out
}

// order is who waits for a window, in the order in which it would call them if
// it called alone; those it may not call now come last.
func (v *Viewer) order(s *queue.State, id queue.WindowID) []*queue.Ticket {
	conf := s.Config.Window(id)
	var waiting []*queue.Ticket
	for _, service := range conf.Services {
		waiting = append(waiting, s.Waiting(service)...)
	}
	if len(waiting) == 0 {
		for _, service := range conf.Helps {
			waiting = append(waiting, s.Waiting(service)...)
		}
	}
	place := make(map[queue.TicketID]int, shownWaiting)
	for i, t := range s.Order(id, s.Last, shownWaiting) {
		place[t] = i - shownWaiting
	}
	slices.SortStableFunc(waiting, func(a, b *queue.Ticket) int {
		return cmp.Or(cmp.Compare(place[a.ID], place[b.ID]), cmp.Compare(a.Due, b.Due), cmp.Compare(a.Arrival, b.Arrival))
	})
	return waiting
}

// Call is t's latest call.
func (v *Viewer) Call(t *queue.Ticket) link.CallView {
	h := v.Hall.Hall()
	w, _ := h.Window(t.Window)
	svc, _ := h.Service(t.Service)
	out := link.CallView{
		ID: t.CallID(), Ticket: string(t.ID), Number: t.Number, Recall: t.Recalls,
		Window: w.ID, WindowNumber: w.Number, WindowName: w.Name, Zone: w.Zone,
		Service: string(t.Service), ServiceName: svc.Name, At: t.LastCall.Std(),
		Ended: t.State != queue.Called, Silent: t.Silent,
	}
	if t.Reason != nil {
		out.Reason = Reason(*t.Reason)
	}
	out.Channels = callChannels(h.CallChannels(w.Zone), t.Silent)
	for _, a := range t.Acks {
		out.Acks = append(out.Acks, link.CallAck{
			CallShown: link.CallShown{Call: a.Call, Channel: link.CallChannel(a.Channel), Device: a.Device, Failed: a.Failed},
			At:        a.At.Std(),
		})
	}
	return out
}

// callChannels are the channels of a call: the zone's, without the loudspeaker
// for a silent one; nil means all.
func callChannels(zone []string, silent bool) []link.CallChannel {
	if len(zone) == 0 && !silent {
		return nil
	}
	if len(zone) == 0 {
		zone = []string{string(link.CallBoard), string(link.CallWindow), string(link.CallLED), string(link.CallVoice)}
	}
	out := []link.CallChannel{}
	for _, channel := range zone {
		if !silent || channel != string(link.CallVoice) {
			out = append(out, link.CallChannel(channel))
		}
	}
	return out
}

// Calls are the day's latest calls, newest first.
func (v *Viewer) Calls(s *queue.State) []link.CallView {
	var called []*queue.Ticket
	for _, t := range s.Tickets {
		if t.Calls > 0 && t.Window != "" {
			called = append(called, t)
		}
	}
	slices.SortFunc(called, func(a, b *queue.Ticket) int {
		return cmp.Or(cmp.Compare(b.LastCall, a.LastCall), cmp.Compare(b.ID, a.ID)) // two posts may call at once
	})
	out := make([]link.CallView, 0, calls)
	for _, t := range called[:min(len(called), calls)] {
		out = append(out, v.Call(t))
	}
	return out
}

// Reason says why a ticket was called, in words.
func Reason(r queue.Reason) link.ReasonView {
	return link.ReasonView{
		Strategy: string(r.Strategy), Rule: string(r.Rule), Text: reasonText(r),
		Candidates: r.Candidates, Overtaken: r.Overtaken, Class: r.Class, Note: r.Text,
	}
}

// Board is all that the manager's board shows.
func (v *Viewer) Board(s *queue.State, now queue.Time) link.BoardView {
	return link.BoardView{
		Hall: v.HallView(s), Now: now.Std(), Totals: v.Totals(s, now), Services: v.Services(s, now),
		Windows: v.Windows(s, now), Agents: v.Registry.Agents(), Calls: v.Calls(s), Accuracy: v.accuracy(),
	}
}

// Totals is the hall at a glance.
func (v *Viewer) Totals(s *queue.State, now queue.Time) link.TotalsView {
	var out link.TotalsView
	var waits, waitMs, services, serviceMs int
	for _, svc := range s.Config.Services {
		out.Waiting += s.Count(svc.ID, queue.Waiting)
		out.Called += s.Count(svc.ID, queue.Called)
		out.Serving += s.Count(svc.ID, queue.Serving)
		out.Served += s.Count(svc.ID, queue.Finished)
		out.Missed += s.Count(svc.ID, queue.Missed)
		out.Parked += s.Count(svc.ID, queue.Parked)
		for _, t := range s.Waiting(svc.ID) {
			if age := seconds(now, t.Taken); age >= out.LongestWaitSeconds {
				out.LongestWaitSeconds, out.LongestWaitNumber = age, t.Number
			}
		}
		if l := s.Learned[svc.ID]; l != nil {
			waits, waitMs = waits+l.Waits, waitMs+int(l.WaitMs)
			services, serviceMs = services+l.Services, serviceMs+int(l.ServiceMs)
		}
	}
	out.Taken, out.Accuracy = len(s.Tickets), v.accuracy()
	for score := 1; score <= 5; score++ {
		out.Rated += s.Scored(score)
		if score >= 3 {
			out.Satisfied += s.Scored(score)
		}
	}
	for _, o := range []link.PrintOutcome{link.PrintFailed, link.PrintPartial, link.PrintUnknown} {
		out.Unprinted += s.Printed(string(o))
	}
	if waits > 0 {
		out.MeanWaitSeconds = waitMs / waits / 1000
	}
	if services > 0 {
		out.MeanServiceSeconds = serviceMs / services / 1000
	}
	return out
}

// Place is how many people are before a waiting ticket now, and the wait that
// is left in minutes; nil if no window is open.
func (v *Viewer) Place(s *queue.State, id queue.TicketID, now queue.Time) (ahead int, wait *int) {
	t := s.Tickets[id]
	if t == nil || t.State != queue.Waiting {
		return 0, nil
	}
	ahead = slices.Index(s.Waiting(t.Service), t)
	return ahead, v.waitLeft(s, t, ahead, now)
}

// Person is what the queue may know of p.
func Person(vault privacy.Vault, p link.Person) queue.Person {
	key, phone := vault.Key("id", p.IDNumber), plainPhone(p.Phone)
	if key == "" {
		key = vault.Key("phone", phone)
	}
	return queue.Person{
		Key: key, Name: privacy.MaskName(printable(p.Name)), Phone: privacy.MaskPhone(phone),
		Sealed: vault.Seal(message.PhoneKind, phone),
	}
}
