package kiosk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"smarthall/internal/agent"
	"smarthall/internal/link"
	"smarthall/internal/privacy"
)

// What people read while the hall is away.
const (
	detailNone   = "暂时连不上大厅系统，本机现在不能取号，请到咨询台"
	detailUsedUp = "本机的离线号已经取完，请到咨询台取号"
	detailPaper  = "请先看出票口，如有号票请取走；没有号票请再试一次"
	detailClass  = "暂时连不上大厅系统，优先授权不了，请直接取号或到咨询台"
	detailFull   = "本机暂时存不下新的号票，请到咨询台取号"
)

// unsureFor is how long a command that the hall never answered is remembered,
// for the same person asks again soon or not at all.
const unsureFor = 5 * time.Minute

// unsure is a command that the hall may have done without a word.
type unsure struct {
	key, service, holder string
	at                   time.Time
}

// take gets a ticket from the hall, or, if that can't be reached, from this
// machine's own series. key is the command's idempotency key.
func (k *Kiosk) take(ctx context.Context, key string, take link.TakeTicket) (any, error) {
	t, ok, err := k.agent.Spool().Given(ctx, key)
	if err != nil {
		return nil, err
	}
	if ok {
		return k.handOver(t, take.Person), nil // the page asks again
	}
	if take.Priority != "" {
		return k.takeFirst(ctx, key, take)
	}
	if k.agent.Client.Away() {
		return k.give(ctx, key, "", take)
	}
	ordered := k.ordered.Load()
	answer, err := k.agent.Client.CallBriefly(ctx, key, link.TypeTicketTake, take)
	switch {
	case errors.Is(err, agent.ErrUnsent):
		return k.give(ctx, key, "", take)
	case errors.Is(err, agent.ErrAway) && k.ordered.Load() != ordered:
		// The answer was lost on the way, but the paper comes out all the same.
		k.remember(key, take)
		return nil, agent.Refuse(504, "link.slow", detailPaper)
	case errors.Is(err, agent.ErrAway):
		return k.give(ctx, key, key, take)
	case errors.Is(err, context.DeadlineExceeded):
		k.remember(key, take)
		return nil, err
	case err != nil:
		return nil, err
	case len(answer.Body) == 0:
		return link.Answer{}, nil
	}
	return answer.Body, nil
}

// takeFirst gets a ticket of a priority class, which only the hall can give:
// it checks who vouches, and it counts.
func (k *Kiosk) takeFirst(ctx context.Context, key string, take link.TakeTicket) (any, error) {
	var answer link.Answer
	err := agent.ErrUnsent
	if !k.agent.Client.Away() {
		err = k.ask(ctx, key, link.TypeTicketTake, take, &answer)
	}
	switch {
	case errors.Is(err, agent.ErrUnsent):
		return nil, agent.Refuse(503, "offline.priority", detailClass)
	case errors.Is(err, agent.ErrAway):
		k.remember(key, take)
		return nil, agent.Refuse(504, "link.slow", detailPaper)
	case errors.Is(err, context.DeadlineExceeded):
		k.remember(key, take)
		return nil, err
	case err != nil:
		return nil, err
	}
	return answer, nil
}

// remember keeps a command that the hall has had and not answered.
func (k *Kiosk) remember(key string, take link.TakeTicket) {
	u := &unsure{key: key, service: take.Service, holder: k.agent.Spool().Holder(take.Person), at: time.Now()}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.unsure = u
}

// recall returns the key of the unanswered command that take repeats, or "".
func (k *Kiosk) recall(take link.TakeTicket) string {
	holder := k.agent.Spool().Holder(take.Person)
	k.mu.Lock()
	defer k.mu.Unlock()
	u := k.unsure
	if u == nil || u.service != take.Service || u.holder != holder || time.Since(u.at) > unsureFor {
		return ""
	}
	return u.key
}

// give gives a ticket of the machine's own series and prints it. replaces is
// the key under which the hall was asked in vain, if it was.
func (k *Kiosk) give(ctx context.Context, key, replaces string, take link.TakeTicket) (any, error) {
	hall, known := k.agent.Hall()
	if !known || hall.Offline == nil || k.agent.Client.Barred() {
		return nil, agent.Refuse(503, "offline.none", detailNone)
	}
	service, err := serviceOf(hall, take.Service)
	if err != nil {
		return nil, err
	}
	t, err := k.agent.Spool().Give(ctx, agent.OfflineAsk{
		Key: key, Replaces: cmp.Or(replaces, k.recall(take)), Take: take,
		Series: *hall.Offline, Day: businessDay(hall, k.agent.Client.Now()),
	})
	k.watch()
	if err != nil {
		return nil, k.refusal(err)
	}
	k.log.Info("offline ticket given", slog.String("ticket", t.ID), slog.String("number", t.Number), slog.String("service", t.Service))
	if t.Fresh {
		job := paper(hall, service, t, k.agent.Client.HallTime(t.Issued).In(zone(hall)))
		if !k.queue(printing{job: job, begun: true}) {
			k.finish(ctx, link.PrintDone{Job: job.Job, Ticket: t.ID, Outcome: link.PrintFailed, Detail: "too many print jobs"})
		}
	}
	return k.handOver(t, take.Person), nil
}

