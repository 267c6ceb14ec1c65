// Package kiosk is the queue machine. A card that is laid on its reader becomes
// a session, which the page sees masked; visits.find tells the page what its
// person has here today, to check in, rejoin, print again or give up; the page's
// choice of a service becomes ticket.take with the session's person; the hall's
// ticket.print becomes paper, at most once, and the report of it. The person's
// data live in memory only, from the card to the ticket.
//
// What can be done in the hall the page reads at /guides: the hall's items, the
// last ones known while the hall is away.
//
// While the hall is away the machine goes on by itself: ticket.take becomes a
// number of the machine's own marked series, durable and sealed in the spool,
// then paper, and ticket.offline once the hall is back.
package kiosk

import (
	"cmp"
	"context"
	"io/fs"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"smarthall/internal/agent"
	"smarthall/internal/citizencard"
	"smarthall/internal/device"
	"smarthall/internal/link"
	"smarthall/internal/sticker"
	"smarthall/internal/webpages"
)

// maxCode is the longest code, in bytes, that is passed on from a scanner.
const maxCode = 4096

// Options is what New needs.
type Options struct {
	Config *agent.Config
	Open   device.Opener
	// Profiles takes the hall's own firmware profiles; see agent.Options.
	Profiles func([]link.ProfileText)
	// Pages has the built pages in its folder "dist".
	Pages fs.FS
	Log   *slog.Logger
}

// Kiosk is one queue machine.
type Kiosk struct {
	agent *agent.Agent
	idle  time.Duration
	page  *link.KioskSettings
	log   *slog.Logger
	jobs  chan printing
	// settled is signalled when the hall has received an offline ticket.
	settled chan struct{}
	// ordered counts the print jobs that the hall has ordered.
	ordered atomic.Uint64
	// labels tells that tickets are given out as adhesive labels.
	labels bool
	// cards finds out whose citizen cards codes stand for.
	cards *citizencard.Resolver
	// hallAPI is asked what the link doesn't carry; guides are the hall's.
	hallAPI *hallAPI
	guides  *guides
	// sampleFiles are forms that are files.
	sampleFiles *sampleFiles
	slips       slips
	// terminal is for those who apply here by themselves, licences for those who
	// print their own.
	terminal *terminal
	licences *licences

	mu      sync.Mutex
	session *session          // nil without one; guarded by mu
	visits  *visits           // of who is there, nil before a lookup; guarded by mu
	asked   *asked            // her cases, nil before a query; guarded by mu
	shown   *shownCode        // of a citizen card, until a page names it; guarded by mu
	unsure  *unsure           // nil without one; guarded by mu
	told    link.OfflineState // what the pages know; guarded by mu
}

// session is one person in front of the machine.
type session struct {
	identity device.Identity
	read     link.CardRead
	present  bool        // the card still lies there
	end      *time.Timer // runs once the card is gone
}

// New returns a kiosk that is idle until Run.
func New(opt Options) (*Kiosk, error) {
	k := &Kiosk{idle: opt.Config.Idle, log: opt.Log, jobs: make(chan printing, maxJobs), settled: make(chan struct{}, 1)}
	k.labels, k.page = opt.Config.Ticket == agent.TicketLabel, opt.Config.Settings()
	guides, err := newGuides(opt.Config, "items", opt.Log)
	if err != nil {
		return nil, err
	}
	articles, err := newGuides(opt.Config, "articles", opt.Log)
	if err != nil {
		return nil, err
	}
	k.guides = guides
	if k.hallAPI, err = newHallAPI(opt.Config); err != nil {
		return nil, err
	}
	if k.cards, err = citizencard.New(opt.Config.Hall, opt.Config.Token, opt.Log); err != nil {
		return nil, err
	}
	if k.sampleFiles, err = newSampleFiles(opt.Config, k.hallAPI, opt.Log); err != nil {
		return nil, err
	}
	if k.terminal, err = newTerminal(opt.Config, k.bestCamera, k.holder, opt.Log); err != nil {
		return nil, err
	}
	k.terminal.slip = k.printReceipt
	k.licences = newLicences(k, opt.Config)
	says, err := newVoice(opt.Config.Voice.Clips, opt.Log)
	if err != nil {
		return nil, err
	}
	a, err := agent.New(agent.Options{
		Config: opt.Config, Role: link.RoleKiosk, Program: agent.Version(),
		Open: opt.Open, Profiles: opt.Profiles, Dist: opt.Pages, Log: opt.Log, Keep: true,
		Hooks: agent.Hooks{
			Hall:     k.fromHall,
			Event:    k.event,
			Notice:   k.notice,
			Command:  k.command,
			Describe: k.describe,
			Link:     k.link,
			Settled:  k.settle,
			Try:      k.try,
			Run:      k.work,
			Routes: func(mux *http.ServeMux) {
				mux.Handle("GET /guides", guides)
				mux.Handle("GET /articles", articles)
				k.sampleFiles.routes(mux)
				mux.Handle("GET /voice/{language}/{file}", says)
				mux.HandleFunc("GET /site/{number}", k.serveSite)
				k.terminal.routes(mux)
				k.licences.routes(mux)
				k.terminal.faceRoutes(mux, webpages.Handler(opt.Pages))
			},
		},
	})
	if err != nil {
		return nil, err
	}
	k.agent = a
	return k, nil
}

