package kiosk_test

import (
	"cmp"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"smarthall/internal/agent"
	"smarthall/internal/agent/agenttest"
	"smarthall/internal/device"
	"smarthall/internal/link"
	"smarthall/internal/sqldb"
	"smarthall/kiosk-agent/kiosk"
)

// open is a hall that lets its kiosk give KA001 to KA999.
func open() link.Snapshot {
	return link.Snapshot{
		Hall: link.HallView{
			Name: "市民中心", TimeZone: "Asia/Shanghai", DayBegins: "04:00", Day: "2026-01-01",
			Zones: []link.ZoneView{{ID: "A", Name: "综合服务区"}},
		},
		Services: []link.ServiceView{
			{ID: "tax", Name: "发票领用", Zone: "A", Available: true, Waiting: 7, Materials: []string{"身份证"}},
			{ID: "social", Name: "社保转移", Zone: "A", Available: true},
			{ID: "seal", Name: "公章备案", Zone: "A", Why: "今日不办理"},
		},
		Offline: &link.OfflineSeriesView{Prefix: "KA", Digits: 3, First: 1, Last: 999, Next: 1},
	}
}

// startWith starts a kiosk of a hall with snapshot s and waits until it has it.
func startWith(t *testing.T, s link.Snapshot) *rig {
	t.Helper()
	return startAt(t, agenttest.NewHall(t), s)
}

// startAt is startWith for a hall that has begun.
func startAt(t *testing.T, hall *agenttest.Hall, s link.Snapshot) *rig {
	t.Helper()
	t.Parallel()
	r := &rig{hall: hall}
	r.hall.SetSnapshot(s)
	r.config = &agent.Config{
		Agent: "kiosk-1", Hall: r.hall.URL, Token: agenttest.Token, Listen: "127.0.0.1:0",
		Data: t.TempDir(), Idle: time.Minute,
		Devices: []device.Config{{ID: "printer", Profile: "printer"}, {ID: "reader", Profile: "id-reader"}},
	}
	r.run(t)
	agenttest.WaitFor(t, "the hall is known", func() bool { _, ok := r.kiosk.Agent().Hall(); return ok })
	return r
}

// leave takes the hall away and waits until the kiosk goes on by itself.
func (r *rig) leave(t *testing.T) {
	t.Helper()
	r.hall.SetAway(true)
	agenttest.WaitFor(t, "the hall is away", func() bool { return r.kiosk.Agent().Client.Away() })
}

// phone is a citizen.
func phone(n int) string { return fmt.Sprintf("138%08d", n) }

// takeOffline takes a ticket that has to come from the kiosk itself.
func (r *rig) takeOffline(t *testing.T, key, service, phone string) link.TicketView {
	t.Helper()
	page, _ := agenttest.Open(t, r.kiosk.Agent().Addr())
	defer page.Close()
	answer, problem := take(t, page, key, link.TakeForSession{Service: service, Phone: phone})
	if answer.Ticket == nil || !answer.Ticket.Offline {
		t.Fatalf("got %+v, %+v, want an offline ticket", answer.Ticket, problem)
	}
	return *answer.Ticket
}

// uploaded returns the offline tickets that the hall got, each once.
func (r *rig) uploaded(t *testing.T) (tickets []link.OfflineTicket) {
	t.Helper()
	for _, m := range r.hall.Up(link.TypeTicketOffline) {
		var o link.OfflineTicket
		if err := m.Into(&o); err != nil {
			t.Fatal(err)
		}
		if m.ID != o.Ticket {
			t.Errorf("the fact of ticket %s has the id %s", o.Ticket, m.ID)
		}
		i := slices.IndexFunc(tickets, func(other link.OfflineTicket) bool { return other.Ticket == o.Ticket })
		switch {
		case i < 0:
			tickets = append(tickets, o)
		case tickets[i] != o:
			t.Errorf("sent again, %+v became %+v", tickets[i], o)
		}
	}
	return tickets
}

