package link

import (
	"slices"
	"time"
)

// HallView is what every page needs to know of the hall.
type HallView struct {
	Name  string     `json:"name"`
	Zones []ZoneView `json:"zones"`
	// Notices run along the foot of boards.
	Notices []string `json:"notices,omitempty"`
	// Pauses are texts that clerks choose from when they suspend service.
	Pauses []string `json:"pauses,omitempty"`
	// Tips stand under the kiosk's home page.
	Tips []string `json:"tips,omitempty"`
	// Priorities are the classes of people who are due earlier.
	Priorities []PriorityView `json:"priorities,omitempty"`
	// Day is the business day, YYYY-MM-DD.
	Day      string `json:"day"`
	TimeZone string `json:"timeZone"`
	// DayBegins is when the business day changes, HH:MM in TimeZone.
	DayBegins string `json:"dayBegins,omitempty"`
	// PageBytes is the most that a page of A4 takes which counters make of a
	// citizen's paper, in bytes; 0 where the hall doesn't say.
	PageBytes int `json:"pageBytes,omitempty"`
	// Platform is the one that the hall hangs on, if its pages can be opened.
	Platform *PlatformView `json:"platform,omitempty"`
	// Plan is the hall drawn to scale; absent if its file has none.
	Plan *PlanView `json:"plan,omitempty"`
	// Languages are what citizens may read besides Chinese, by BCP 47 tag, in the
	// order to offer them.
	Languages []LanguageView `json:"languages,omitempty"`
	// About is what the hall says of itself; kiosks only.
	About *AboutView `json:"about,omitempty"`
	// CitizenCards are the codes that stand for a person; kiosks and counters only.
	CitizenCards []CitizenCardView `json:"citizenCards,omitempty"`
	// Sites are what of the web people may read; kiosks only.
	Sites []SiteView `json:"sites,omitempty"`
}

// LanguageView is a language that the hall offers.
type LanguageView struct {
	// Tag is its BCP 47 tag, such as en or zh-Hant; Name what its readers call it.
	Tag  string `json:"tag"`
	Name string `json:"name"`
	// Names are what the hall's own words are in it (services, windows, zones,
	// notices …), by the Chinese text.
	Names map[string]string `json:"names,omitempty"`
}

// PlatformView is where clerks go on with a visit's case.
type PlatformView struct {
	// Pages is the address of the platform's pages, such as
	// https://zwfw.example.cn, without a slash at its end.
	Pages string `json:"pages"`
	// Hall is what the platform calls the hall.
	Hall string `json:"hall"`
}

// OfflineSeriesView is the run of numbers that one kiosk gives from while the
// hall is away: Prefix and Digits make A012 of 12, First to Last are the
// range. It restarts with the business day.
type OfflineSeriesView struct {
	Prefix string `json:"prefix"`
	Digits int    `json:"digits"`
	First  int    `json:"first"`
	Last   int    `json:"last"`
	// Next is the first number that the hall doesn't know as given on Day.
	Next int    `json:"next"`
	Day  string `json:"day"`
}

// PriorityView is a class of people who are due earlier.
type PriorityView struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// Age gives the class by itself from so many years on; 0 if none does.
	Age int `json:"age,omitempty"`
	// Authorise asks for a member of staff who vouches.
	Authorise bool `json:"authorise,omitempty"`
}

// AppointmentView is a booked visit, its holder masked.
type AppointmentView struct {
	ID          string `json:"id"`
	Code        string `json:"code,omitempty"`
	Service     string `json:"service"`
	ServiceName string `json:"serviceName"`
	Day         string `json:"day"`
	// From and To are the slot.
	From  time.Time `json:"from"`
	To    time.Time `json:"to"`
	Name  string    `json:"name,omitempty"`
	Phone string    `json:"phone,omitempty"`
	// Via is the channel it was booked by, such as portal, app, wechat.
	Via string `json:"via,omitempty"`
	// State is booked, checked-in, served, missed, unserved or cancelled.
	State  string `json:"state"`
	Ticket string `json:"ticket,omitempty"`
	Reason string `json:"reason,omitempty"`
	// CheckInFrom and CheckInUntil are between when it is checked in as an
	// appointment; later it queues as a walk-in.
	CheckInFrom  time.Time `json:"checkInFrom"`
	CheckInUntil time.Time `json:"checkInUntil"`
}

