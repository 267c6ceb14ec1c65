package kiosk_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"go.uber.org/goleak"

	"smarthall/internal/agent"
	"smarthall/internal/agent/agenttest"
	"smarthall/internal/device"
	"smarthall/internal/link"
	"smarthall/kiosk-agent/kiosk"
)

func TestMain(m *testing.M) {
	if file := os.Getenv(childEnv); file != "" {
		os.Exit(runChild(file))
	}
	goleak.VerifyTestMain(m)
}

// The person of these tests; nothing of her may be seen outside.
const (
	name   = "欧阳小芳"
	number = "11010119500307126X"
)

var card = device.CardPresent{Identity: device.Identity{
	Kind: device.Citizen, Name: name, Number: number,
	Birth: time.Date(1950, 3, 7, 0, 0, 0, 0, time.UTC),
}}

// rig is a kiosk in its surroundings.
type rig struct {
	kiosk  *kiosk.Kiosk
	config *agent.Config
	hall   *agenttest.Hall
	fakes  agenttest.Devices
	log    lockedBuffer
	stop   func()
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func start(t *testing.T) *rig {
	t.Helper()
	r := &rig{hall: agenttest.NewHall(t)}
	r.config = &agent.Config{
		Agent: "kiosk-1", Hall: r.hall.URL, Token: agenttest.Token, Listen: "127.0.0.1:0",
		Data: t.TempDir(), Idle: 150 * time.Millisecond,
		Devices: []device.Config{
			{ID: "printer", Profile: "printer"}, {ID: "reader", Profile: "id-reader"}, {ID: "scanner", Profile: "scanner"},
		},
	}
	r.run(t)
	return r
}

// run starts the kiosk's program, again if need be.
func (r *rig) run(t *testing.T) {
	t.Helper()
	r.boot(t)
	agenttest.WaitFor(t, "the link is up", func() bool { return r.kiosk.Agent().Client.Online() && r.hall.Connected() == 1 })
}

// boot is run with a hall that may be away.
func (r *rig) boot(t *testing.T) {
	t.Helper()
	k, err := kiosk.New(kiosk.Options{
		Config: r.config, Open: r.fakes.Opener(), Pages: fstest.MapFS{},
		Log: slog.New(slog.NewTextHandler(&r.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	if err != nil {
		t.Fatal(err)
	}
	r.kiosk = k
	r.stop = agenttest.Start(t, k, k.Agent().Ready())
	agenttest.WaitFor(t, "the devices are up", func() bool {
		for _, d := range k.Agent().Devices.All() {
			if d.State() != device.Online {
				return false
			}
		}
		return true
	})
}

func (r *rig) lay(t *testing.T) {
	t.Helper()
	if !r.fakes.Get("reader").Event(card) {
		t.Fatal("the reader isn't running")
	}
}

// take sends ticket.take and returns the problem, if any.
func take(t *testing.T, page *agenttest.Page, id string, body link.TakeForSession) (a link.Answer, p link.Problem) {
	t.Helper()
	page.Send(link.TypeTicketTake, id, body)
	m := page.Answer(id, nil)
	var err error
	if m.Type == link.TypeError {
		err = m.Into(&p)
	} else {
		err = m.Into(&a)
	}
	if err != nil {
		t.Fatal(err)
	}
	return a, p
}

func TestCardBecomesATicket(t *testing.T) {
	r := start(t)
	r.hall.OnCommand(func(link.Message) (link.Type, any) {
		return link.TypeAnswer, link.Answer{Ticket: &link.TicketView{ID: "t1", Number: "A012"}}
	})
	page, _ := agenttest.Open(t, r.kiosk.Agent().Addr())
	r.lay(t)
	var read link.CardRead
	m := page.Next(link.TypeCardRead, &read)
	if read.Name != "欧阳*" || read.Number != "1****************X" || read.KindName != "居民身份证" || !read.Elderly {
		t.Errorf("the page sees %+v", read)
	}
	if leaks(string(m.Body)) {
		t.Errorf("the page sees too much: %s", m.Body)
	}
	answer, problem := take(t, page, "1", link.TakeForSession{Service: "s1", Session: read.Session})
	if answer.Ticket == nil || answer.Ticket.Number != "A012" {
		t.Fatalf("got %+v, %+v", answer, problem)
	}
	var got link.TakeTicket
	if err := r.hall.Up(link.TypeTicketTake)[0].Into(&got); err != nil {
		t.Fatal(err)
	}
	want := link.TakeTicket{Service: "s1", Channel: link.ChannelCard, Person: link.Person{Name: name, IDNumber: number}, Print: true}
	if got != want {
		t.Errorf("the hall got %+v", got)
	}
	if _, problem := take(t, page, "2", link.TakeForSession{Service: "s2", Session: read.Session}); problem.Code != "session.gone" {
		t.Errorf("after the ticket the person is still there: %+v", problem)
	}
	if _, s := agenttest.Open(t, r.kiosk.Agent().Addr()); s.Card != nil {
		t.Errorf("after the ticket a new page sees %+v", s.Card)
	}
	r.stop()
	if leaks(r.log.String()) {
		t.Error("the person is in the log")
	}
	if data := spoolBytes(t, r.config.Data); leaks(data) {
		t.Error("the person is in the spool")
	}
}

func leaks(s string) bool {
	return strings.Contains(s, name) || strings.Contains(s, "小芳") || strings.Contains(s, number) || strings.Contains(s, number[6:14])
}

// spoolBytes is all that the agent's folder holds.
func spoolBytes(t *testing.T, dir string) string {
	t.Helper()
	var all []byte
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		all = append(all, data...)
		return err
	})
	if err != nil || len(all) == 0 {
		t.Fatal("no spool", err)
	}
	return string(all)
}

func TestPageThatReloadsSeesTheCard(t *testing.T) {
	r := start(t)
	r.lay(t)
	_, s := agenttest.Open(t, r.kiosk.Agent().Addr())
	if s.Card == nil || s.Card.Name != "欧阳*" {
		t.Errorf("got %+v", s.Card)
	}
	r.fakes.Get("reader").Event(device.CardRemoved{})
	if _, s := agenttest.Open(t, r.kiosk.Agent().Addr()); s.Card != nil {
		t.Errorf("without the card got %+v", s.Card)
	}
}

func TestSessionEnds(t *testing.T) {
	for _, tt := range []struct {
		name string
		end  func(*rig, *agenttest.Page)
	}{
		{"when the page clears it", func(_ *rig, p *agenttest.Page) {
			p.Send(link.TypeSessionClear, "c", nil)
			p.Answer("c", nil)
		}},
		{"when the page that goes home names it", func(r *rig, p *agenttest.Page) {
			_, s := agenttest.Open(t, r.kiosk.Agent().Addr())
			p.Send(link.TypeSessionClear, "c", link.ClearSession{Session: s.Card.Session})
			p.Answer("c", nil)
		}},
		{"when another card is laid", func(r *rig, p *agenttest.Page) {
			r.fakes.Get("reader").Event(card)
			p.Next(link.TypeCardRead, nil)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := start(t)
			page, _ := agenttest.Open(t, r.kiosk.Agent().Addr())
			r.lay(t)
			var read link.CardRead
			page.Next(link.TypeCardRead, &read)
			tt.end(r, page)
			if _, p := take(t, page, "1", link.TakeForSession{Service: "s", Session: read.Session}); p.Code != "session.gone" {
				t.Errorf("got %+v", p)
			}
			if n := len(r.hall.Up(link.TypeTicketTake)); n != 0 {
				t.Errorf("the hall got %d commands", n)
			}
		})
	}
}

// The page goes home while the next person's card is on its way to it.
func TestACardThatThePageHasntSeenStays(t *testing.T) {
	r := start(t)
	page, _ := agenttest.Open(t, r.kiosk.Agent().Addr())
	r.lay(t)
	var read link.CardRead
	page.Next(link.TypeCardRead, &read)
	for i, seen := range []string{"", "of-the-person-before"} {
		id := strconv.Itoa(i)
		page.Send(link.TypeSessionClear, id, link.ClearSession{Session: seen})
		page.Answer(id, nil)
	}
	if _, p := take(t, page, "1", link.TakeForSession{Service: "s", Session: read.Session}); p.Code != "" {
		t.Errorf("got %+v", p)
	}
}

func TestSessionOutlivesTheCardForAMoment(t *testing.T) {
	r := start(t)
	page, _ := agenttest.Open(t, r.kiosk.Agent().Addr())
	r.lay(t)
	var read link.CardRead
	page.Next(link.TypeCardRead, &read)
	r.fakes.Get("reader").Event(device.CardRemoved{})
	page.Next(link.TypeCardRemoved, nil)
	r.hall.OnCommand(func(link.Message) (link.Type, any) {
		return link.TypeError, link.Problem{Status: 409, Code: "service.closed", Detail: "暂无窗口"}
	})
	ask := link.TakeForSession{Service: "s", Session: read.Session}
	if _, p := take(t, page, "1", ask); p.Code != "service.closed" {
		t.Errorf("right after the card was taken away: %+v", p)
	}
	agenttest.WaitFor(t, "the session ends", func() bool {
		_, p := take(t, page, "2", ask)
		return p.Code == "session.gone"
	})
}

func TestTakeIsChecked(t *testing.T) {
	r := start(t)
	page, _ := agenttest.Open(t, r.kiosk.Agent().Addr())
	for _, tt := range []struct {
		name string
		body link.TakeForSession
		code string
	}{
		{"no service", link.TakeForSession{Phone: "13812345678"}, "service.missing"},
		{"nobody", link.TakeForSession{Service: "s"}, "phone.invalid"},
		{"short phone", link.TakeForSession{Service: "s", Phone: "1381234567"}, "phone.invalid"},
		{"land line", link.TakeForSession{Service: "s", Phone: "02112345678"}, "phone.invalid"},
		{"letters", link.TakeForSession{Service: "s", Phone: "1381234567x"}, "phone.invalid"},
		{"line feed", link.TakeForSession{Service: "s", Phone: "13812345678\n"}, "phone.invalid"},
		{"both", link.TakeForSession{Service: "s", Phone: "13812345678", Session: "x"}, "person.ambiguous"},
		{"unknown session", link.TakeForSession{Service: "s", Session: "x"}, "session.gone"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, p := take(t, page, "1", tt.body); p.Code != tt.code || p.Detail == "" {
				t.Errorf("got %+v, want %s", p, tt.code)
			}
		})
	}
	if n := len(r.hall.Up(link.TypeTicketTake)); n != 0 {
		t.Errorf("the hall got %d commands", n)
	}
	take(t, page, "2", link.TakeForSession{Service: "s", Phone: "13812345678"})
	var got link.TakeTicket
	if err := r.hall.Up(link.TypeTicketTake)[0].Into(&got); err != nil {
		t.Fatal(err)
	}
	if got.Channel != link.ChannelPhone || got.Person.Phone != "13812345678" {
		t.Errorf("the hall got %+v", got)
	}
}

func TestClerksCommandsAreNotForKiosks(t *testing.T) {
	r := start(t)
	page, _ := agenttest.Open(t, r.kiosk.Agent().Addr())
	page.Send(link.TypeWindowCallNext, "1", nil)
	var p link.Problem
	page.Answer("1", &p)
	if p.Code != "message.unsupported" {
		t.Errorf("got %+v", p)
	}
}

func TestScannedCodesReachThePage(t *testing.T) {
	r := start(t)
	page, _ := agenttest.Open(t, r.kiosk.Agent().Addr())
	scanner := r.fakes.Get("scanner")
	scanner.Event(device.CodeScanned{Text: "  "})
	scanner.Event(device.CodeScanned{Text: strings.Repeat("x", 5000)})
	scanner.Event(device.CodeScanned{Text: "YY-1\r"})
	var code link.Scanned
	page.Next(link.TypeScanned, &code)
	if code.Text != "YY-1" {
		t.Errorf("got %q", code.Text)
	}
	r.fakes.Get("reader").Event(device.CardFailed{Cause: device.ErrTimeout})
	var failed link.DeviceProblem
	page.Next(link.TypeCardFailed, &failed)
	if failed.Device != "reader" || failed.Detail == "" {
		t.Errorf("got %+v", failed)
	}
}

func job(id string) link.PrintJob {
	return link.PrintJob{
		Job: id, Ticket: "t-" + id, Expires: time.Now().Add(time.Minute),
		Lines: []link.PrintLine{
			{Text: "A012", Size: 3, Bold: true, Align: "center"}, {Rule: true}, {Text: "r", Align: "right"}, {QR: "http://x"}, {Feed: 2},
		},
	}
}

// reports returns what the hall was told of the job.
func (r *rig) reports(t *testing.T, id string) (done []link.PrintDone) {
	t.Helper()
	for _, m := range r.hall.Up(link.TypePrintDone) {
		var d link.PrintDone
		if err := m.Into(&d); err != nil {
			t.Fatal(err)
		}
		if d.Job == id {
			done = append(done, d)
		}
	}
	return done
}

func (r *rig) report(t *testing.T, id string) link.PrintDone {
	t.Helper()
	agenttest.WaitFor(t, "the report of "+id, func() bool { return len(r.reports(t, id)) > 0 })
	return r.reports(t, id)[0]
}

func TestPrintJobIsPrintedOnce(t *testing.T) {
	r := start(t)
	page, _ := agenttest.Open(t, r.kiosk.Agent().Addr())
	r.hall.Push(link.TypeTicketPrint, job("j1"))
	var told link.TicketPrinted
	page.Next(link.TypePrintDone, &told)
	if told.Job != "j1" || told.Ticket != "t-j1" || told.Outcome != link.PrintPrinted {
		t.Errorf("the page is told %+v", told)
	}
	if got := r.report(t, "j1"); got != told {
		t.Errorf("the hall is told %+v", got)
	}
	r.hall.Push(link.TypeTicketPrint, job("j1"))
	r.hall.Push(link.TypeTicketPrint, job("j2"))
	r.report(t, "j2")
	docs := r.fakes.Get("printer").Printed()
	if len(docs) != 2 || docs[0].Job != "j1" || docs[1].Job != "j2" {
		t.Fatalf("printed %+v", docs)
	}
	want := []device.Line{
		{Text: "A012", Size: 3, Bold: true, Align: device.Center}, {Rule: true}, {Text: "r", Align: device.Right}, {QR: "http://x"}, {Feed: 2},
	}
	for i, line := range docs[0].Lines {
		if line != want[i] {
			t.Errorf("line %d is %+v, want %+v", i, line, want[i])
		}
	}
}

func TestPrintJobIsPrintedOnceAcrossRestarts(t *testing.T) {
	r := start(t)
	r.hall.SetSnapshot(link.Snapshot{Prints: []link.PrintJob{job("printed"), job("torn"), job("new")}})
	printer := r.fakes.Get("printer")
	r.hall.Push(link.TypeTicketPrint, job("printed"))
	r.report(t, "printed")

	// The program dies while the second job is on its way to the paper.
	begun := make(chan struct{})
	printer.OnPrint(func(ctx context.Context, _ device.Document) error {
		close(begun)
		<-ctx.Done()
		return halfWay(ctx.Err())
	})
	r.hall.Push(link.TypeTicketPrint, job("torn"))
	<-begun
	r.stop()
	printer.OnPrint(nil)

	r.run(t)
	r.report(t, "new")
	if got := r.report(t, "torn"); got.Outcome != link.PrintUnknown {
		t.Errorf("the torn job is reported %s", got.Outcome)
	}
	counts := map[string]int{}
	for _, d := range printer.Printed() {
		counts[d.Job]++
	}
	for _, id := range []string{"printed", "torn", "new"} {
		if counts[id] != 1 {
			t.Errorf("job %s began %d times, want once", id, counts[id])
		}
	}
}

func halfWay(cause error) error { return fmt.Errorf("%w: %w", device.ErrPartly, cause) }

func TestPrintOutcomes(t *testing.T) {
	for _, tt := range []struct {
		name    string
		state   device.State
		err     error
		late    bool
		outcome link.PrintOutcome
		device  string
		printed int
	}{
		{"paper near its end", device.PaperNearEnd, nil, false, link.PrintPrinted, "paper_near_end", 1},
		{"no paper before", device.PaperEnd, nil, false, link.PrintFailed, "paper_end", 0},
		{"offline before", device.Offline, nil, false, link.PrintFailed, "offline", 0},
		{"no paper before the first byte", device.Online, device.ErrNoPaper, false, link.PrintFailed, "paper_end", 1},
		{"line cut before the first byte", device.Online, device.ErrOffline, false, link.PrintFailed, "offline", 1},
		{"no paper half-way", device.Online, halfWay(device.ErrNoPaper), false, link.PrintPartial, "paper_end", 1},
		{"cover half-way", device.Online, halfWay(device.ErrCoverOpen), false, link.PrintPartial, "cover_open", 1},
		{"jam half-way", device.Online, halfWay(device.ErrJam), false, link.PrintPartial, "jam", 1},
		{"fault", device.Online, device.ErrFault, false, link.PrintFailed, "fault", 1},
		{"line cut half-way", device.Online, halfWay(device.ErrOffline), false, link.PrintUnknown, "offline", 1},
		{"no answer half-way", device.Online, halfWay(device.ErrTimeout), false, link.PrintUnknown, "offline", 1},
		{"ordered too late", device.Online, nil, true, link.PrintExpired, "", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := start(t)
			printer := r.fakes.Get("printer")
			printer.State(tt.state)
			printer.OnPrint(func(context.Context, device.Document) error { return tt.err })
			j := job("j")
			if tt.late {
				j.Expires = time.Now().Add(-time.Second)
			}
			r.hall.Push(link.TypeTicketPrint, j)
			got := r.report(t, "j")
			if got.Outcome != tt.outcome || got.Device != tt.device {
				t.Errorf("got %+v, want %s, %s", got, tt.outcome, tt.device)
			}
			if n := len(printer.Printed()); n != tt.printed {
				t.Errorf("printing began %d times, want %d", n, tt.printed)
			}
		})
	}
}

func TestUnreadablePrintJobsAreLeft(t *testing.T) {
	r := start(t)
	r.hall.Push(link.TypeTicketPrint, []int{1})
	r.hall.Push(link.TypeTicketPrint, link.PrintJob{Ticket: "t"})
	r.hall.Push(link.TypeTicketPrint, job("good"))
	r.report(t, "good")
	if docs := r.fakes.Get("printer").Printed(); len(docs) != 1 {
		t.Errorf("printed %d documents", len(docs))
	}
}

func TestWithoutASeriesTheKioskSaysThatTheHallIsAway(t *testing.T) {
	r := start(t)
	page, _ := agenttest.Open(t, r.kiosk.Agent().Addr())
	r.hall.SetAway(true)
	agenttest.WaitFor(t, "the link is down", func() bool { return !r.kiosk.Agent().Client.Online() })
	began := time.Now()
	_, p := take(t, page, "1", link.TakeForSession{Service: "s", Phone: "13812345678"})
	if p.Code != "offline.none" || p.Status != 503 {
		t.Errorf("got %+v", p)
	}
	if d := time.Since(began); d > 20*time.Second {
		t.Errorf("the citizen waited %v", d)
	}
	if data, err := json.Marshal(p); err != nil || !strings.Contains(string(data), "咨询台") {
		t.Errorf("got %s", data)
	}
}
