// Package alarm finds what keeps citizens waiting: rules look at the hall as the
// board shows it (Scene), what they find (Finding) becomes an alarm when it lasts,
// and goes by itself when it is over for a while, so that an alarm doesn't
// flicker. Alarms are ordered by what they cost citizens, somebody can say that
// they take one, and all of them are kept. Texts are the pages' own, in the
// language of whoever reads: an alarm carries codes, names and numbers, and beside
// them what devices and the roster say in Chinese.
package alarm

import (
	"math"
	"reflect"
	"time"

	"smarthall/internal/link"
)

// Kind is the rule that found it.
type Kind string

// The kinds.
const (
	AgentAway  Kind = "agent-away"   // a terminal, display or kiosk isn't connected
	Device     Kind = "device"       // a device doesn't work, or will not for long
	Help       Kind = "help"         // somebody at a kiosk or a call button asks for staff
	Trouble    Kind = "trouble"      // what else a terminal told
	Attendance Kind = "attendance"   // 考勤异常
	LongWait   Kind = "long-wait"    // far above the target
	NoWindow   Kind = "no-window"    // people wait and no window is open
	Places     Kind = "places"       // a quota is nearly used up
	Platform   Kind = "platform"     // the line to the platform is away
	Numbers    Kind = "numbers"      // few numbers are left for applications while the platform is away
	Rating     Kind = "rating"       // somebody was not satisfied
	Satisfied  Kind = "satisfaction" // fewer are satisfied than should be (EV-10)
)

// The tones.
const (
	Red   = "alarm" // people suffer now
	Amber = "pause" // they will, or few do
)

// Finding is something that is wrong at one moment.
type Finding struct {
	// Key names what is wrong where: the same key is the same alarm.
	Key  string `json:"key"`
	Kind Kind   `json:"kind"`
	Tone string `json:"tone" enum:"alarm,pause"`
	// What it is about, as far as it is about such a thing.
	Zone    string `json:"zone,omitempty"`
	Window  string `json:"window,omitempty"`
	Service string `json:"service,omitempty"`
	Agent   string `json:"agent,omitempty"`
	Role    string `json:"role,omitempty"`
	Device  string `json:"device,omitempty"`
	Class   string `json:"class,omitempty" doc:"The device's class"`
	State   string `json:"state,omitempty" doc:"The device's state"`
	Ticket  string `json:"ticket,omitempty"`
	// Name is what people call the thing, Place where it is.
	Name  string `json:"name"`
	Place string `json:"place,omitempty"`
	// Detail and Advice are the hall-server's words in Chinese, where it has any:
	// for the log, and for readers without words for Said, which is Detail by its
	// code.
	Detail string         `json:"detail,omitempty"`
	Advice string         `json:"advice,omitempty"`
	Said   *link.Sentence `json:"said,omitempty"`
	Model  string         `json:"model,omitempty"`
	// DetailEN and ModelEN are a device's cause and model in English, where its
	// agent has words for them.
	DetailEN string `json:"detailEn,omitempty"`
	ModelEN  string `json:"modelEn,omitempty"`
	// Number is a ticket's, Count the persons, places or points it is about,
	// Limit what they should be.
	Number string  `json:"number,omitempty"`
	Count  float64 `json:"count,omitempty"`
	Limit  float64 `json:"limit,omitempty"`
	// People is how many it touches now; see cost.go.
	People float64 `json:"people"`
	// Since is when it began.
	Since time.Time `json:"since"`
}

// Alarm is a finding that lasted.
type Alarm struct {
	Finding
	ID string `json:"id"`
	// Ended is when it was over by itself; absent while it lasts.
	Ended time.Time `json:"ended,omitzero"`
	// Cost is People × minutes so far, what the alarms are ordered by.
	Cost float64 `json:"cost"`
	// Taken says who sees to it; nil while nobody does.
	Taken *Taken `json:"taken,omitempty"`
}

// Taken says who sees to an alarm.
type Taken struct {
	// Name is who goes, By the account that said so.
	Name string    `json:"name"`
	By   string    `json:"by"`
	Note string    `json:"note,omitempty"`
	At   time.Time `json:"at"`
}

// View is a as boards are told of it: the same names and values as a's JSON.
func (a *Alarm) View() link.AlarmView {
	v := link.AlarmView{
		ID: a.ID, Key: a.Key, Kind: string(a.Kind), Tone: a.Tone,
		Zone: a.Zone, Window: a.Window, Service: a.Service, Agent: a.Agent, Role: a.Role,
		Device: a.Device, Class: a.Class, State: a.State, Ticket: a.Ticket,
		Name: a.Name, Place: a.Place, Detail: a.Detail, Advice: a.Advice, Said: a.Said, Model: a.Model,
		DetailEN: a.DetailEN, ModelEN: a.ModelEN,
		Number: a.Number, Count: a.Count, Limit: a.Limit, People: a.People, Cost: a.Cost, Since: a.Since,
	}
	if !a.Ended.IsZero() {
		v.Ended = &a.Ended
	}
	if a.Taken != nil {
		taken := link.AlarmTaken(*a.Taken)
		v.Taken = &taken
	}
	return v
}

// alike tells whether a and b look the same on a board: costs grow by
// themselves, and part of a person is nobody.
func alike(a, b Alarm) bool {
	if (a.Taken == nil) != (b.Taken == nil) || a.Taken != nil && *a.Taken != *b.Taken {
		return false
	}
	for _, x := range []*Alarm{&a, &b} {
		x.Cost, x.Taken, x.People, x.Count = 0, nil, math.Round(x.People), math.Round(x.Count*10)
	}
	return reflect.DeepEqual(a, b)
}

// lasting is by how much an alarm of a kind must outlast: Rise until it is
// raised, Fall until it is over.
type lasting struct{ rise, fall time.Duration }

// times are those of each kind. What a machine tells is true at once, but a plug
// that is loose must not ring twice; queues are long or short for a while.
var times = map[Kind]lasting{
	AgentAway:  {5 * time.Second, 10 * time.Second},
	Device:     {time.Second, 10 * time.Second},
	Help:       {0, 5 * time.Second},
	Trouble:    {0, 10 * time.Second},
	Attendance: {0, 30 * time.Second},
	LongWait:   {time.Minute, 2 * time.Minute},
	NoWindow:   {30 * time.Second, 30 * time.Second},
	Places:     {0, time.Minute},
	Platform:   {30 * time.Second, 30 * time.Second},
	Numbers:    {time.Minute, 30 * time.Second},
	Rating:     {0, 0},
	Satisfied:  {time.Minute, 5 * time.Minute},
}