// ZoneView is a part of the hall.
type ZoneView struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// ServiceView is a service as a kiosk or a board shows it.
type ServiceView struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// Short is at most eight characters, for narrow places.
	Short string `json:"short"`
	Zone  string `json:"zone"`
	// Waiting counts the tickets waiting now.
	Waiting int `json:"waiting"`
	// OpenWindows counts the windows signed in and not paused that serve it.
	OpenWindows int `json:"openWindows"`
	// WaitMinutes is the expected wait of a ticket taken now, rounded up; absent
	// while no window is open.
	WaitMinutes *int `json:"waitMinutes,omitempty"`
	// WaitLow and WaitHigh are the range of that wait in minutes, to show instead
	// of WaitMinutes; absent while there is none.
	WaitLow  *int `json:"waitLow,omitempty"`
	WaitHigh *int `json:"waitHigh,omitempty"`
	// Available is false if no ticket can be taken; Why tells people the reason.
	Available bool   `json:"available"`
	Why       string `json:"why,omitempty"`
	// WhySaid is Why by its code, unless Why is in the hall's own words.
	WhySaid *Sentence `json:"whySaid,omitempty"`
	// Next are the numbers to be called next, at most five, in order.
	Next []string `json:"next,omitempty"`
	// LongestWaitSeconds is the age of the oldest waiting ticket.
	LongestWaitSeconds int `json:"longestWaitSeconds"`
	// Windows are the ids of the windows that serve it.
	Windows []string `json:"windows,omitempty"`
	// Materials are what to bring.
	Materials []string `json:"materials,omitempty"`
	// Taken is how many tickets of it were taken in the 30 days before today. It
	// changes with the business day only, so that what is ordered by it stays put.
	Taken int `json:"taken,omitempty"`
	// PlacesLeft is how many tickets may still be taken now; absent without a
	// quota.
	PlacesLeft *int `json:"placesLeft,omitempty"`
}

// WindowState is one of the five states a window can be in (N-02).
type WindowState string

// The window states.
const (
	WindowSignedOut WindowState = "signed-out" // 未登录
	WindowIdle      WindowState = "idle"       // 空闲
	WindowServing   WindowState = "serving"    // 正在办理, a called ticket included
	WindowPaused    WindowState = "paused"     // 暂停办理
	WindowAnomaly   WindowState = "anomaly"    // 考勤异常
)

// WindowView is a service window.
type WindowView struct {
	ID string `json:"id"`
	// Number is what the sign above it says, such as 3.
	Number string `json:"number"`
	Name   string `json:"name"`
	// Unit is the office that serves there, as the hall presents itself.
	Unit  string      `json:"unit,omitempty"`
	Zone  string      `json:"zone"`
	State WindowState `json:"state"`
	Since time.Time   `json:"since"`
	// Why explains an anomaly; WhySaid is the same by its code.
	Why     string    `json:"why,omitempty"`
	WhySaid *Sentence `json:"whySaid,omitempty"`
	// Clerk is the display name of the clerk signed in, Staff the login.
	Clerk string `json:"clerk,omitempty"`
	Staff string `json:"staff,omitempty"`
	// Text is what the screen says while paused.
	Text string `json:"text,omitempty"`
	// Ticket is the one called or serving.
	Ticket *TicketView `json:"ticket,omitempty"`
	// Services are the ids of the services it serves.
	Services []string `json:"services"`
	// Disabled windows (停用) serve nobody.
	Disabled bool `json:"disabled,omitempty"`
	// Online tells whether its counter-agent is connected.
	Online bool `json:"online"`
	// Served counts the tickets finished here today.
	Served int `json:"served"`
	// Strategy is how it chooses who is next: due-date, ratio, strict,
	// longest-wait or by-hand; StrategyText says the same for people.
	Strategy     string `json:"strategy,omitempty"`
	StrategyText string `json:"strategyText,omitempty"`
	// StrategyShares are what StrategyText says of services and classes, in order.
	StrategyShares []StrategyShare `json:"strategyShares,omitempty"`
	// StrategySet tells that it was set while the hall runs and stands before
	// what the hall's file says.
	StrategySet bool `json:"strategySet,omitempty"`
	// Reason says why Ticket was called.
	Reason *ReasonView `json:"reason,omitempty"`
	// Post is which of the posts under one number it is, from 1; 0 for the only
	// one. Screen names the screen above it; windows may share one.
	Post   int    `json:"post,omitempty"`
	Screen string `json:"screen,omitempty"`
}

