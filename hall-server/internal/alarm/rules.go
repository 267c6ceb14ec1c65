package alarm

import (
	"slices"
	"strings"
	"time"

	"smarthall/internal/link"
)

// Scene is the hall at one moment, with what the board doesn't show of it.
type Scene struct {
	Board *link.BoardView
	Now   time.Time
	// Targets are the waits that the hall aims at, by service.
	Targets map[string]time.Duration
	// Oldest is since when the longest-waiting of a service waits.
	Oldest map[string]time.Time
	// Comers counts the tickets of the last half hour, by service.
	Comers map[string]int
	// Ratings are those of the last half hour that were bad.
	Ratings []BadRating
	// PlatformAway is since when the platform isn't reached; zero if it is, or if
	// there is none.
	PlatformAway time.Time
	// NumbersLeft is how many numbers are left for applications that the hall
	// receives while the platform is away; nil while there are enough.
	NumbersLeft *int64
}

// BadRating is a score of 1 or 2.
type BadRating struct {
	Ticket, Number, Window string
	Score                  int
	At                     time.Time
}

// The rules' bounds.
const (
	// waitFactor is from which multiple of its target on a wait is an alarm;
	// waitOver, of one that rings already, until when.
	waitFactor = 1.5
	waitOver   = 1.2
	// fewPlaces is from how many places left on a quota is nearly used up.
	fewPlaces = 5
	// SatisfactionTarget is the share of ratings that should be satisfied (EV-10),
	// enoughRatings from how many on it says something.
	SatisfactionTarget = 0.95
	enoughRatings      = 20
	// RatingFor is how long a bad rating is on the board.
	RatingFor = 30 * time.Minute
)

// codeHelp is the trouble of a machine where somebody asked for staff: with a
// kiosk's page, or with a call button beside any machine.
const codeHelp = "kiosk.help"

// Find is all that is wrong in s. rings tells whether the alarm with a key rings
// already: some end later than they begin.
func Find(s *Scene, rings func(key string) bool) []Finding {
	var out []Finding
	for i := range s.Board.Agents {
		out = append(out, s.agent(&s.Board.Agents[i])...)
	}
	for i := range s.Board.Windows {
		if w := &s.Board.Windows[i]; w.State == link.WindowAnomaly && !w.Disabled {
			out = append(out, Finding{
				Key: "window/" + w.ID, Kind: Attendance, Tone: Red, Zone: w.Zone, Window: w.ID, Name: w.Number,
				Place: strings.TrimSpace(w.Name + " " + w.Clerk), Detail: w.Why, Said: w.WhySaid, People: s.forWindow(w.ID), Since: w.Since,
			})
		}
	}
	for i := range s.Board.Services {
		out = append(out, s.service(&s.Board.Services[i], rings)...)
	}
	out = append(out, s.ratings()...)
	if !s.PlatformAway.IsZero() {
		out = append(out, Finding{Key: "platform", Kind: Platform, Tone: Amber, Name: "platform", People: 1, Since: s.PlatformAway})
	}
	if left := s.NumbersLeft; left != nil {
		f := Finding{Key: "numbers", Kind: Numbers, Tone: Amber, Name: "numbers", Count: float64(*left), People: 1, Since: s.Now}
		if *left == 0 {
			f.Tone = Red
		}
		out = append(out, f)
	}
	return out
}

// agent is what is wrong with one agent. The devices of one that is away are not
// told beside it: one cause, one alarm.
func (s *Scene) agent(a *link.AgentView) []Finding {
	base := Finding{Agent: a.ID, Role: string(a.Role), Name: a.Name, Place: a.Place, Window: a.Window, Zone: s.zoneOf(a.Window)}
	if !a.Online {
		f := base
		f.Key, f.Kind, f.Tone, f.Since = "agent/"+a.ID, AgentAway, Red, a.Since
		f.People = s.agentPeople(a)
		return []Finding{f}
	}
	var out []Finding
	for _, t := range a.Troubles {
		f := base
		f.Key, f.Kind, f.Tone = "agent/"+a.ID+"/"+t.Code+"/"+t.Detail, Trouble, Amber
		f.State, f.Detail, f.Advice, f.Said, f.Since, f.People = t.Code, t.Detail, t.Advice, t.Said, t.Since, 1
		if t.Code == codeHelp {
			f.Key, f.Kind, f.Tone = "agent/"+a.ID+"/help", Help, Red
			if a.Role == link.RoleKiosk { // who wants help there holds up those behind
				f.People = max(1, s.atKiosk())
			}
		}
		out = append(out, f)
	}
	for i := range a.Devices {
		d := &a.Devices[i]
		if d.State == "online" || d.State == "" {
			continue
		}
		f := base
		f.Key, f.Kind, f.Tone = "agent/"+a.ID+"/device/"+d.ID, Device, Red
		f.Device, f.Class, f.State, f.Detail, f.Advice, f.Since = d.ID, d.Class, d.State, d.Detail, d.Advice, d.Since
		f.Model = joined(" · ", d.Name, d.Profile, d.Revision)
		f.DetailEN = d.DetailEN
		if d.NameEN != "" {
			f.ModelEN = joined(" · ", d.NameEN, d.Profile, d.Revision)
		}
		f.People = s.devicePeople(a, d)
		if d.State == "paper_near_end" {
			f.Tone, f.People = Amber, 1
			if d.PaperLeft != nil {
				f.Count = float64(*d.PaperLeft)
			}
		}
		out = append(out, f)
	}
	return out
}

