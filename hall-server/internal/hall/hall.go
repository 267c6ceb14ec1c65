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

	"go.yaml.in/yaml/v3"

	"smarthall/hall-server/internal/message"
	"smarthall/hall-server/internal/queue"
	"smarthall/internal/device"
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
	// Hours are when tickets are given; nil means always.
	Hours *OpeningHours `yaml:"hours"`
	// Pauses are texts that clerks choose from when they suspend service.
	Pauses []string `yaml:"pauses"`
	Calls  Calls    `yaml:"calls"`
	// Messages tell citizens on their phones.
	Messages message.Settings `yaml:"messages"`
	// Documents are the materials of visits.
	Documents Documents `yaml:"documents"`
	// Notices run along the foot of boards, Tips stand on the kiosk's home page.
	Notices []string `yaml:"notices"`
	Tips    []string `yaml:"tips"`
	Staff   []Staff  `yaml:"staff"`
	Agents  []Agent  `yaml:"agents"`
	// Plan is the hall drawn to scale; nil without one.
	Plan *Plan `yaml:"plan"`
	// Languages are what citizens may read besides Chinese.
	Languages []Language `yaml:"languages"`
	// About is what the hall says of itself; nil if nothing.
	About *About `yaml:"about"`
	// CitizenCards are codes that the city's card centre resolves to a person.
	CitizenCards []CitizenCard `yaml:"citizen_cards"`
	// Sites are what of the web people may read at kiosks.
	Sites []Site `yaml:"sites"`
	// Roster says who is expected at windows, Presence how strictly (考勤).
	Roster   []Shift  `yaml:"roster"`
	Presence Presence `yaml:"presence"`
	// Video is the system that the windows' cameras belong to; nil without one.
	Video *Video `yaml:"video"`
}

// Rules are the settings of the queue rules.
type Rules struct {
	RecallLimit   int           `yaml:"recall_limit"`
	RecallPause   time.Duration `yaml:"recall_pause"`
	Overtaking    int           `yaml:"overtaking"`
	OneLiveTicket bool          `yaml:"one_live_ticket"`
	NoShowAfter   time.Duration `yaml:"no_show_after"`
	PauseLimit    time.Duration `yaml:"pause_limit"`
	// Strategy is how windows choose who is next if they don't say themselves.
	Strategy *Strategy `yaml:"strategy"`
	// TicketsNeed is what a service needs to give tickets: enabled (one of its
	// windows isn't disabled), open (one has a clerk) or all (none is disabled).
	TicketsNeed string `yaml:"tickets_need"`
	// PersonDaily is how many tickets a person may take a day; 0 is no limit.
	PersonDaily  int           `yaml:"person_daily"`
	RejoinWithin time.Duration `yaml:"rejoin_within"`
	RejoinTimes  int           `yaml:"rejoin_times"`
	RejoinAfter  int           `yaml:"rejoin_after"`
	CheckInEarly time.Duration `yaml:"check_in_early"`
	CheckInLate  time.Duration `yaml:"check_in_late"`
}

// Strategy is a calling strategy: its name alone, such as longest-wait, or a
// mapping with kind, weights and order.
type Strategy struct {
	Kind    string         `yaml:"kind"`
	Weights map[string]int `yaml:"weights"`
	Order   []string       `yaml:"order"`
}

// UnmarshalYAML implements yaml.Unmarshaler.
func (s *Strategy) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		s.Kind = node.Value
		return nil
	}
	if node.Kind == yaml.MappingNode {
		// A decoder of its own type forgets that unknown keys are mistakes.
		for i := 0; i < len(node.Content); i += 2 {
			if key := node.Content[i]; !slices.Contains([]string{"kind", "weights", "order"}, key.Value) {
				return &yaml.TypeError{Errors: []string{fmt.Sprintf("line %d: field %s not found in type strategy", key.Line, key.Value)}}
			}
		}
	}
	type plain Strategy
	return node.Decode((*plain)(s))
}

