package agent_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"smarthall/internal/agent"
	"smarthall/internal/agent/agenttest"
	"smarthall/internal/link"
)

var series = link.OfflineSeriesView{Prefix: "KA", Digits: 3, First: 1, Last: 3, Day: "2026-11-23", Next: 1}

// ask is the n-th citizen's wish.
func ask(n int) agent.OfflineAsk {
	return agent.OfflineAsk{
		Key: fmt.Sprintf("key-%d", n), Series: series, Day: "2026-11-23",
		Take: link.TakeTicket{Service: "tax", Channel: link.ChannelPhone, Person: link.Person{Phone: fmt.Sprintf("138%08d", n)}},
	}
}

func give(tb testing.TB, s *agent.Spool, a agent.OfflineAsk) agent.OfflineTicket {
	tb.Helper()
	t, err := s.Give(tb.Context(), a)
	if err != nil {
		tb.Fatal(err)
	}
	return t
}

// offline returns the tickets that the hall is to get.
func offline(tb testing.TB, s *agent.Spool, now time.Time) (tickets []link.OfflineTicket) {
	tb.Helper()
	messages, _, err := s.Tickets(tb.Context(), now)
	if err != nil {
		tb.Fatal(err)
	}
	for _, m := range messages {
		var t link.OfflineTicket
		if err := m.Into(&t); err != nil || m.ID != t.Ticket || m.Type != link.TypeTicketOffline {
			tb.Fatalf("got %+v: %v", m, err)
		}
		tickets = append(tickets, t)
	}
	return tickets
}

func TestOfflineNumbers(t *testing.T) {
	other := series
	other.Prefix, other.First = "KB", 5
	yesterday := ask(1)
	yesterday.Key, yesterday.Day = "yesterday", "2026-11-22"
	known := ask(2)
	known.Series.Next = 3
	foreign := ask(3)
	foreign.Series = other
	foreign.Series.Last = 9
	for _, tt := range []struct {
		name string
		asks []agent.OfflineAsk
		want []string
		err  error
	}{
		{"run on", []agent.OfflineAsk{ask(1), ask(2), ask(3)}, []string{"KA001", "KA002", "KA003"}, nil},
		{"end with the series", []agent.OfflineAsk{ask(1), ask(2), ask(3), ask(4)}, []string{"KA001", "KA002", "KA003"}, agent.ErrUsedUp},
		{"begin anew with the day", []agent.OfflineAsk{yesterday, ask(1)}, []string{"KA001", "KA001"}, nil},
		{"leave out what the hall knows as given", []agent.OfflineAsk{ask(1), known}, []string{"KA001", "KA003"}, nil},
		{"are counted for each series", []agent.OfflineAsk{ask(1), foreign}, []string{"KA001", "KB005"}, nil},
		{"are the same for the same command", []agent.OfflineAsk{ask(1), ask(1)}, []string{"KA001", "KA001"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "spool.db")
			var got []string
			var err error
			for _, a := range tt.asks {
				s := openSpool(t, path) // the number survives a restart
				var given agent.OfflineTicket
				if given, err = s.Give(t.Context(), a); err == nil {
					got = append(got, given.Number)
				}
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
			}
			if fmt.Sprint(got) != fmt.Sprint(tt.want) || !errors.Is(err, tt.err) {
				t.Errorf("got %v, %v, want %v, %v", got, err, tt.want, tt.err)
			}
		})
	}
}

func TestOneOfflineTicketPerPersonAndServiceWhileItWaits(t *testing.T) {
	s := openSpool(t, filepath.Join(t.TempDir(), "spool.db"))
	defer func() { _ = s.Close() }()
	first := give(t, s, ask(1))
	again := ask(1)
	again.Key = "another"
	var held *agent.HeldError
	if _, err := s.Give(t.Context(), again); !errors.As(err, &held) || held.Number != "KA001" {
		t.Errorf("a second ticket: %v", err)
	}
	elsewhere := again
	elsewhere.Take.Service = "social"
	give(t, s, elsewhere)
	if _, known, err := s.Settle(t.Context(), first.ID, false, ""); err != nil || !known {
		t.Fatal(known, err)
	}
	again.Key = "later"
	give(t, s, again) // what became of the first one only the hall knows
	nobody := ask(9)
	nobody.Take.Person = link.Person{}
	if _, err := s.Give(t.Context(), nobody); !errors.Is(err, agent.ErrUsedUp) {
		t.Errorf("people who aren't known hold nothing: %v", err)
	}
}

