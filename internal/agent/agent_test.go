package agent_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"go.uber.org/goleak"

	"smarthall/internal/agent"
	"smarthall/internal/agent/agenttest"
	"smarthall/internal/device"
	"smarthall/internal/link"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// rig is an agent in its surroundings.
type rig struct {
	*agent.Agent
	hall  *agenttest.Hall
	fakes agenttest.Devices
	log   lockedBuffer
	stop  func()

	mu  sync.Mutex
	got []link.Message // that the door was handed
}

// lockedBuffer is a log that can be read while it is written.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

var pages = fstest.MapFS{
	"dist/index.html":           {Data: []byte("<p>home</p>")},
	"dist/board.html":           {Data: []byte("<p>board</p>")},
	"dist/assets/_app-1.js":     {Data: []byte("1")},
	"dist/.keep":                {Data: []byte("x")},
	"dist/assets/picture.unkno": {Data: []byte("x")},
}

// start runs an agent of the fake hall until the test ends.
func start(t *testing.T, hall *agenttest.Hall, hooks agent.Hooks, devices ...device.Config) *rig {
	t.Helper()
	r := &rig{hall: hall}
	if hooks.Hall == nil {
		hooks.Hall = r.take
	}
	a, err := agent.New(agent.Options{
		Config: &agent.Config{
			Agent: "kiosk-1", Hall: hall.URL, Token: agenttest.Token, Listen: "127.0.0.1:0",
			Data: t.TempDir(), Name: "一号机", Zone: "A", Idle: 45 * time.Second, Devices: devices,
		},
		Role: link.RoleKiosk, Program: "test", Open: r.fakes.Opener(), Dist: pages, Hooks: hooks,
		Log: slog.New(slog.NewTextHandler(&r.log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	r.Agent = a
	r.stop = agenttest.Start(t, a, a.Ready())
	return r
}

func (r *rig) take(m link.Message) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.got = append(r.got, m)
}

func (r *rig) seqs() (s []uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, m := range r.got {
		s = append(s, m.Seq)
	}
	return s
}

func (r *rig) online(t *testing.T) {
	t.Helper()
	agenttest.WaitFor(t, "the link is up", r.Client.Online)
}

func (r *rig) service(id string) (v link.ServiceView) {
	s, _ := r.Hall()
	if i := slices.IndexFunc(s.Services, func(v link.ServiceView) bool { return v.ID == id }); i >= 0 {
		return s.Services[i]
	}
	return v
}

func waiting(n int) link.ServicesChanged {
	return link.ServicesChanged{Services: []link.ServiceView{{ID: "s", Waiting: n}}}
}

func TestStreamResumesWhereItBroke(t *testing.T) {
	hall := agenttest.NewHall(t)
	hall.Push(link.TypeServicesChanged, waiting(1))
	r := start(t, hall, agent.Hooks{})
	r.online(t)
	hall.Push(link.TypeServicesChanged, waiting(2))
	hall.PushAgain()
	agenttest.WaitFor(t, "the delta", func() bool { return r.service("s").Waiting == 2 })
	hall.SetAway(true)
	agenttest.WaitFor(t, "the link is down", func() bool { return !r.Client.Online() })
	hall.Push(link.TypeServicesChanged, waiting(3))
	hall.SetAway(false)
	agenttest.WaitFor(t, "the missed delta", func() bool { return r.service("s").Waiting == 3 })
	// What the agent knows is there a moment before its door is told.
	agenttest.WaitFor(t, "the door is told", func() bool { return slices.Contains(r.seqs(), 3) })
	if got := r.seqs(); !slices.Equal(got, []uint64{1, 2, 3}) {
		t.Errorf("the door got %v, want the snapshot at 1 and then each delta once", got)
	}
	hellos := hall.Hellos()
	last := hellos[len(hellos)-1]
	if last.Epoch != "epoch-1" || last.Last != 2 || last.Agent != "kiosk-1" || last.Role != link.RoleKiosk {
		t.Errorf("the last hello was %+v", last)
	}
}

func TestRestartedHallSendsASnapshot(t *testing.T) {
	hall := agenttest.NewHall(t)
	r := start(t, hall, agent.Hooks{})
	r.online(t)
	for range 3 {
		hall.Push(link.TypeServicesChanged, waiting(1))
	}
	agenttest.WaitFor(t, "the deltas", func() bool { return len(r.seqs()) == 4 })
	hall.SetSnapshot(link.Snapshot{Services: []link.ServiceView{{ID: "s", Waiting: 7}}})
	hall.Restart()
	agenttest.WaitFor(t, "the new snapshot", func() bool { return r.service("s").Waiting == 7 })
	agenttest.WaitFor(t, "the agent is back", func() bool { return hall.Connected() == 1 })
	hall.Push(link.TypeServicesChanged, waiting(8))
	agenttest.WaitFor(t, "the delta with a lower number", func() bool { return r.service("s").Waiting == 8 })
}

func TestUnreadableMessagesAreSkipped(t *testing.T) {
	hall := agenttest.NewHall(t)
	r := start(t, hall, agent.Hooks{})
	r.online(t)
	hall.PushRaw([]byte("{"))
	hall.PushRaw([]byte(`{"type":"services.changed","seq":1,"body":[]}`))
	hall.PushRaw([]byte(`{"type":"moon.rose"}`))
	hall.Push(link.TypeServicesChanged, waiting(1))
	hall.Push(link.TypeServicesChanged, waiting(2))
	agenttest.WaitFor(t, "the good delta", func() bool { return r.service("s").Waiting == 2 })
	if n := len(hall.Hellos()); n != 1 {
		t.Errorf("the agent connected %d times", n)
	}
}

func TestCommandKeepsItsIDAcrossConnections(t *testing.T) {
	hall := agenttest.NewHall(t)
	r := start(t, hall, agent.Hooks{})
	r.online(t)
	var mu sync.Mutex
	drops := 0
	hall.SetChaos(func() bool {
		mu.Lock()
		defer mu.Unlock()
		if drops == 4 || rand.IntN(3) > 0 {
			return false
		}
		drops++
		return true
	})
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	var wg sync.WaitGroup
	const commands = 12
	for range 4 {
		wg.Go(func() {
			for range commands / 4 {
				if _, err := r.Client.Call(ctx, link.TypeWindowCallNext, nil); err != nil {
					t.Errorf("call: %v", err)
				}
			}
		})
	}
	wg.Wait()
	done := hall.Done()
	if len(done) != commands {
		t.Errorf("%d commands were done, want %d", len(done), commands)
	}
	for id, n := range done {
		if n != 1 {
			t.Errorf("command %s was done %d times", id, n)
		}
	}
}

func TestRefusalCarriesTheProblem(t *testing.T) {
	hall := agenttest.NewHall(t)
	hall.OnCommand(func(link.Message) (link.Type, any) {
		return link.TypeError, link.Problem{Status: 409, Code: "ticket.wrong-state", Detail: "该号码已办结"}
	})
	r := start(t, hall, agent.Hooks{})
	r.online(t)
	_, err := r.Client.Call(t.Context(), link.TypeTicketArrive, link.TicketRef{Ticket: "t"})
	var refused *agent.RefusedError
	if !errors.As(err, &refused) || refused.Problem.Code != "ticket.wrong-state" || refused.Problem.Detail != "该号码已办结" {
		t.Errorf("got %v", err)
	}
}

func TestCommandWithoutHallIsAway(t *testing.T) {
	hall := agenttest.NewHall(t)
	hall.SetAway(true)
	r := start(t, hall, agent.Hooks{})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := r.Client.Call(ctx, link.TypeWindowCallNext, nil); !errors.Is(err, agent.ErrAway) {
		t.Errorf("got %v, want ErrAway", err)
	}
	hall.SetAway(false)
	r.online(t)
	if _, err := r.Client.Call(t.Context(), link.TypeWindowCallNext, nil); err != nil {
		t.Fatal(err)
	}
	if n := len(hall.Done()); n != 1 {
		t.Errorf("%d commands were done: one that was given up came late", n)
	}
}

func TestSpooledCommandArrivesLate(t *testing.T) {
	hall := agenttest.NewHall(t)
	hall.SetAway(true)
	r := start(t, hall, agent.Hooks{})
	for range 2 {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		_, err := r.Client.Deliver(ctx, "rate/t1", link.TypeTicketRate, link.RateTicket{Ticket: "t1", Score: 5})
		cancel()
		if !errors.Is(err, agent.ErrAway) {
			t.Errorf("got %v, want ErrAway", err)
		}
	}
	hall.SetAway(false)
	agenttest.WaitFor(t, "the rating", func() bool { return len(hall.Up(link.TypeTicketRate)) > 0 })
	agenttest.WaitFor(t, "an empty spool", func() bool {
		facts, err := r.Spool().Facts(t.Context())
		return err == nil && len(facts) == 0
	})
	if n := len(hall.Done()); n != 1 {
		t.Errorf("%d ratings of one ticket arrived, want 1", n)
	}
}

// What must arrive is kept whoever gives it has no time left, as when the
// program ends; and what couldn't be kept isn't taken for something that waits.
func TestWhatMustArriveIsKeptOrSaidToBeLost(t *testing.T) {
	hall := agenttest.NewHall(t)
	hall.SetAway(true)
	r := start(t, hall, agent.Hooks{})
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	rate := func(ticket string) error {
		_, err := r.Client.Deliver(ended, "rate/"+ticket, link.TypeTicketRate, link.RateTicket{Ticket: ticket, Score: 5})
		return err
	}
	if err := rate("t1"); !errors.Is(err, agent.ErrAway) || errors.Is(err, agent.ErrUnkept) {
		t.Errorf("got %v, want ErrAway", err)
	}
	if facts, err := r.Spool().Facts(t.Context()); err != nil || len(facts) != 1 {
		t.Errorf("spooled: %v, %v", facts, err)
	}
	if err := r.Spool().Close(); err != nil {
		t.Fatal(err)
	}
	if err := rate("t2"); !errors.Is(err, agent.ErrUnkept) {
		t.Errorf("got %v, want ErrUnkept", err)
	}
}

func TestPrintReportSurvivesTheHallAndIsForgottenOnceReceived(t *testing.T) {
	hall := agenttest.NewHall(t)
	hall.SetAway(true)
	r := start(t, hall, agent.Hooks{})
	if fresh, err := r.Spool().Begin(t.Context(), "job", "ticket"); err != nil || !fresh {
		t.Fatal(fresh, err)
	}
	if err := r.PrintDone(t.Context(), link.PrintDone{Job: "job", Outcome: link.PrintPrinted}); err != nil {
		t.Fatal(err)
	}
	hall.SetAway(false)
	agenttest.WaitFor(t, "the report", func() bool { return len(hall.Up(link.TypePrintDone)) == 1 })
	agenttest.WaitFor(t, "an empty spool", func() bool {
		facts, err := r.Spool().Facts(t.Context())
		return err == nil && len(facts) == 0
	})
	hall.Drop()
	agenttest.WaitFor(t, "the agent is back", func() bool { return len(hall.Hellos()) == 2 && r.Client.Online() })
	if n := len(hall.Up(link.TypePrintDone)); n != 1 {
		t.Errorf("the report came %d times", n)
	}
}

func TestAcknowledgementsWaitForTheHall(t *testing.T) {
	hall := agenttest.NewHall(t)
	hall.SetAway(true)
	r := start(t, hall, agent.Hooks{})
	for i := range 1100 {
		r.Client.Shown(link.CallShown{Call: time.Duration(i).String(), Channel: link.CallLED, Device: "d"})
	}
	hall.SetAway(false)
	agenttest.WaitFor(t, "the newest hundred and more", func() bool { return len(hall.Up(link.TypeCallShown)) > 210 })
	var first link.CallShown
	if err := hall.Up(link.TypeCallShown)[0].Into(&first); err != nil {
		t.Fatal(err)
	}
	if first.Call != time.Duration(100).String() {
		t.Errorf("the oldest kept is %s, want 100ns", first.Call)
	}
}

func TestReceivedAcknowledgementsAreNotRepeated(t *testing.T) {
	hall := agenttest.NewHall(t)
	r := start(t, hall, agent.Hooks{})
	r.online(t)
	r.Client.Shown(link.CallShown{Call: "c1", Channel: link.CallLED, Device: "d"})
	agenttest.WaitFor(t, "the acknowledgement", func() bool { return len(hall.Up(link.TypeCallShown)) == 1 })
	if _, err := r.Client.Call(t.Context(), link.TypeWindowContinue, nil); err != nil {
		t.Fatal(err) // its answer comes after the receipt
	}
	hall.Drop()
	agenttest.WaitFor(t, "the agent is back", func() bool { return len(hall.Hellos()) == 2 && r.Client.Online() })
	if _, err := r.Client.Call(t.Context(), link.TypeWindowContinue, nil); err != nil {
		t.Fatal(err)
	}
	if n := len(hall.Up(link.TypeCallShown)); n != 1 {
		t.Errorf("the acknowledgement came %d times", n)
	}
}

func TestBusyHallGetsTheSpoolAgain(t *testing.T) {
	hall := agenttest.NewHall(t)
	hall.OnCommand(func(link.Message) (link.Type, any) {
		return link.TypeError, link.Problem{Status: 503, Code: "request.limit", Detail: "请稍候"}
	})
	r := start(t, hall, agent.Hooks{})
	r.online(t)
	_, err := r.Client.Deliver(t.Context(), "rate/t1", link.TypeTicketRate, link.RateTicket{Ticket: "t1", Score: 5})
	var refused *agent.RefusedError
	if !errors.As(err, &refused) || !refused.Temporary() {
		t.Errorf("got %v", err)
	}
	if facts, err := r.Spool().Facts(t.Context()); err != nil || len(facts) != 1 {
		t.Errorf("the rating was forgotten: %v, %v", facts, err)
	}
	hall.Drop()
	agenttest.WaitFor(t, "the rating again", func() bool { return len(hall.Up(link.TypeTicketRate)) == 2 })
}

func TestWrongTokenIsShownToPeople(t *testing.T) {
	hall := agenttest.NewHall(t)
	var fakes agenttest.Devices
	a, err := agent.New(agent.Options{
		Config: &agent.Config{Agent: "x", Hall: hall.URL, Token: "wrong", Listen: "127.0.0.1:0", Data: t.TempDir()},
		Role:   link.RoleKiosk, Open: fakes.Opener(), Dist: pages, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	agenttest.Start(t, a, a.Ready())
	agenttest.WaitFor(t, "the refusal", func() bool {
		return a.Client.State().Detail == "大厅服务器未接受本机登录，请联系管理员检查令牌"
	})
}

func TestClockFollowsTheHall(t *testing.T) {
	hall := agenttest.NewHall(t)
	hall.SetAway(true)
	hall.SetOffset(-72 * time.Hour)
	r := start(t, hall, agent.Hooks{}, device.Config{ID: "printer", Profile: "printer"})
	page, _ := agenttest.Open(t, r.Addr())
	hall.SetAway(false)
	r.online(t)
	if off := time.Until(r.Client.Now()) + 72*time.Hour; off.Abs() > time.Second {
		t.Errorf("the clock is off by %v", off)
	}
	page.Closed() // it must forget what it thought the time was
	agenttest.WaitFor(t, "the device's state by the hall's clock", func() bool {
		up := hall.Up(link.TypeDeviceChanged)
		if len(up) == 0 {
			return false
		}
		var v link.DeviceView
		if err := up[len(up)-1].Into(&v); err != nil {
			t.Fatal(err)
		}
		return time.Since(v.Since) > 71*time.Hour
	})
}

func TestHelloCarriesTheDevices(t *testing.T) {
	hall := agenttest.NewHall(t)
	r := start(t, hall, agent.Hooks{}, device.Config{ID: "printer", Profile: "printer", Port: "p"})
	r.online(t)
	agenttest.WaitFor(t, "the printer works", func() bool { return r.Devices.All()[0].State() == device.Online })
	hall.SetAway(true)
	r.fakes.Get("printer").State(device.PaperEnd)
	hall.SetAway(false)
	agenttest.WaitFor(t, "another hello", func() bool { return len(hall.Hellos()) > 1 })
	hellos := hall.Hellos()
	got := hellos[len(hellos)-1].Devices
	if len(got) != 1 || got[0].ID != "printer" || got[0].State != "paper_end" || got[0].Advice == "" || got[0].Port != "p" {
		t.Errorf("got %+v", got)
	}
	r.fakes.Get("printer").State(device.Online)
	agenttest.WaitFor(t, "the change", func() bool {
		up := hall.Up(link.TypeDeviceChanged)
		var v link.DeviceView
		return len(up) > 0 && up[len(up)-1].Into(&v) == nil && v.State == "online"
	})
}

func TestRunReportsAPortInUse(t *testing.T) {
	hall := agenttest.NewHall(t)
	r := start(t, hall, agent.Hooks{})
	var fakes agenttest.Devices
	a, err := agent.New(agent.Options{
		Config: &agent.Config{Agent: "x", Hall: hall.URL, Listen: r.Addr().String(), Data: t.TempDir()},
		Open:   fakes.Opener(), Dist: pages, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Run(t.Context()); err == nil {
		t.Error("two agents share a port")
	}
}

func TestAnAgentStartedTwiceLeavesTheFirstOnesPrintJobsAlone(t *testing.T) {
	hall := agenttest.NewHall(t)
	r := start(t, hall, agent.Hooks{})
	data := t.TempDir()
	spool, err := agent.OpenSpool(t.Context(), filepath.Join(data, "spool.db"), agenttest.Token)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = spool.Close() }()
	if fresh, err := spool.Begin(t.Context(), "job", "ticket"); err != nil || !fresh {
		t.Fatalf("begin: %v, %v", fresh, err)
	}
	var fakes agenttest.Devices
	twin, err := agent.New(agent.Options{
		Config: &agent.Config{Agent: "kiosk-1", Hall: hall.URL, Listen: r.Addr().String(), Data: data},
		Open:   fakes.Opener(), Dist: pages, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := twin.Run(t.Context()); err == nil {
		t.Error("two agents share a port")
	}
	if facts, err := spool.Facts(t.Context()); err != nil || len(facts) != 0 {
		t.Errorf("the second agent reported %+v, %v", facts, err)
	}
}

func TestRunReportsABrokenSpool(t *testing.T) {
	hall := agenttest.NewHall(t)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "spool.db"), []byte("this is no database, only a text that is long enough"), 0o600); err != nil {
		t.Fatal(err)
	}
	var fakes agenttest.Devices
	a, err := agent.New(agent.Options{
		Config: &agent.Config{Agent: "x", Hall: hall.URL, Listen: "127.0.0.1:0", Data: dir},
		Open:   fakes.Opener(), Dist: pages, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Run(t.Context()); err == nil {
		t.Error("ran on a broken spool")
	}
}