// Sentence is something that the hall-server says, as a code with the names and
// numbers in it, for pages that word it in the language of whoever reads. Beside
// it always stands the same in Chinese, for readers without words for the code.
type Sentence struct {
	// Code is stable, such as attendance.late.
	Code string `json:"code"`
	// Vars are what the sentence names, such as from: 09:00.
	Vars map[string]string `json:"vars,omitempty"`
}

// StrategyShare is a service or a class of tickets in a window's strategy.
type StrategyShare struct {
	// Class is appointment or walk-in; Name is a service's, in Chinese. One of
	// them is set.
	Class string `json:"class,omitempty"`
	Name  string `json:"name,omitempty"`
	// Weight is its part of a ratio; 0 where only the order counts.
	Weight int `json:"weight,omitempty"`
}

// WindowBrief is a window as the clerk at another one needs to know it.
type WindowBrief struct {
	ID     string `json:"id"`
	Number string `json:"number"`
	// Post is as in WindowView.
	Post     int         `json:"post,omitempty"`
	Name     string      `json:"name"`
	State    WindowState `json:"state"`
	Services []string    `json:"services"`
	Disabled bool        `json:"disabled,omitempty"`
}

// KioskBrief is a queue machine as a clerk needs to know it.
type KioskBrief struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Place string `json:"place,omitempty"`
}

// TicketView is a ticket without anything that names its holder in full.
type TicketView struct {
	ID          string  `json:"id"`
	Number      string  `json:"number"`
	Service     string  `json:"service"`
	ServiceName string  `json:"serviceName"`
	State       string  `json:"state"`
	Channel     Channel `json:"channel"`
	// Name and Phone are masked.
	Name     string `json:"name,omitempty"`
	Phone    string `json:"phone,omitempty"`
	Priority string `json:"priority,omitempty"`
	Day      string `json:"day"`
	// Ahead and WaitMinutes are what the citizen was told when taking it.
	Ahead       int  `json:"ahead"`
	WaitMinutes *int `json:"waitMinutes,omitempty"`
	// WaitLow and WaitHigh are the range in minutes within which a waiting ticket
	// will be called from now on; absent while there is none.
	WaitLow    *int       `json:"waitLow,omitempty"`
	WaitHigh   *int       `json:"waitHigh,omitempty"`
	TakenAt    time.Time  `json:"takenAt"`
	DueAt      time.Time  `json:"dueAt"`
	CalledAt   *time.Time `json:"calledAt,omitempty"`
	StartedAt  *time.Time `json:"startedAt,omitempty"`
	EndedAt    *time.Time `json:"endedAt,omitempty"`
	Window     string     `json:"window,omitempty"`
	WindowName string     `json:"windowName,omitempty"`
	Recalls    int        `json:"recalls,omitempty"`
	// Appointment is the booked visit it was taken for, SlotAt when that begins.
	Appointment string     `json:"appointment,omitempty"`
	SlotAt      *time.Time `json:"slotAt,omitempty"`
	// ReservedFor is the number of the window it was transferred to.
	ReservedFor string `json:"reservedFor,omitempty"`
	// Parked says why it is parked, Until when it returns by itself.
	Parked string     `json:"parked,omitempty"`
	Until  *time.Time `json:"until,omitempty"`
	// NotBefore is until when its holder asked for time.
	NotBefore *time.Time `json:"notBefore,omitempty"`
	// Rejoins counts how often it rejoined, Copies how often it was printed again.
	Rejoins int `json:"rejoins,omitempty"`
	Copies  int `json:"copies,omitempty"`
	// Silent calls use no loudspeaker.
	Silent bool `json:"silent,omitempty"`
	// Call is the id of the latest call.
	Call  string `json:"call,omitempty"`
	Score int    `json:"score,omitempty"`
	// Print is the outcome of the latest print job, empty while unknown.
	Print PrintOutcome `json:"print,omitempty"`
	// Windows are the window numbers where it may be called.
	Windows []string `json:"windows,omitempty"`
	// Offline marks a ticket that a kiosk gave from its own series while the hall
	// was away; nothing was promised to its holder.
	Offline bool `json:"offline,omitempty"`
	// URL opens the ticket's page on a phone; it is what the QR code says.
	URL string `json:"url,omitempty"`
	// Allowed are the verbs that the ticket's state accepts now.
	Allowed []string `json:"allowed,omitempty"`
}