// serviceOf returns the service as the hall last showed it, if it was open.
func serviceOf(hall link.Snapshot, id string) (link.ServiceView, error) {
	for _, s := range hall.Services {
		switch {
		case s.ID != id:
		case !s.Available:
			return s, agent.Refuse(409, "service.closed", fmt.Sprintf("%s暂不取号：%s", s.Name, cmp.Or(s.Why, "请到咨询台")))
		default:
			return s, nil
		}
	}
	return link.ServiceView{}, agent.Refuse(422, "service.unknown", "没有这项业务")
}

// refusal words why no ticket was given.
func (k *Kiosk) refusal(err error) error {
	var held *agent.HeldError
	switch {
	case errors.As(err, &held):
		return agent.Refuse(409, "person.has-ticket", fmt.Sprintf("您已取过 %s 号，请等候叫号", held.Number))
	case errors.Is(err, agent.ErrUsedUp):
		return agent.Refuse(503, "offline.used-up", detailUsedUp)
	}
	k.log.Error("offline ticket not given", slog.Any("err", err))
	return agent.Refuse(503, "offline.full", detailFull)
}

// handOver is the answer to the page that asked for t.
func (k *Kiosk) handOver(t agent.OfflineTicket, p link.Person) link.Answer {
	at := k.agent.Client.HallTime(t.Issued)
	view := link.TicketView{
		ID: t.ID, Number: t.Number, Service: t.Service, ServiceName: t.Service, State: "waiting", Channel: t.Channel,
		Name: privacy.MaskName(p.Name), Phone: privacy.MaskPhone(p.Phone), Day: t.Day, TakenAt: at, DueAt: at, Offline: true,
	}
	if hall, ok := k.agent.Hall(); ok {
		for _, s := range hall.Services {
			if s.ID == t.Service {
				view.ServiceName = s.Name
			}
		}
	}
	return link.Answer{Ticket: &view}
}

// state says whether this machine gives tickets without the hall.
func (k *Kiosk) state(hall *link.Snapshot) *link.OfflineState {
	if hall == nil || hall.Offline == nil || k.agent.Client.Barred() {
		return &link.OfflineState{Why: detailNone}
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	err := k.agent.Spool().CanGive(ctx, *hall.Offline, businessDay(*hall, k.agent.Client.Now()))
	switch {
	case errors.Is(err, agent.ErrUsedUp):
		return &link.OfflineState{Why: detailUsedUp}
	case err != nil:
		k.log.Error("offline series unknown", slog.Any("err", err))
		return &link.OfflineState{Why: detailFull}
	}
	return &link.OfflineState{Available: true}
}

// link adds to the link's state what the page says while the hall is away.
func (k *Kiosk) link(s *link.LinkState) {
	if s.Online {
		return
	}
	if hall, ok := k.agent.Hall(); ok {
		s.Offline = k.state(&hall)
	} else {
		s.Offline = k.state(nil)
	}
	k.mu.Lock()
	k.told = *s.Offline
	k.mu.Unlock()
}

// watch tells the pages if this machine gives tickets again, or no more.
func (k *Kiosk) watch() {
	if k.agent.Client.Online() {
		return
	}
	hall, ok := k.agent.Hall()
	now := link.OfflineState{Why: detailNone}
	if ok {
		now = *k.state(&hall)
	}
	k.mu.Lock()
	told := k.told
	k.mu.Unlock()
	if told != now {
		k.agent.TellLink()
	}
}

// watchEvery is how often the series is looked at while the hall is away: it
// begins anew with the business day, and a disk that was slow once would
// otherwise keep citizens from numbers.
const watchEvery = 3 * time.Second

// watchSeries is watch, from time to time, until ctx ends.
func (k *Kiosk) watchSeries(ctx context.Context) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			k.watch()
		}
	}
}

// defaultBegins is when business days begin in a hall that doesn't say.
const defaultBegins = 4 * time.Hour

// businessDay is the hall's business day at now, but never one that the hall
// has left already: a machine whose clock was reset would give old numbers.
func businessDay(hall link.Snapshot, now time.Time) string {
	begins := defaultBegins
	if t, err := time.Parse("15:04", hall.Hall.DayBegins); err == nil {
		begins = time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute
	}
	return max(hall.Hall.Day, now.In(zone(hall)).Add(-begins).Format(time.DateOnly))
}

// zone is the hall's time zone, this machine's if the hall doesn't say.
func zone(hall link.Snapshot) *time.Location {
	if hall.Hall.TimeZone == "" {
		return time.Local
	}
	loc, err := time.LoadLocation(hall.Hall.TimeZone)
	if err != nil {
		return time.Local
	}
	return loc
}