func joined(sep string, parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), sep)
}

// agentPeople is how many a missing agent touches.
func (s *Scene) agentPeople(a *link.AgentView) float64 {
	switch a.Role {
	case link.RoleKiosk:
		return s.atKiosk()
	case link.RoleDisplay:
		return float64(s.Board.Totals.Waiting) / 2
	default:
		return s.forWindow(a.Window)
	}
}

func (s *Scene) devicePeople(a *link.AgentView, d *link.DeviceView) float64 {
	switch a.Role {
	case link.RoleKiosk:
		return s.atKiosk() * kioskShares[d.Class]
	case link.RoleDisplay:
		return float64(s.Board.Totals.Waiting) / 20
	default:
		return s.forWindow(a.Window) / 4
	}
}

func (s *Scene) zoneOf(window string) string {
	for i := range s.Board.Windows {
		if w := &s.Board.Windows[i]; w.ID == window {
			return w.Zone
		}
	}
	return ""
}

// service is what is wrong with one queue.
func (s *Scene) service(svc *link.ServiceView, rings func(string) bool) []Finding {
	base := Finding{Service: svc.ID, Zone: svc.Zone, Name: svc.Short}
	if base.Name == "" {
		base.Name = svc.Name
	}
	var out []Finding
	add := func(kind Kind, tone string, change func(*Finding)) {
		f := base
		f.Key, f.Kind, f.Tone, f.Since = string(kind)+"/"+svc.ID, kind, tone, s.Now
		change(&f)
		out = append(out, f)
	}
	waited := s.Now.Sub(s.Oldest[svc.ID])
	target := s.Targets[svc.ID]
	factor := waitFactor
	if rings(string(LongWait) + "/" + svc.ID) {
		factor = waitOver
	}
	switch {
	case svc.Waiting == 0:
	case svc.OpenWindows == 0:
		add(NoWindow, Red, func(f *Finding) { f.Count, f.People = float64(svc.Waiting), float64(svc.Waiting) })
	case target > 0 && waited.Seconds() > factor*target.Seconds():
		add(LongWait, Red, func(f *Finding) {
			f.Count, f.Limit, f.People = waited.Minutes(), target.Minutes(), float64(svc.Waiting)
		})
	}
	if left := svc.PlacesLeft; left != nil && *left <= fewPlaces {
		add(Places, Amber, func(f *Finding) {
			f.Count, f.People = float64(*left), 1
			if *left == 0 {
				f.People = float64(s.Comers[svc.ID]) * halfHourToTen
			}
		})
	}
	return out
}

// ratings are the bad ones, and their share if it is too large.
func (s *Scene) ratings() []Finding {
	var out []Finding
	for _, r := range s.Ratings {
		out = append(out, Finding{
			Key: "rating/" + r.Ticket, Kind: Rating, Tone: Amber, Ticket: r.Ticket, Number: r.Number, Window: r.Window,
			Name: r.Number, Zone: s.zoneOf(r.Window), Count: float64(r.Score), People: 1, Since: r.At,
		})
	}
	if t := &s.Board.Totals; t.Rated >= enoughRatings && float64(t.Satisfied) < SatisfactionTarget*float64(t.Rated) {
		out = append(out, Finding{
			Key: "satisfaction", Kind: Satisfied, Tone: Amber, Name: "satisfaction", Count: 100 * float64(t.Satisfied) / float64(t.Rated),
			Limit: 100 * SatisfactionTarget, People: float64(t.Rated - t.Satisfied), Since: s.Now,
		})
	}
	return out
}