// ReasonView says why a ticket was chosen.
type ReasonView struct {
	// Strategy is the window's strategy, such as due-date.
	Strategy string `json:"strategy"`
	// Rule is what decided: due (earliest target time), slot (booked for now),
	// bound (overtaken too often), ratio, strict, longest, help, by-hand.
	Rule string `json:"rule"`
	// Text is the same for people, in Chinese.
	Text string `json:"text"`
	// Candidates is how many tickets the window could have called.
	Candidates int `json:"candidates"`
	// Overtaken is how often the ticket had been overtaken before.
	Overtaken int `json:"overtaken,omitempty"`
	// Class had the turn, by ratio only: appointment, walk-in or a service.
	Class string `json:"class,omitempty"`
	// Note is what the clerk wrote, by hand only.
	Note string `json:"note,omitempty"`
}

// CallView is one call.
type CallView struct {
	ID     string `json:"id"`
	Ticket string `json:"ticket"`
	Number string `json:"number"`
	// Recall is 0 for the first call, then counts.
	Recall       int        `json:"recall"`
	Window       string     `json:"window"`
	WindowNumber string     `json:"windowNumber"`
	WindowName   string     `json:"windowName"`
	Zone         string     `json:"zone"`
	Service      string     `json:"service"`
	ServiceName  string     `json:"serviceName"`
	At           time.Time  `json:"at"`
	Reason       ReasonView `json:"reason,omitzero"`
	Acks         []CallAck  `json:"acks,omitempty"`
	// Ended is true once the citizen came or the call was given up.
	Ended bool `json:"ended,omitempty"`
	// Channels are those the call uses; absent means all, empty none.
	Channels []CallChannel `json:"channels,omitzero"`
	// Silent tells that its holder asked for a call without the loudspeaker.
	Silent bool `json:"silent,omitempty"`
}

// Uses tells whether the call is to reach people by channel.
func (c *CallView) Uses(channel CallChannel) bool {
	return c.Channels == nil || slices.Contains(c.Channels, channel)
}

