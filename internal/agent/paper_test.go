package agent_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"smarthall/internal/agent"
	"smarthall/internal/agent/agenttest"
	"smarthall/internal/device"
	"smarthall/internal/link"
)

// gauged is a fake printer whose tickets are 100 mm long.
type gauged struct {
	device.Printer
	sensor bool
	half   func()
}

func (gauged) PaperLength(device.Document) (int, error) { return 100, nil }
func (g gauged) SeesNearEnd() bool                      { return g.sensor }
func (g gauged) LeftHalf()                              { g.half() }

// papers is an agent with one printer.
type papers struct {
	*rig
	dir    string
	roll   string
	sensor bool

	mu     sync.Mutex
	halves int // how often the printer was told that it may hold half a ticket
}

func (p *papers) run(t *testing.T) {
	t.Helper()
	open := p.fakes.Opener()
	a, err := agent.New(agent.Options{
		Config: &agent.Config{
			Agent: "kiosk-1", Hall: p.hall.URL, Token: agenttest.Token, Listen: "127.0.0.1:0", Data: p.dir,
			Devices: []device.Config{{ID: "printer", Profile: "printer", Roll: p.roll}},
		},
		Role: link.RoleKiosk, Dist: pages, Log: slog.New(slog.DiscardHandler),
		Open: func(c device.Config) (device.Device, device.Info, error) {
			dev, info, err := open(c)
			if err != nil {
				return nil, info, err
			}
			return gauged{dev.(device.Printer), p.sensor, func() {
				p.mu.Lock()
				defer p.mu.Unlock()
				p.halves++
			}}, info, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	p.Agent = a
	p.stop = agenttest.Start(t, a, a.Ready())
	p.wait(t, device.Online)
	agenttest.WaitFor(t, "the hall", func() bool { return a.Client.Online() })
}

func (p *papers) told() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.halves
}

func (p *papers) view() link.DeviceView { return p.Devices.Views()[0] }

func (p *papers) wait(t *testing.T, s device.State) {
	t.Helper()
	agenttest.WaitFor(t, string(s), func() bool { return p.view().State == string(s) })
}

func (p *papers) print(t *testing.T, n int) {
	t.Helper()
	for range n {
		if err := p.Devices.Best(device.ClassPrinter).Print(t.Context(), device.Document{}); err != nil {
			t.Fatal(err)
		}
	}
}

// left is the estimate, or -1 if there is none.
func (p *papers) left() int {
	if n := p.view().PaperLeft; n != nil {
		return *n
	}
	return -1
}

func startPapers(t *testing.T, roll string, sensor bool) *papers {
	t.Helper()
	p := &papers{rig: &rig{hall: agenttest.NewHall(t)}, dir: t.TempDir(), roll: roll, sensor: sensor}
	p.run(t)
	return p
}

func TestTicketsLeftAreEstimatedAndTheEstimateSurvivesARestart(t *testing.T) {
	p := startPapers(t, "10m", false)
	if got := p.left(); got != -1 {
		t.Errorf("before the first ticket: %d", got)
	}
	p.print(t, 10)
	if got := p.left(); got != 90 || p.view().State != "online" {
		t.Errorf("after 10 tickets: %d left, %s", got, p.view().State)
	}
	p.stop()
	p.run(t)
	if got := p.left(); got != 90 {
		t.Errorf("after a restart: %d left", got)
	}
	p.print(t, 41)
	v := p.view()
	if *v.PaperLeft != 49 || v.State != "paper_near_end" || v.Detail != "按估计，约剩 49 张" || v.Advice == "" {
		t.Errorf("got %d left, %s, %q", *v.PaperLeft, v.State, v.Detail)
	}
	agenttest.WaitFor(t, "the hall knows", func() bool {
		all := p.hall.Up(link.TypeDeviceChanged)
		if len(all) == 0 {
			return false
		}
		var last link.DeviceView
		if err := all[len(all)-1].Into(&last); err != nil {
			t.Fatal(err)
		}
		return last.PaperLeft != nil && *last.PaperLeft == 49 && last.State == "paper_near_end"
	})
	p.print(t, 60)
	if got := p.left(); got != 0 {
		t.Errorf("more than a roll: %d left", got)
	}
}

func TestANewRollBeginsTheCountAnew(t *testing.T) {
	p := startPapers(t, "10m", false)
	p.print(t, 80)
	p.wait(t, device.PaperNearEnd)
	p.fakes.Get("printer").State(device.PaperEnd)
	p.wait(t, device.PaperEnd)
	if got := p.left(); got != 0 {
		t.Errorf("without paper: %d left", got)
	}
	p.stop() // whoever changes a roll may switch the machine off
	p.run(t)
	if got := p.left(); got != 100 || p.view().State != "online" {
		t.Errorf("a new roll: %d left, %s", got, p.view().State)
	}
}

func TestASensorGoesBeforeTheEstimate(t *testing.T) {
	p := startPapers(t, "10m", true)
	p.print(t, 60)
	if got := p.left(); got != 40 || p.view().State != "online" {
		t.Errorf("%d left, %s", got, p.view().State)
	}
	p.fakes.Get("printer").State(device.PaperNearEnd)
	p.wait(t, device.PaperNearEnd)
	if d := p.view().Detail; strings.Contains(d, "估计") {
		t.Errorf("the sensor's word is %q", d)
	}
	p.fakes.Get("printer").State(device.Online) // changed before it was used up
	p.wait(t, device.Online)
	agenttest.WaitFor(t, "a new roll", func() bool { return p.left() == 100 })
}

func TestWithoutARollsLengthNothingIsEstimated(t *testing.T) {
	p := startPapers(t, "", false)
	p.print(t, 200)
	if got := p.left(); got != -1 || p.view().State != "online" {
		t.Errorf("%d left, %s", got, p.view().State)
	}
}

func TestHalfATicketUsesPaperButIsNoMeasure(t *testing.T) {
	p := startPapers(t, "10m", false)
	p.print(t, 10)
	p.fakes.Get("printer").OnPrint(func(context.Context, device.Document) error {
		return fmt.Errorf("%w: %w", device.ErrPartly, device.ErrJam)
	})
	_ = p.Devices.Best(device.ClassPrinter).Print(t.Context(), device.Document{})
	p.fakes.Get("printer").OnPrint(func(context.Context, device.Document) error { return device.ErrNoPaper })
	_ = p.Devices.Best(device.ClassPrinter).Print(t.Context(), device.Document{})
	if got := p.left(); got != 89 {
		t.Errorf("%d left, want 89: the half one counts, the one that never began doesn't", got)
	}
}

// A driver is replaced when its line breaks, and knows nothing of what its
// predecessor left in the printer.
func TestAPrinterThatMayHoldHalfATicketIsTold(t *testing.T) {
	p := startPapers(t, "", false)
	printer := p.fakes.Get("printer")
	again := func(want int) {
		t.Helper()
		opened := printer.Opened()
		printer.Unplug()
		p.wait(t, device.Offline)
		printer.Plug()
		agenttest.WaitFor(t, "the printer is open again", func() bool { return printer.Opened() > opened && p.view().State == "online" })
		if got := p.told(); got != want {
			t.Errorf("told %d times, want %d", got, want)
		}
	}
	p.print(t, 1)
	again(0)
	printer.OnPrint(func(context.Context, device.Document) error {
		return fmt.Errorf("%w: %w", device.ErrPartly, device.ErrOffline)
	})
	_ = p.Devices.Best(device.ClassPrinter).Print(t.Context(), device.Document{})
	again(1)
	printer.OnPrint(nil)
	p.print(t, 1)
	again(1)
	// The program dies in the middle of a job.
	if _, err := p.Spool().Begin(t.Context(), "j", "t"); err != nil {
		t.Fatal(err)
	}
	p.stop()
	p.run(t)
	if got := p.told(); got != 2 {
		t.Errorf("after a crash: told %d times", got)
	}
}

func TestRollsHaveALengthInMetres(t *testing.T) {
	for _, tt := range []struct {
		roll string
		ok   bool
	}{{"80m", true}, {"62.5m", true}, {"80", false}, {"80 m", false}, {"-5m", false}, {"0m", false}, {"80mm", false}, {"1e9m", false}, {"NaNm", false}} {
		_, err := agent.ParseConfig([]byte(`agent: a
hall: ws://h/link
token: t
listen: ":0"
data: d
devices:
  - {id: printer, profile: p, port: x, roll: `+tt.roll+`}
`), link.RoleKiosk)
		if (err == nil) != tt.ok {
			t.Errorf("%s: %v", tt.roll, err)
		}
		if err != nil && !strings.Contains(err.Error(), "line 7") {
			t.Errorf("%s: %v names no line", tt.roll, err)
		}
	}
}

// Where no sensor sees a new roll, somebody says so at the board.
func TestWhoeverPutsARollInBeginsTheCountAnew(t *testing.T) {
	p := startPapers(t, "10m", false)
	p.print(t, 60)
	before := p.view().RollSince
	if got := p.left(); got != 40 || before == nil {
		t.Fatalf("%d left, counted since %v", got, before)
	}
	soon := time.Now().Add(time.Minute)
	tests := []struct {
		name  string
		order link.RollReset
		want  link.RollRefusal
		left  int
	}{
		{"too late", link.RollReset{Order: "o1", Device: "printer", Expires: time.Now().Add(-time.Minute)}, link.RollLate, 40},
		{"without an end", link.RollReset{Order: "o2", Device: "printer"}, link.RollLate, 40},
		{"another device", link.RollReset{Order: "o3", Device: "reader", Expires: soon}, link.RollNoPrinter, 40},
		{"a script for a name", link.RollReset{Order: "o4", Device: "<script>alert(1)</script>", Expires: soon}, link.RollNoPrinter, 40},
		{"a new roll", link.RollReset{Order: "o5", Device: "printer", Expires: soon}, "", 100},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p.hall.Push(link.TypeRollReset, tt.order)
			got := p.counted(t, tt.order.Order)
			if got.Refused != tt.want || got.Device != tt.order.Device || p.left() != tt.left {
				t.Errorf("got %+v with %d left", got, p.left())
			}
			if ok := tt.want == ""; ok != (got.PaperLeft != nil && *got.PaperLeft == tt.left) {
				t.Errorf("told of %v left", got.PaperLeft)
			}
			if began := p.view().RollSince; began.After(*before) != (tt.want == "") {
				t.Errorf("counted since %v, before since %v", began, before)
			}
		})
	}
	p.print(t, 5)
	since := *p.view().RollSince
	p.stop()
	p.run(t)
	if got := p.left(); got != 95 || p.view().RollSince.Sub(since).Abs() > time.Second {
		t.Errorf("after a restart: %d left since %v, before since %v", got, p.view().RollSince, since)
	}
}

