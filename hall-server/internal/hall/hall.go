// Package hall reads the hall's YAML file: its zones, windows, services,
// number series, texts, staff and agents. A file flows in and comes out as
// queue.Config for the rules and as the words that pages and paper show, or as
// a list of mistakes, each with its line.
package hall

import (
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"smarthall/hall-server/internal/queue"
)

// Demo is the embedded hall that a server without a file starts with.
//
//go:embed demo.yaml
var Demo []byte

// Hall is a checked hall file.
type Hall struct {
	ID   string `yaml:"id"`
	Name string `yaml:"name"`
	// TimeZone is an IANA name.
	TimeZone string `yaml:"time_zone"`
	// DayBegins is when the business day changes, HH:MM.
	DayBegins string `yaml:"day_begins"`
	// URL is where phones in the hall reach this server; QR codes begin with it.
	// Empty means the address it listens on.
	URL        string     `yaml:"url"`
	Rules      Rules      `yaml:"rules"`
	Zones      []Zone     `yaml:"zones"`
	Series     []Series   `yaml:"series"`
	Services   []Service  `yaml:"services"`
	Windows    []Window   `yaml:"windows"`
	Priorities []Priority `yaml:"priorities"`
	Ticket     Ticket     `yaml:"ticket"`
	// Notices run along the foot of boards, Tips stand on the kiosk's home page.
	Notices []string `yaml:"notices"`
	Tips    []string `yaml:"tips"`
	Staff   []Staff  `yaml:"staff"`
	Agents  []Agent  `yaml:"agents"`
}

// Rules are the settings of the queue rules.
type Rules struct {
	RecallLimit   int           `yaml:"recall_limit"`
	RecallPause   time.Duration `yaml:"recall_pause"`
	Overtaking    int           `yaml:"overtaking"`
	OneLiveTicket bool          `yaml:"one_live_ticket"`
	NoShowAfter   time.Duration `yaml:"no_show_after"`
	PauseLimit    time.Duration `yaml:"pause_limit"`
}

// Zone is a part of the hall.
type Zone struct {
	ID   string `yaml:"id"`
	Name string `yaml:"name"`
}

// Series is a run of ticket numbers.
type Series struct {
	ID     string `yaml:"id"`
	Prefix string `yaml:"prefix"`
	Digits int    `yaml:"digits"`
	First  int    `yaml:"first"`
	Last   int    `yaml:"last"`
	// WhenUsedUp is grow (a digit more, the default) or refuse.
	WhenUsedUp string `yaml:"when_used_up"`
}

// Service is what people queue for.
type Service struct {
	ID    string `yaml:"id"`
	Name  string `yaml:"name"`
	Short string `yaml:"short"`
	Zone  string `yaml:"zone"`
	// Series is the id of its number series.
	Series string `yaml:"series"`
	// TargetWait is the wait the hall aims at, ServiceTime the mean time at the
	// window until the day has taught a better one.
	TargetWait  time.Duration `yaml:"target_wait"`
	ServiceTime time.Duration `yaml:"service_time"`
	Materials   []string      `yaml:"materials"`
	// Closed is the reason why no tickets are given; empty means open.
	Closed string `yaml:"closed"`
}

// Window is a service window.
type Window struct {
	ID       string   `yaml:"id"`
	Number   string   `yaml:"number"`
	Name     string   `yaml:"name"`
	Zone     string   `yaml:"zone"`
	Services []string `yaml:"services"`
	Disabled bool     `yaml:"disabled"`
	// Direction tells people how to get there, for the paper.
	Direction string `yaml:"direction"`
	// Attendance are hours such as 09:00-12:00 in which a clerk should be
	// signed in.
	Attendance []string `yaml:"attendance"`
}

// Priority is a class of people who are due earlier.
type Priority struct {
	ID      string        `yaml:"id"`
	Name    string        `yaml:"name"`
	Shorten time.Duration `yaml:"shorten"`
}

// Ticket is the free text of the paper.
type Ticket struct {
	Head []string `yaml:"head"`
	Foot []string `yaml:"foot"`
	// Materials tells whether what to bring is printed.
	Materials bool `yaml:"materials"`
}

// Staff is somebody who signs in.
type Staff struct {
	ID   string `yaml:"id"`
	Name string `yaml:"name"`
	// Role is clerk, manager or admin.
	Role string `yaml:"role"`
	// Password is a bcrypt hash; hall-server password makes one.
	Password string `yaml:"password"`
}

// Agent is a program the hall expects: missing ones are shown offline.
type Agent struct {
	ID     string `yaml:"id"`
	Role   string `yaml:"role"`
	Name   string `yaml:"name"`
	Place  string `yaml:"place"`
	Window string `yaml:"window"`
}