// Run works until ctx ends.
func (k *Kiosk) Run(ctx context.Context) error {
	defer k.end()
	return k.agent.Run(ctx)
}

// work prints and watches until ctx ends.
func (k *Kiosk) work(ctx context.Context) error {
	var wg sync.WaitGroup
	wg.Go(func() { k.watchSeries(ctx) })
	wg.Go(func() { k.printAll(ctx) })
	wg.Go(func() { k.terminal.run(ctx) })
	wg.Go(func() { k.licences.run(ctx) })
	wg.Wait()
	return nil
}

// Agent returns the runtime below.
func (k *Kiosk) Agent() *agent.Agent { return k.agent }

// event handles what happens at the machine's devices.
func (k *Kiosk) event(d *agent.Device, e any) {
	switch e := e.(type) {
	case device.CardPresent:
		k.open(e.Identity)
	case device.CardRemoved:
		k.cardRemoved()
	case device.CardFailed:
		k.log.Warn("card not read", slog.String("device", d.Config.ID), slog.Any("err", e.Cause))
		k.agent.Broadcast(link.TypeCardFailed, link.DeviceProblem{
			Device: d.Config.ID, Detail: "没有读出证件，请拿起后重新平放在读卡区",
		})
	case device.CodeScanned:
		if text := strings.TrimSpace(e.Text); text != "" && len(text) <= maxCode {
			told, card := k.scannedCard(text)
			if !card {
				told = sticker.Scanned(text)
			}
			k.agent.Broadcast(link.TypeScanned, told)
		}
	}
}

// open begins a session for the card's holder and ends the one before.
func (k *Kiosk) open(id device.Identity) {
	k.agent.Broadcast(link.TypeCardRead, k.begin(id, true).read)
}

// sessionLife is how many idle times a session outlives its card. The page
// counts from the last touch and clears the session itself; this is for a page
// that has died.
const sessionLife = 4

// cardRemoved keeps the session for as long as its page may be in use.
func (k *Kiosk) cardRemoved() {
	k.mu.Lock()
	if s := k.session; s != nil && s.present {
		s.present = false
		s.end = time.AfterFunc(sessionLife*k.idle, func() { k.endSession(s) })
	}
	k.mu.Unlock()
	k.agent.Broadcast(link.TypeCardRemoved, nil)
}

// endSession forgets s, if it is still the present one.
func (k *Kiosk) endSession(s *session) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.session == s {
		k.drop()
	}
}

// clear forgets whoever stands there.
func (k *Kiosk) clear() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.drop()
}

// clearNamed forgets whoever stands there, unless her card was laid before the
// page that goes home has heard of it: seen is the last session it knows.
func (k *Kiosk) clearNamed(seen string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.session == nil || k.session.read.Session == seen {
		k.drop()
	}
}

// end forgets whoever stands there, and who was about to.
func (k *Kiosk) end() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.drop()
	k.dropShown()
}

// drop is clear for callers that hold mu.
func (k *Kiosk) drop() {
	k.forget()
	k.forgetCases()
	if k.session == nil {
		return
	}
	if k.session.end != nil {
		k.session.end.Stop()
	}
	k.terminal.leave(k.session.read.Session)
	k.licences.forget(k.session.read.Session)
	k.session.identity = device.Identity{}
	k.session = nil
}