// Quota is how many places a service has in a part of each day.
type Quota struct {
	// Hours are such as 09:00-12:00; empty means the whole day.
	Hours  string `yaml:"hours"`
	Places int    `yaml:"places"`
}

// Calls say how people are called.
type Calls struct {
	// Channels are board, window, led and voice; empty means all.
	Channels []string `yaml:"channels"`
	// Zones have channels of their own.
	Zones map[string][]string `yaml:"zones"`
}

// Documents say how long the materials of visits are kept.
type Documents struct {
	// KeepDays is how many days after the visit they are deleted; 30 if absent.
	KeepDays int `yaml:"keep_days"`
	// PageKilobytes is the most that a page of A4 takes, twice that one of A3, 50
	// to 4000; 500 if absent.
	PageKilobytes int `yaml:"page_kilobytes"`
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
	// Kiosk is the machine that gives these numbers itself while it can't reach
	// the hall.
	Kiosk string `yaml:"kiosk"`
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
	// Quotas bound the places, PersonDaily the tickets of one person, a day.
	Quotas      []Quota `yaml:"quotas"`
	PersonDaily int     `yaml:"person_daily"`
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
	// Strategy is the window's own way to choose who is next.
	Strategy *Strategy `yaml:"strategy"`
	// Helps are the services it calls when nobody waits for its own.
	Helps []string `yaml:"helps"`
	// Posts are how many clerks work at it, each calling on their own
	// (一屏双号双呼). Window 8 with two posts becomes 8-1 and 8-2.
	Posts int `yaml:"posts"`
	// Screen names the screen above it; windows with the same share one. By
	// default a window has its own, and its posts share it.
	Screen string `yaml:"screen"`
	// Camera watches it; nil without one.
	Camera *Camera `yaml:"camera"`

	// Post is which of the window's posts this is, from 1; 0 if it has but one.
	Post int `yaml:"-"`
}

// Priority is a class of people who are due earlier.
type Priority struct {
	ID      string        `yaml:"id"`
	Name    string        `yaml:"name"`
	Shorten time.Duration `yaml:"shorten"`
	// Age gives the class to people whose card says so; Authorise asks for a
	// member of staff who vouches; Daily bounds how many get it a day.
	Age       int  `yaml:"age"`
	Authorise bool `yaml:"authorise"`
	Daily     int  `yaml:"daily"`
}

// Staff is somebody who signs in.
type Staff struct {
	ID   string `yaml:"id"`
	Name string `yaml:"name"`
	// Role is clerk, manager or admin.
	Role string `yaml:"role"`
	// Password is a bcrypt hash; hall-server password makes one.
	Password string `yaml:"password"`
	// Disabled people can't sign in.
	Disabled bool `yaml:"disabled"`
}

// Agent is a program the hall expects: missing ones are shown offline.
type Agent struct {
	ID     string `yaml:"id"`
	Role   string `yaml:"role"`
	Name   string `yaml:"name"`
	Place  string `yaml:"place"`
	Window string `yaml:"window"`
	// Devices are those that the hall assigns to it, beside those of the agent's
	// own settings.
	Devices []device.Config `yaml:"devices"`
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

// index is slices.IndexFunc without copying every element: services and windows
// are looked up for every ticket shown.
func index[T any](list []T, is func(*T) bool) int {
	for i := range list {
		if is(&list[i]) {
			return i
		}
	}
	return -1
}

// Service returns the service with id.
func (h *Hall) Service(id queue.ServiceID) (Service, bool) {
	i := index(h.Services, func(o *Service) bool { return o.ID == string(id) })
	if i < 0 {
		return Service{ID: string(id), Name: string(id)}, false
	}
	return h.Services[i], true
}

// Window returns the window with id.
func (h *Hall) Window(id queue.WindowID) (Window, bool) {
	i := index(h.Windows, func(o *Window) bool { return o.ID == string(id) })
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

// Day is the business day that t is in. It is valid for a checked hall.
func (h *Hall) Day(t queue.Time) queue.Day {
	cutOff, _ := minutes(h.DayBegins)
	return queue.BusinessDay(t, h.Location(), time.Duration(cutOff)*time.Minute)
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
			Strategy: h.Rules.Strategy.queue(), Needs: needs[h.Rules.TicketsNeed], PersonDaily: h.Rules.PersonDaily,
			RejoinWithin: h.Rules.RejoinWithin, RejoinTimes: h.Rules.RejoinTimes, RejoinAfter: h.Rules.RejoinAfter,
			CheckInEarly: h.Rules.CheckInEarly, CheckInLate: h.Rules.CheckInLate,
		},
	}
	c.Opening = h.Hours.queue()
	for _, s := range h.Series {
		c.Series = append(c.Series, queue.Series{
			ID: queue.SeriesID(s.ID), Prefix: s.Prefix, Digits: s.Digits,
			First: s.First, Last: s.Last, Refuse: s.WhenUsedUp == "refuse", Kiosk: s.Kiosk,
		})
	}
	for _, s := range h.Services {
		c.Services = append(c.Services, s.queue())
	}
	for _, w := range h.Windows {
		c.Windows = append(c.Windows, w.queue())
	}
	for _, p := range h.Priorities {
		c.Priorities = append(c.Priorities, queue.PriorityConfig{ID: p.ID, Shorten: p.Shorten, Age: p.Age, Authorise: p.Authorise, Daily: p.Daily})
	}
	return c
}