func TestASpoolThatNobodyEmptiesGivesNoMore(t *testing.T) {
	s := openSpool(t, filepath.Join(t.TempDir(), "spool.db"))
	defer func() { _ = s.Close() }()
	full := func(n int) error {
		a := ask(n)
		a.Series.Last = 9999
		_, err := s.Give(t.Context(), a)
		return err
	}
	for n := range agent.MaxWaiting {
		if err := full(n); err != nil {
			t.Fatalf("ticket %d: %v", n, err)
		}
	}
	if err := full(agent.MaxWaiting); !errors.Is(err, agent.ErrSpoolFull) {
		t.Errorf("got %v", err)
	}
	if _, _, err := s.Settle(t.Context(), offline(t, s, time.Now())[0].Ticket, false, ""); err != nil {
		t.Fatal(err)
	}
	if err := full(agent.MaxWaiting); err != nil {
		t.Errorf("after a receipt: %v", err)
	}
}

func TestTicketsKeepTheTimeTheyWereFirstSentWith(t *testing.T) {
	path := filepath.Join(t.TempDir(), "spool.db")
	s := openSpool(t, path)
	give(t, s, ask(1))
	give(t, s, ask(2))
	const ahead = 7 * time.Minute // this machine's clock
	sent := offline(t, s, time.Now().Add(-ahead))
	for i, o := range sent {
		if off := time.Since(o.IssuedAt.Add(ahead)); off < 0 || off > 10*time.Second {
			t.Errorf("%s was given at %v, %v too early", o.Number, o.IssuedAt, off)
		}
		if i > 0 && o.IssuedAt.Before(sent[i-1].IssuedAt) {
			t.Error("the order is lost")
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openSpool(t, path)
	defer func() { _ = s.Close() }()
	give(t, s, ask(3))
	again := offline(t, s, time.Now().Add(time.Hour))
	if len(again) != 3 || again[0] != sent[0] || again[1] != sent[1] || again[2].IssuedAt.Before(sent[1].IssuedAt) {
		t.Errorf("sent again they are %+v, were %+v", again, sent)
	}
}

func TestThePaperIsReportedAfterItsTicket(t *testing.T) {
	s := openSpool(t, filepath.Join(t.TempDir(), "spool.db"))
	defer func() { _ = s.Close() }()
	o := give(t, s, ask(1))
	if begin(t, s, link.OfflinePrint(o.ID)) {
		t.Error("the paper's job was not in the journal")
	}
	if err := s.End(t.Context(), link.PrintDone{Job: link.OfflinePrint(o.ID), Ticket: o.ID, Outcome: link.PrintPrinted}); err != nil {
		t.Fatal(err)
	}
	begin(t, s, "job")
	if err := s.End(t.Context(), link.PrintDone{Job: "job", Ticket: "t", Outcome: link.PrintPrinted}); err != nil {
		t.Fatal(err)
	}
	if got := facts(t, s); len(got) != 1 || got[0].Job != "job" {
		t.Errorf("before the ticket the hall is told %+v", got)
	}
	released, known, err := s.Settle(t.Context(), o.ID, false, "")
	if err != nil || !known || len(released) != 1 || released[0].Type != link.TypePrintDone {
		t.Errorf("with the ticket it is told %+v, %v, %v", released, known, err)
	}
	if got := facts(t, s); len(got) != 2 {
		t.Errorf("after it %+v wait", got)
	}
	if _, known, err := s.Settle(t.Context(), o.ID, false, ""); err != nil || known {
		t.Errorf("a second receipt: %v, %v", known, err)
	}
	if got := offline(t, s, time.Now()); len(got) != 0 {
		t.Errorf("a received ticket is sent again: %+v", got)
	}
}

func TestAMachineThatDiesBeforeThePaperSaysSo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "spool.db")
	s := openSpool(t, path)
	o := give(t, s, ask(1))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openSpool(t, path)
	defer func() { _ = s.Close() }()
	if _, _, err := s.Settle(t.Context(), o.ID, false, ""); err != nil {
		t.Fatal(err)
	}
	if got := facts(t, s); len(got) != 1 || got[0].Ticket != o.ID || got[0].Outcome != link.PrintUnknown {
		t.Errorf("the hall is told %+v", got)
	}
	if begin(t, s, link.OfflinePrint(o.ID)) {
		t.Error("a paper that may have come out would be printed again")
	}
}

func TestAWithdrawnTicketIsNeverPrinted(t *testing.T) {
	s := openSpool(t, filepath.Join(t.TempDir(), "spool.db"))
	defer func() { _ = s.Close() }()
	a := ask(1)
	a.Replaces = "key-of-the-lost-command"
	o := give(t, s, a)
	if yes, err := s.Replacing(t.Context()); err != nil || !yes {
		t.Errorf("replacing: %v, %v", yes, err)
	}
	if _, _, err := s.Settle(t.Context(), o.ID, false, "ticket of job"); err != nil {
		t.Fatal(err)
	}
	if yes, err := s.Replacing(t.Context()); err != nil || yes {
		t.Errorf("after the receipt replacing: %v, %v", yes, err)
	}
	if begin(t, s, "job") {
		t.Error("the paper of a withdrawn ticket comes out")
	}
	if got := facts(t, s); len(got) != 1 || got[0].Outcome != link.PrintExpired {
		t.Errorf("the hall is told %+v", got)
	}
}