// The line to a printer may be broken while its roll is changed.
func TestANewRollIsCountedWhileThePrinterIsUnplugged(t *testing.T) {
	p := startPapers(t, "10m", false)
	p.print(t, 60)
	p.fakes.Get("printer").Unplug()
	p.wait(t, device.Offline)
	p.hall.Push(link.TypeRollReset, link.RollReset{Order: "o1", Device: "printer", Expires: time.Now().Add(time.Minute)})
	if got := p.counted(t, "o1"); got.Refused != "" {
		t.Errorf("got %+v", got)
	}
	p.fakes.Get("printer").Plug()
	p.wait(t, device.Online)
	if got := p.left(); got != 100 {
		t.Errorf("%d left", got)
	}
}

// Whoever changes the roll says so at the machine, with the hall or without.
func TestANewRollIsSaidAtTheMachine(t *testing.T) {
	p := startPapers(t, "10m", false)
	p.print(t, 60)
	page, _ := agenttest.Open(t, p.Addr())
	for name, tt := range map[string]struct {
		body any
		code string
	}{
		"another device": {link.NewRoll{Device: "../printer"}, "device.unknown"}, "none": {link.NewRoll{}, "device.unknown"},
	} {
		id := "0b8f2c1e-3a57-4b7e-9d6c-" + name
		page.Send(link.TypeRollNew, id, tt.body)
		var got link.Problem
		if page.Answer(id, &got); got.Code != tt.code {
			t.Errorf("%s: got %+v", name, got)
		}
	}
	if got := p.left(); got != 40 {
		t.Fatalf("a refused one began the count anew: %d left", got)
	}
	const id = "0b8f2c1e-3a57-4b7e-9d6c-1f2e3d4c5b6b"
	page.Send(link.TypeRollNew, id, link.NewRoll{Device: "printer"})
	if m := page.Answer(id, nil); m.Type != link.TypeAnswer || p.left() != 100 {
		t.Errorf("got %s, %d left", m.Type, p.left())
	}
}

func TestARollOfUnknownLengthIsNotCounted(t *testing.T) {
	p := startPapers(t, "", false)
	p.hall.Push(link.TypeRollReset, link.RollReset{Order: "o1", Device: "printer", Expires: time.Now().Add(time.Minute)})
	if got := p.counted(t, "o1"); got.Refused != link.RollUncounted || p.view().RollSince != nil {
		t.Errorf("got %+v, counted since %v", got, p.view().RollSince)
	}
}

// counted is what the hall was told of an order about a roll.
func (p *papers) counted(t *testing.T, order string) link.RollCounted {
	t.Helper()
	var got link.RollCounted
	agenttest.WaitFor(t, "an answer to "+order, func() bool {
		for _, m := range p.hall.Up(link.TypeRollCounted) {
			got = link.RollCounted{}
			if err := m.Into(&got); err != nil {
				t.Fatal(err)
			}
			if got.Order == order {
				return true
			}
		}
		return false
	})
	return got
}