// DeviceView is a device of an agent.
type DeviceView struct {
	// Agent and ID name it: kiosk-1 / printer.
	Agent string `json:"agent,omitempty"`
	ID    string `json:"id"`
	// Class is printer, id-reader, scanner, led, pad, ...
	Class string `json:"class"`
	// Name is the model's name in Chinese, NameEN in English; Profile the id of
	// its profile.
	Name    string `json:"name"`
	NameEN  string `json:"nameEn,omitempty"`
	Profile string `json:"profile"`
	// Port is where it is plugged in.
	Port string `json:"port,omitempty"`
	// State is one of the neutral states of internal/device.
	State string    `json:"state"`
	Since time.Time `json:"since"`
	// Detail says what happened, Advice what to do, in Chinese. DetailEN is
	// Detail in English; absent where nobody has words for it.
	Detail   string `json:"detail,omitempty"`
	DetailEN string `json:"detailEn,omitempty"`
	Advice   string `json:"advice,omitempty"`
	// Revision is the beginning of the hash of the profile it runs with.
	Revision string `json:"revision,omitempty"`
	// PaperLeft estimates how many more tickets a printer's paper is good for;
	// absent where nobody knows.
	PaperLeft *int `json:"paperLeft,omitempty"`
	// AsOf is when State was looked at last, for a device that is looked at every
	// LookSeconds only, so as not to disturb it; absent where a change is told
	// within 2 s. It is told at most every 30 s.
	AsOf        *time.Time `json:"asOf,omitempty"`
	LookSeconds int        `json:"lookSeconds,omitempty"`
	// Unasked tells that the model can't be asked how it is: online says only that
	// its port is open, and an unplugged cable isn't noticed.
	Unasked bool `json:"unasked,omitempty"`
	// Areas is how many texts an LED strip shows side by side; absent for one.
	Areas int `json:"areas,omitempty"`
	// Help is what the profile tells technicians of setting the model up, in
	// Chinese, HelpEN in English. Only the agent's own pages are told; the hall is
	// not.
	Help   string `json:"help,omitempty"`
	HelpEN string `json:"helpEn,omitempty"`
	// RollSince is since when the tickets of its present roll are counted: it was
	// put in then, as a sensor saw or somebody said. Absent where paper isn't
	// counted.
	RollSince *time.Time `json:"rollSince,omitempty"`
	// Assigned tells that the hall assigned the device; the others stand in the
	// agent's own settings. Conflict tells that the hall assigned another one of
	// the same id, which is not used.
	Assigned bool `json:"assigned,omitempty"`
	Conflict bool `json:"conflict,omitempty"`
}

// AgentView is an agent as the board sees it.
type AgentView struct {
	ID      string       `json:"id"`
	Role    Role         `json:"role"`
	Name    string       `json:"name"`
	Place   string       `json:"place,omitempty"`
	Window  string       `json:"window,omitempty"`
	Online  bool         `json:"online"`
	Since   time.Time    `json:"since"`
	Program string       `json:"program,omitempty"`
	Devices []DeviceView `json:"devices"`
	// ClockOffsetMillis is how far the agent's clock is ahead of the hall
	// machine's; negative if it is behind.
	ClockOffsetMillis int64 `json:"clockOffsetMillis,omitempty"`
	// Troubles are what else is wrong with the agent, oldest first.
	Troubles []TroubleView `json:"troubles,omitempty"`
	// Assignment is the rev of the devices.assigned that the agent has; absent
	// for one that was never told, or whose program is too old to be.
	Assignment string `json:"assignment,omitempty"`
}

// TroubleView is something about an agent that somebody must see to.
type TroubleView struct {
	// Code is stable: clock.off, or the refusal of an offline ticket.
	Code string `json:"code"`
	// Detail says what happened, Advice what to do, in Chinese.
	Detail string `json:"detail"`
	Advice string `json:"advice,omitempty"`
	// Said is Detail by its code, which may differ from Code: offline.refused.
	Said  *Sentence `json:"said,omitempty"`
	Since time.Time `json:"since"`
}

// TotalsView is the hall at a glance.
type TotalsView struct {
	Waiting            int    `json:"waiting"`
	LongestWaitSeconds int    `json:"longestWaitSeconds"`
	LongestWaitNumber  string `json:"longestWaitNumber,omitempty"`
	Called             int    `json:"called"`
	Serving            int    `json:"serving"`
	Served             int    `json:"served"`
	Taken              int    `json:"taken"`
	Missed             int    `json:"missed"`
	Parked             int    `json:"parked,omitempty"`
	Unprinted          int    `json:"unprinted"`
	Rated              int    `json:"rated"`
	// Satisfied counts ratings of 3 and above (基本满意 and better).
	Satisfied          int `json:"satisfied"`
	MeanWaitSeconds    int `json:"meanWaitSeconds"`
	MeanServiceSeconds int `json:"meanServiceSeconds"`
	// Accuracy is that of BoardView, as it is now.
	Accuracy *AccuracyView `json:"accuracy,omitempty"`
}