func TestANewTokenLosesTheHolderNotTheTicket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "spool.db")
	s := openSpool(t, path)
	give(t, s, ask(1))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := agent.OpenSpool(t.Context(), path, "another token")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	messages, unsealed, err := s.Tickets(t.Context(), time.Now())
	if err != nil || len(messages) != 1 || unsealed != 1 {
		t.Fatalf("got %d tickets, %d unsealed, %v", len(messages), unsealed, err)
	}
	var got link.OfflineTicket
	if err := messages[0].Into(&got); err != nil || got.Person != (link.Person{}) || strings.Contains(string(messages[0].Body), ask(1).Take.Person.Phone) {
		t.Errorf("the holder is %+v (%v) in %s", got.Person, err, messages[0].Body)
	}
}

func TestTicketsThatWaitAreNeverPruned(t *testing.T) {
	s := openSpool(t, filepath.Join(t.TempDir(), "spool.db"))
	defer func() { _ = s.Close() }()
	o := give(t, s, ask(1))
	if err := s.Prune(t.Context(), time.Now().AddDate(1, 0, 0)); err != nil {
		t.Fatal(err)
	}
	if got := offline(t, s, time.Now()); len(got) != 1 {
		t.Fatalf("a year later %+v wait", got)
	}
	if _, _, err := s.Settle(t.Context(), o.ID, false, ""); err != nil {
		t.Fatal(err)
	}
	if err := s.Prune(t.Context(), time.Now().AddDate(1, 0, 0)); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := s.Given(t.Context(), "key-1"); err != nil || ok {
		t.Errorf("a received ticket is kept for ever: %v, %v", ok, err)
	}
}

func TestWhatTheHallSaysOfAnOfflineTicket(t *testing.T) {
	for _, tt := range []struct {
		name    string
		t       link.Type
		body    any
		waiting bool
	}{
		{"received", link.TypeReceived, nil, false},
		{"malformed: sending it again won't help", link.TypeError, link.Problem{Status: 422, Code: "link.malformed"}, false},
		{"an older hall doesn't know them: a newer one will", link.TypeError, link.Problem{Status: 422, Code: "link.unsupported"}, true},
		{"a hall in trouble", link.TypeError, link.Problem{Status: 503, Code: "store.unavailable"}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			hall := agenttest.NewHall(t)
			hall.OnOffline(func(link.Message) (link.Type, any) { return tt.t, tt.body })
			r := start(t, hall, agent.Hooks{})
			r.online(t)
			o := give(t, r.Spool(), ask(1))
			r.Client.Flush(t.Context())
			agenttest.WaitFor(t, "the hall has it", func() bool { return len(hall.Up(link.TypeTicketOffline)) > 0 })
			if _, err := r.Client.Call(t.Context(), link.TypeWindowCallNext, nil); err != nil {
				t.Fatal(err) // the answer to the ticket came before this one's
			}
			waits := func() bool {
				yes, err := r.Spool().Waits(t.Context(), o.ID)
				if err != nil {
					t.Fatal(err)
				}
				return yes
			}
			if !tt.waiting {
				agenttest.WaitFor(t, "it is settled", func() bool { return !waits() })
			} else if time.Sleep(50 * time.Millisecond); !waits() {
				t.Error("the ticket is lost")
			}
		})
	}
}

func TestTheHallIsKeptForAStartWithoutIt(t *testing.T) {
	s := openSpool(t, filepath.Join(t.TempDir(), "spool.db"))
	defer func() { _ = s.Close() }()
	if _, _, ok, err := s.KeptHall(t.Context()); err != nil || ok {
		t.Fatalf("a new machine knows a hall: %v, %v", ok, err)
	}
	const offset = -7 * time.Minute
	want := link.Snapshot{Hall: link.HallView{Name: "市民中心"}, Services: []link.ServiceView{{ID: "tax", Why: "停用"}}, Offline: &series}
	for range 2 {
		if err := s.KeepHall(t.Context(), want, time.Now().Add(offset)); err != nil {
			t.Fatal(err)
		}
	}
	got, off, ok, err := s.KeptHall(t.Context())
	if err != nil || !ok || (off-offset).Abs() > time.Second {
		t.Fatalf("got %v, %v, %v", off, ok, err)
	}
	if got.Hall.Name != "市民中心" || len(got.Services) != 1 || got.Services[0].Available || got.Services[0].Why != "停用" || *got.Offline != series {
		t.Errorf("got %+v", got)
	}
}