func (r *rig) waitUploaded(t *testing.T, n int) []link.OfflineTicket {
	t.Helper()
	agenttest.WaitFor(t, "the tickets arrive", func() bool { return len(r.uploaded(t)) >= n })
	agenttest.WaitFor(t, "the spool is empty", func() bool {
		tickets, _, err := r.kiosk.Agent().Spool().Tickets(t.Context(), time.Now())
		facts, errFacts := r.kiosk.Agent().Spool().Facts(t.Context())
		if err := cmp.Or(err, errFacts); err != nil {
			t.Fatal(err)
		}
		return len(tickets)+len(facts) == 0
	})
	got := r.uploaded(t)
	if len(got) != n {
		t.Fatalf("the hall got %d tickets, want %d: %+v", len(got), n, got)
	}
	return got
}

func TestTheKioskGoesOnWithoutTheHallAndNothingIsLost(t *testing.T) {
	r := startWith(t, open())
	page, _ := agenttest.Open(t, r.kiosk.Agent().Addr())
	r.leave(t)
	var state link.LinkState
	page.Next(link.TypeLinkChanged, &state)
	if state.Online || state.Offline == nil || !state.Offline.Available {
		t.Errorf("the page is told %+v", state)
	}
	began := time.Now()
	first := r.takeOffline(t, "a", "tax", phone(1))
	if d := time.Since(began); d > 20*time.Second {
		t.Errorf("the citizen waited %v", d)
	}
	if first.Number != "KA001" || first.ServiceName != "发票领用" || first.Phone != "138****0001" || first.Ahead != 0 || first.WaitMinutes != nil {
		t.Errorf("got %+v", first)
	}
	r.takeOffline(t, "b", "tax", phone(2))

	// The program ends and begins again while the hall is still away.
	r.stop()
	r.boot(t)
	if _, s := agenttest.Open(t, r.kiosk.Agent().Addr()); s.Hall == nil || s.Link.Offline == nil || !s.Link.Offline.Available {
		t.Errorf("after the restart the page sees %+v", s)
	}
	agenttest.WaitFor(t, "the hall counts as away", r.kiosk.Agent().Client.Away)
	if third := r.takeOffline(t, "c", "social", phone(1)); third.Number != "KA003" {
		t.Errorf("after the restart got %s", third.Number)
	}
	r.wantPapers(t, "KA001", "KA002", "KA003")

	r.hall.SetAway(false)
	got := r.waitUploaded(t, 3)
	for i, want := range []struct{ number, service, phone string }{
		{"KA001", "tax", phone(1)}, {"KA002", "tax", phone(2)}, {"KA003", "social", phone(1)},
	} {
		if o := got[i]; o.Number != want.number || o.Service != want.service || o.Person.Phone != want.phone || o.Channel != link.ChannelPhone || o.Replaces != "" {
			t.Errorf("ticket %d is %+v, want %+v", i+1, o, want)
		}
		if i > 0 && got[i].IssuedAt.Before(got[i-1].IssuedAt) {
			t.Errorf("%s was given before %s", got[i].Number, got[i-1].Number)
		}
		if done := r.report(t, link.OfflinePrint(got[i].Ticket)); done.Ticket != got[i].Ticket || done.Outcome != link.PrintPrinted {
			t.Errorf("%s: the hall is told of the paper: %+v", got[i].Number, done)
		}
	}
	// A dropped line makes nobody send anything again.
	r.hall.Drop()
	agenttest.WaitFor(t, "the link is up again", func() bool { return len(r.hall.Hellos()) == 3 && r.kiosk.Agent().Client.Online() })
	if n := len(r.hall.Up(link.TypeTicketOffline)); n != 3 {
		t.Errorf("%d tickets were sent, want 3", n)
	}
	r.stop()
	if log, file := r.log.String(), spoolBytes(t, r.config.Data); strings.Contains(log+file, phone(1)) || strings.Contains(log+file, phone(2)) {
		t.Error("a phone number is in the log or in the spool")
	}
}