// BoardView is all that the hall manager's board shows.
type BoardView struct {
	Hall     HallView      `json:"hall"`
	Now      time.Time     `json:"now"`
	Totals   TotalsView    `json:"totals"`
	Services []ServiceView `json:"services"`
	Windows  []WindowView  `json:"windows"`
	Agents   []AgentView   `json:"agents"`
	Calls    []CallView    `json:"calls"`
	// Accuracy is how good today's promised waits were; absent before the first
	// of them came true.
	Accuracy *AccuracyView `json:"accuracy,omitempty"`
}

// AccuracyView says how good promised waits were. Shares are from 0 to 1.
type AccuracyView struct {
	// N is the number of tickets that were promised a wait and called.
	N int `json:"n"`
	// WAPE is the sum of the errors as a part of the sum of the waits.
	WAPE float64 `json:"wape"`
	// MeanErrorMinutes is by how much a promise was wrong on average.
	MeanErrorMinutes float64 `json:"meanErrorMinutes"`
	// Within is the share with an error of at most 5 minutes or a quarter of the
	// wait, whichever is more.
	Within float64 `json:"within"`
	// Coverage is the share called within the range that should hold 80 %.
	Coverage float64 `json:"coverage"`
	// UnderBy5 is the share that waited more than 5 minutes longer than promised.
	UnderBy5 float64 `json:"underBy5"`
}

// PrintJob is the content of a paper ticket, free of any printer's language.
type PrintJob struct {
	// Job is the key under which it is printed at most once.
	Job    string `json:"job"`
	Ticket string `json:"ticket"`
	// Expires is when the citizen will have gone; later it is not printed.
	Expires time.Time `json:"expires"`
	// Lines are printed from top to bottom.
	Lines []PrintLine `json:"lines"`
	// Label is the same for machines that give out adhesive labels.
	Label *Label `json:"label,omitempty"`
	// Device is the printer that a trial is for; absent for whichever works. A
	// kiosk that is older than this field prints it on that.
	Device string `json:"device,omitempty"`
}

// Label is what stands on the adhesive label of a visit, free of any printer's
// language and size.
type Label struct {
	// Title is the first, larger line.
	Title string   `json:"title"`
	Lines []string `json:"lines"`
	// Code is the text of the barcode that opens the visit at a counter.
	Code string `json:"code,omitempty"`
	// QR is the text of the QR code for the citizen's phone.
	QR string `json:"qr,omitempty"`
}

// PrintLine is one element of the paper: exactly one of Text, QR, Feed, Rule and
// Picture is set.
type PrintLine struct {
	Text string `json:"text,omitempty"`
	// Size is 1 (normal) to 4; both directions.
	Size  int    `json:"size,omitempty"`
	Bold  bool   `json:"bold,omitempty"`
	Align string `json:"align,omitempty" enum:"left,center,right"`
	QR    string `json:"qr,omitempty"`
	Feed  int    `json:"feed,omitempty"`
	Rule  bool   `json:"rule,omitempty"`
	// Picture is a drawing in black, which printers without pictures leave out.
	Picture *PrintPicture `json:"picture,omitempty"`
}

// PrintPicture is a drawing for paper. One that is wider than the paper isn't
// printed.
type PrintPicture struct {
	// Width is in dots, 576 on paper of 80 mm and 384 on paper of 58 mm.
	Width int `json:"width"`
	// Dots are its rows from the top, (width+7)/8 bytes each, in base64: the
	// leftmost dot in a byte's highest bit, 1 black.
	Dots []byte `json:"dots"`
}