// describe tells a new page of the card that lies there, and whether there are
// tickets without the hall.
func (k *Kiosk) describe(s *link.PageSnapshot) {
	s.Kiosk = k.page
	if !s.Link.Online {
		s.Link.Offline = k.state(s.Hall)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.session != nil && k.session.present {
		read := k.session.read
		s.Card = &read
	}
}

// notice handles what a page says without asking.
func (k *Kiosk) notice(_ *agent.Page, m link.Message) (bool, error) {
	if m.Type != link.TypeSessionClear {
		return false, nil
	}
	if len(m.Body) == 0 {
		k.clear()
		return true, nil
	}
	var named link.ClearSession
	if err := m.Into(&named); err != nil {
		return true, err
	}
	k.clearNamed(named.Session)
	return true, nil
}

// command does what a page asks.
func (k *Kiosk) command(ctx context.Context, m link.Message) (any, error) {
	switch m.Type {
	case link.TypeTicketTake:
		return k.takeForPage(ctx, m)
	case link.TypeVisitsFind:
		return k.find(ctx, m)
	case link.TypeCaseQuery:
		return k.queryCases(ctx, m)
	case link.TypeCaseRate:
		return k.rateCase(ctx, m)
	case link.TypePaperPrint:
		return k.printSlip(ctx, m)
	case link.TypeAppointmentCheckIn, link.TypeAppointmentCancel,
		link.TypeTicketRejoin, link.TypeTicketReprint, link.TypeTicketCancel:
		return k.visitCommand(ctx, m)
	case link.TypeKioskHelp:
		return k.help(ctx, m)
	}
	return nil, agent.ErrUnsupported
}

// takeForPage takes a ticket for the person whom the page names.
func (k *Kiosk) takeForPage(ctx context.Context, m link.Message) (any, error) {
	var ask link.TakeForSession
	if err := m.Into(&ask); err != nil {
		return nil, err
	}
	take, s, err := k.prepare(ask)
	if err != nil {
		return nil, err
	}
	answer, err := k.take(ctx, m.ID, take)
	if err != nil {
		return nil, err
	}
	if s != nil {
		k.endSession(s)
	}
	return answer, nil
}

// mobile is what a mobile number in China looks like.
var mobile = regexp.MustCompile(`^1[3-9][0-9]{9}$`)

// prepare builds the hall's command from the page's, with the person that only
// the agent knows. The session is nil for a phone number.
func (k *Kiosk) prepare(ask link.TakeForSession) (link.TakeTicket, *session, error) {
	take := link.TakeTicket{Service: ask.Service, Print: true, Priority: ask.Priority, Silent: ask.Silent}
	if ask.Priority != "" { // else it is nobody's to keep
		take.Authoriser = ask.Authoriser
	}
	if ask.Service == "" {
		return take, nil, agent.Refuse(422, "service.missing", "请先选择要办理的业务")
	}
	var s *session
	var err error
	take.Channel, take.Person, s, err = k.person(ask.Session, ask.Phone)
	return take, s, err
}

// person is who stands there: the holder of the session's card, or whoever has
// the phone; then the session is nil.
func (k *Kiosk) person(name, phone string) (link.Channel, link.Person, *session, error) {
	switch {
	case name != "" && phone != "":
		return "", link.Person{}, nil, agent.Refuse(422, "person.ambiguous", "请选择用证件或手机号其中一种方式取号")
	case name != "":
		k.mu.Lock()
		defer k.mu.Unlock()
		s := k.session
		if s == nil || s.read.Session != name {
			return "", link.Person{}, nil, agent.Refuse(410, "session.gone", "证件信息已清除，请重新刷证件")
		}
		return link.ChannelCard, s.person(), s, nil
	case mobile.MatchString(phone):
		return link.ChannelPhone, link.Person{Phone: phone}, nil, nil
	default:
		return "", link.Person{}, nil, agent.Refuse(422, "phone.invalid", "请输入正确的 11 位手机号码")
	}
}

// person is the card's holder as the hall is told. The caller holds mu.
func (s *session) person() link.Person {
	return link.Person{Name: cmp.Or(s.identity.Name, s.identity.LatinName), IDNumber: s.identity.Number}
}