// wantPapers waits until papers with exactly the numbers came out.
func (r *rig) wantPapers(t *testing.T, numbers ...string) {
	t.Helper()
	var got []string
	agenttest.WaitFor(t, "the papers", func() bool {
		got = got[:0]
		for _, d := range r.fakes.Get("printer").Printed() {
			text := ""
			for _, l := range d.Lines {
				text += l.Text + "\n"
			}
			for _, part := range []string{"离线号", "市民中心", "请留意叫号", "办理区域：综合服务区"} {
				if !strings.Contains(text, part) {
					t.Fatalf("the paper doesn't say %s:\n%s", part, text)
				}
			}
			if strings.Contains(text, "前面") || strings.Contains(text, "分钟") {
				t.Fatalf("the paper promises something:\n%s", text)
			}
			i := slices.IndexFunc(d.Lines, func(l device.Line) bool { return l.Size == 4 })
			got = append(got, d.Lines[i].Text)
		}
		return len(got) >= len(numbers)
	})
	if !slices.Equal(got, numbers) {
		t.Errorf("papers %v came out, want %v", got, numbers)
	}
}

func TestACardIsSealedInTheSpool(t *testing.T) {
	r := startWith(t, open())
	r.leave(t)
	page, _ := agenttest.Open(t, r.kiosk.Agent().Addr())
	r.lay(t)
	var read link.CardRead
	page.Next(link.TypeCardRead, &read)
	if answer, p := take(t, page, "1", link.TakeForSession{Service: "tax", Session: read.Session}); answer.Ticket == nil || answer.Ticket.Name != "欧阳*" {
		t.Fatalf("got %+v, %+v", answer.Ticket, p)
	}
	r.wantPapers(t, "KA001")
	r.stop()
	if leaks(spoolBytes(t, r.config.Data)) || leaks(r.log.String()) {
		t.Error("the person is in the spool or in the log")
	}
	r.hall.SetAway(false)
	r.run(t)
	if got := r.waitUploaded(t, 1); got[0].Person.IDNumber != number || got[0].Person.Name != name || got[0].Channel != link.ChannelCard {
		t.Errorf("the hall got %+v", got[0])
	}
}

func TestOfflineTicketsAreRefusedWithOneClearSentence(t *testing.T) {
	s := open()
	s.Offline.Last = 2
	r := startWith(t, s)
	r.leave(t)
	r.takeOffline(t, "first-of-them-all", "tax", phone(1))
	page, _ := agenttest.Open(t, r.kiosk.Agent().Addr())
	for _, tt := range []struct {
		name, service, phone, code, detail string
	}{
		{"a second one of the same person", "tax", phone(1), "person.has-ticket", "您已取过 KA001 号，请等候叫号"},
		{"a closed service", "seal", phone(1), "service.closed", "公章备案暂不取号：今日不办理"},
		{"no such service", "moon", phone(1), "service.unknown", "没有这项业务"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, p := take(t, page, "x", link.TakeForSession{Service: tt.service, Phone: tt.phone}); p.Code != tt.code || p.Detail != tt.detail {
				t.Errorf("got %+v", p)
			}
		})
	}
	if again := r.takeOffline(t, "first-of-them-all", "tax", phone(1)); again.Number != "KA001" {
		t.Errorf("the same command got %s", again.Number)
	}
	r.takeOffline(t, "b", "social", phone(1))
	var told link.LinkState
	for told.Offline == nil || told.Offline.Available {
		page.Next(link.TypeLinkChanged, &told)
	}
	_, p := take(t, page, "c", link.TakeForSession{Service: "tax", Phone: phone(3)})
	if p.Code != "offline.used-up" || p.Detail != "本机的离线号已经取完，请到咨询台取号" || told.Offline.Why != p.Detail {
		t.Errorf("beyond the series: %+v; the page is told %+v", p, told.Offline)
	}
	r.wantPapers(t, "KA001", "KA002")
}

func TestAFullDiskIsAClearSentenceToo(t *testing.T) {
	r := startWith(t, open())
	r.leave(t)
	r.takeOffline(t, "a", "tax", phone(1))
	r.wantPapers(t, "KA001")
	r.fillDisk(t)
	page, _ := agenttest.Open(t, r.kiosk.Agent().Addr())
	_, p := take(t, page, "b", link.TakeForSession{Service: "tax", Phone: phone(2)})
	if p.Code != "offline.full" || p.Status != 503 || !strings.Contains(p.Detail, "请到咨询台") {
		t.Errorf("got %+v", p)
	}
	if n := len(r.fakes.Get("printer").Printed()); n != 1 {
		t.Errorf("%d papers came out: a number that isn't durable must not be printed", n)
	}
}