// needs are the file's words for what a service needs to give tickets.
var needs = map[string]queue.Needs{
	"": queue.NeedsEnabled, "enabled": queue.NeedsEnabled, "open": queue.NeedsOpen, "all": queue.NeedsAll,
}

func (s *Strategy) queue() *queue.Strategy {
	if s == nil {
		return nil
	}
	return &queue.Strategy{Kind: queue.StrategyKind(s.Kind), Weights: s.Weights, Order: serviceIDs(s.Order)}
}

func serviceIDs(ids []string) []queue.ServiceID {
	var out []queue.ServiceID
	for _, id := range ids {
		out = append(out, queue.ServiceID(id))
	}
	return out
}

func (s Service) queue() queue.Service {
	out := queue.Service{
		ID: queue.ServiceID(s.ID), Series: queue.SeriesID(s.Series), Zone: s.Zone,
		Target: s.TargetWait, Expected: s.ServiceTime, Closed: s.Closed, PersonDaily: s.PersonDaily,
	}
	for _, q := range s.Quotas {
		h := queue.Hours{To: 24 * 60}
		if q.Hours != "" {
			h, _ = hours(q.Hours)
		}
		out.Quotas = append(out.Quotas, queue.Quota{Hours: h, Places: q.Places})
	}
	return out
}

func (w Window) queue() queue.WindowConfig {
	out := queue.WindowConfig{ID: queue.WindowID(w.ID), Disabled: w.Disabled, Zone: w.Zone, Strategy: w.Strategy.queue(), Helps: serviceIDs(w.Helps)}
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

// spread gives every post of a window a window of its own.
func (h *Hall) spread() {
	var out []Window
	for _, w := range h.Windows {
		if w.Screen == "" {
			w.Screen = w.ID
		}
		if w.Posts < 2 {
			out = append(out, w)
			continue
		}
		id := w.ID
		for post := range w.Posts {
			w.ID, w.Post = postID(id, post+1), post+1
			out = append(out, w)
		}
	}
	h.Windows = out
}

func postID(window string, post int) string { return fmt.Sprintf("%s-%d", window, post) }

// hasWindow tells whether id is a window, or a post of one, before spread.
func (h *Hall) hasWindow(id string) bool {
	for _, w := range h.Windows {
		if w.Posts < 2 && w.ID == id {
			return true
		}
		for post := range max(w.Posts, 1) {
			if w.Posts > 1 && postID(w.ID, post+1) == id {
				return true
			}
		}
	}
	return false
}

// CallChannels are the channels by which people of zone are called; nil means
// all.
func (h *Hall) CallChannels(zone string) []string {
	if own, ok := h.Calls.Zones[zone]; ok {
		return own
	}
	return h.Calls.Channels
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