// Location is the hall's time zone.
func (h *Hall) Location() *time.Location {
	loc, err := time.LoadLocation(h.TimeZone)
	if err != nil {
		return time.UTC // can't be: a checked hall has one
	}
	return loc
}

// ZoneName returns the name of the zone with id.
func (h *Hall) ZoneName(id string) string {
	if i := slices.IndexFunc(h.Zones, func(z Zone) bool { return z.ID == id }); i >= 0 {
		return h.Zones[i].Name
	}
	return id
}

// Service returns the service with id.
func (h *Hall) Service(id queue.ServiceID) (Service, bool) {
	i := slices.IndexFunc(h.Services, func(s Service) bool { return s.ID == string(id) })
	if i < 0 {
		return Service{ID: string(id), Name: string(id)}, false
	}
	return h.Services[i], true
}

// Window returns the window with id.
func (h *Hall) Window(id queue.WindowID) (Window, bool) {
	i := slices.IndexFunc(h.Windows, func(w Window) bool { return w.ID == string(id) })
	if i < 0 {
		return Window{ID: string(id), Number: string(id)}, false
	}
	return h.Windows[i], true
}

// Person returns the member of staff with id.
func (h *Hall) Person(id string) (Staff, bool) {
	i := slices.IndexFunc(h.Staff, func(s Staff) bool { return s.ID == id })
	if i < 0 {
		return Staff{}, false
	}
	return h.Staff[i], true
}

// Agent returns the agent with id.
func (h *Hall) Agent(id string) (Agent, bool) {
	i := slices.IndexFunc(h.Agents, func(a Agent) bool { return a.ID == id })
	if i < 0 {
		return Agent{ID: id}, false
	}
	return h.Agents[i], true
}

// Queue is what the rules need to know. It is valid for a checked hall.
func (h *Hall) Queue() queue.Config {
	cutOff, _ := minutes(h.DayBegins)
	c := queue.Config{
		TimeZone: h.TimeZone,
		CutOff:   time.Duration(cutOff) * time.Minute,
		Rules: queue.Rules{
			RecallLimit: h.Rules.RecallLimit, RecallPause: h.Rules.RecallPause, Overtaking: h.Rules.Overtaking,
			OneLiveTicket: h.Rules.OneLiveTicket, NoShowAfter: h.Rules.NoShowAfter, PauseLimit: h.Rules.PauseLimit,
		},
	}
	for _, s := range h.Series {
		c.Series = append(c.Series, queue.Series{
			ID: queue.SeriesID(s.ID), Prefix: s.Prefix, Digits: s.Digits,
			First: s.First, Last: s.Last, Refuse: s.WhenUsedUp == "refuse",
		})
	}
	for _, s := range h.Services {
		c.Services = append(c.Services, queue.Service{
			ID: queue.ServiceID(s.ID), Series: queue.SeriesID(s.Series),
			Target: s.TargetWait, Expected: s.ServiceTime, Closed: s.Closed,
		})
	}
	for _, w := range h.Windows {
		c.Windows = append(c.Windows, w.queue())
	}
	for _, p := range h.Priorities {
		c.Priorities = append(c.Priorities, queue.PriorityConfig{ID: p.ID, Shorten: p.Shorten})
	}
	return c
}

func (w Window) queue() queue.WindowConfig {
	out := queue.WindowConfig{ID: queue.WindowID(w.ID), Disabled: w.Disabled}
	for _, s := range w.Services {
		out.Services = append(out.Services, queue.ServiceID(s))
	}
	for _, text := range w.Attendance {
		if h, err := hours(text); err == nil {
			out.Attendance = append(out.Attendance, h)
		}
	}
	return out
}

// minutes reads HH:MM as minutes after midnight.
func minutes(text string) (int, error) {
	h, m, ok := strings.Cut(text, ":")
	hour, err1 := strconv.Atoi(h)
	minute, err2 := strconv.Atoi(m)
	if !ok || err1 != nil || err2 != nil || hour < 0 || hour > 24 || minute < 0 || minute > 59 || hour*60+minute > 24*60 {
		return 0, fmt.Errorf("%q 不是时刻，应如 09:30", text)
	}
	return hour*60 + minute, nil
}

// hours reads HH:MM-HH:MM.
func hours(text string) (queue.Hours, error) {
	from, to, ok := strings.Cut(text, "-")
	if !ok {
		return queue.Hours{}, fmt.Errorf("%q 不是时段，应如 09:00-12:00", text)
	}
	f, err := minutes(strings.TrimSpace(from))
	if err != nil {
		return queue.Hours{}, err
	}
	t, err := minutes(strings.TrimSpace(to))
	if err != nil {
		return queue.Hours{}, err
	}
	return queue.Hours{From: f, To: t}, nil
}