// fillDisk makes the spool's file refuse further tickets.
func (r *rig) fillDisk(t *testing.T) {
	t.Helper()
	db, err := sqldb.Open(t.Context(), filepath.Join(r.config.Data, "spool.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	_, err = db.Write.ExecContext(t.Context(),
		`CREATE TRIGGER full BEFORE INSERT ON prints BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END`)
	if err != nil {
		t.Fatal(err)
	}
}

func TestNumbersGoOnWhereTheHallKnowsThemToBe(t *testing.T) {
	s := open()
	day := time.Now().In(time.FixedZone("CST", 8*60*60)).Add(-4 * time.Hour).Format(time.DateOnly)
	s.Offline.Day, s.Offline.Next, s.Hall.Day = day, 17, day
	r := startWith(t, s)
	r.leave(t)
	if got := r.takeOffline(t, "a", "tax", phone(1)); got.Number != "KA017" || got.Day != day {
		t.Errorf("a machine with a new disk begins with %+v", got)
	}
}

func TestAMachineWithoutAHallSinceItsFirstDayGivesNothing(t *testing.T) {
	t.Parallel()
	r := &rig{hall: agenttest.NewHall(t)}
	r.hall.SetAway(true)
	r.config = &agent.Config{Agent: "kiosk-1", Hall: r.hall.URL, Token: agenttest.Token, Listen: "127.0.0.1:0", Data: t.TempDir(), Idle: time.Minute}
	k, err := kiosk.New(kiosk.Options{Config: r.config, Open: r.fakes.Opener(), Pages: fstest.MapFS{}, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	agenttest.Start(t, k, k.Agent().Ready())
	page, s := agenttest.Open(t, k.Agent().Addr())
	if s.Link.Offline == nil || s.Link.Offline.Available || s.Link.Offline.Why == "" {
		t.Errorf("the page sees %+v", s.Link)
	}
	if _, p := take(t, page, "1", link.TakeForSession{Service: "tax", Phone: phone(1)}); p.Code != "offline.none" {
		t.Errorf("got %+v", p)
	}
}

func TestTimesAreCorrectedByTheClockOfTheHallThatIsBack(t *testing.T) {
	for name, tt := range map[string]struct{ before, after time.Duration }{
		"this machine is 7 min ahead":            {-7 * time.Minute, -7 * time.Minute},
		"it is found 7 min behind on return":     {0, 7 * time.Minute},
		"it is found 7 min ahead on return":      {0, -7 * time.Minute},
		"it was an hour behind and is put right": {time.Hour, 0},
		"it was years behind, the battery empty": {20 * 365 * 24 * time.Hour, 20 * 365 * 24 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			hall := agenttest.NewHall(t)
			hall.SetOffset(tt.before)
			r := startAt(t, hall, open())
			r.leave(t)
			first := time.Now()
			r.takeOffline(t, "a", "tax", phone(1))
			r.takeOffline(t, "b", "tax", phone(2))
			last := time.Now()
			r.hall.SetOffset(tt.after)
			r.hall.SetAway(false)
			got := r.waitUploaded(t, 2)
			for i, o := range got {
				// A clock that was changed meanwhile is only good for the order.
				late := time.Since(last)
				if tt.before == tt.after {
					late = 0
				}
				// The hall's clock is known as well as its welcome was quick.
				const about = 2 * time.Second
				if at := o.IssuedAt; at.Before(first.Add(tt.after-about)) || at.After(last.Add(tt.after+late+about)) {
					t.Errorf("%s was given at %v, want %v later than %v to %v", o.Number, at, tt.after, first, last)
				}
				if i > 0 && o.IssuedAt.Before(got[i-1].IssuedAt) {
					t.Error("the order is lost")
				}
			}
		})
	}
}

func TestAnUnansweredCommandIsReplacedAndItsPaperStaysIn(t *testing.T) {
	r := startWith(t, open())
	// The hall does the command, orders its paper and dies before it answers.
	ordered, dead := job("h1"), false
	r.hall.SetChaos(func() bool { return dead })
	r.hall.OnCommand(func(link.Message) (link.Type, any) {
		dead = true
		return link.TypeAnswer, link.Answer{Ticket: &link.TicketView{ID: ordered.Ticket, Number: "A012"}}
	})
	page, _ := agenttest.Open(t, r.kiosk.Agent().Addr())
	page.Send(link.TypeTicketTake, "key-of-the-command", link.TakeForSession{Service: "tax", Phone: phone(1)})
	agenttest.WaitFor(t, "the hall has the command", func() bool { return len(r.hall.Done()) == 1 })
	r.hall.SetAway(true)
	var answer link.Answer
	page.Answer("key-of-the-command", &answer)
	if answer.Ticket == nil || answer.Ticket.Number != "KA001" {
		t.Fatalf("the citizen got %+v", answer.Ticket)
	}
	r.wantPapers(t, "KA001")

	s := open()
	s.Prints = []link.PrintJob{ordered, job("h2")}
	r.hall.SetSnapshot(s)
	r.hall.Restart()
	r.hall.SetChaos(nil)
	r.hall.OnOffline(func(m link.Message) (link.Type, any) {
		return link.TypeReceived, link.Received{Withdrawn: ordered.Ticket}
	})
	r.hall.SetAway(false)
	if got := r.waitUploaded(t, 1); got[0].Replaces != "key-of-the-command" {
		t.Errorf("the hall got %+v", got[0])
	}
	if done := r.report(t, "h1"); done.Outcome != link.PrintExpired {
		t.Errorf("the replaced ticket's paper is reported %+v", done)
	}
	if done := r.report(t, "h2"); done.Outcome != link.PrintPrinted {
		t.Errorf("another ticket's paper is reported %+v", done)
	}
	docs := r.fakes.Get("printer").Printed()
	if len(docs) != 2 || docs[1].Job != "h2" {
		t.Errorf("%d papers came out, the last is %s", len(docs), docs[len(docs)-1].Job)
	}
}

func TestAPaperThatCameWithoutItsAnswerIsNotDoubled(t *testing.T) {
	r := startWith(t, open())
	dead := false
	r.hall.SetChaos(func() bool { return dead })
	r.hall.OnCommand(func(link.Message) (link.Type, any) {
		dead = true
		return link.TypeAnswer, link.Answer{Ticket: &link.TicketView{ID: "t-h1", Number: "A012"}}
	})
	page, _ := agenttest.Open(t, r.kiosk.Agent().Addr())
	page.Send(link.TypeTicketTake, "key-of-the-command", link.TakeForSession{Service: "tax", Phone: phone(1)})
	agenttest.WaitFor(t, "the hall has the command", func() bool { return len(r.hall.Done()) == 1 })
	r.hall.Push(link.TypeTicketPrint, job("h1"))
	agenttest.WaitFor(t, "the paper", func() bool { return len(r.fakes.Get("printer").Printed()) == 1 })
	r.hall.SetAway(true)
	var p link.Problem
	page.Answer("key-of-the-command", &p)
	if p.Code != "link.slow" || !strings.Contains(p.Detail, "请先看出票口") {
		t.Fatalf("the citizen reads %+v", p)
	}
	if n := len(r.fakes.Get("printer").Printed()); n != 1 {
		t.Errorf("%d papers came out, want 1", n)
	}
	// She didn't take it, and asks again: the hall learns which one counts.
	agenttest.WaitFor(t, "the hall counts as away", r.kiosk.Agent().Client.Away)
	r.takeOffline(t, "another-command-of-hers", "tax", phone(1))
	r.takeOffline(t, "the-next-citizen's-command", "tax", phone(2))
	r.hall.SetChaos(nil)
	r.hall.SetAway(false)
	got := r.waitUploaded(t, 2)
	if got[0].Replaces != "key-of-the-command" || got[1].Replaces != "" {
		t.Errorf("the tickets replace %q and %q", got[0].Replaces, got[1].Replaces)
	}
}
