package agent_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"smarthall/internal/agent"
	"smarthall/internal/agent/agenttest"
	"smarthall/internal/device"
	"smarthall/internal/link"
)

// watch runs devices inside a synctest bubble and records their states.
type watch struct {
	mu    sync.Mutex
	views []link.DeviceView
}

func (w *watch) changed(v link.DeviceView) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.views = append(w.views, v)
}

// last is the latest view of a device.
func (w *watch) last(id string) (last link.DeviceView) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, v := range slices.Backward(w.views) {
		if v.ID == id {
			return v
		}
	}
	return link.DeviceView{}
}

func (w *watch) states() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var s []string
	for _, v := range w.views {
		s = append(s, v.State)
	}
	return s
}

func runDevices(t *testing.T, fakes *agenttest.Devices, w *watch, cfgs ...device.Config) (ds *agent.Devices, stop func()) {
	t.Helper()
	ds, err := agent.NewDevices(agent.DevicesConfig{
		Devices: cfgs, Open: fakes.Opener(),
		HallTime: func(t time.Time) time.Time { return t },
		Changed:  w.changed,
		Event:    func(*agent.Device, any) {},
		Log:      slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- ds.Run(ctx) }()
	return ds, func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

var printerConfig = device.Config{ID: "printer", Profile: "printer", Port: "p"}

func TestDeviceComesBackAfterItWasUnplugged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var fakes agenttest.Devices
		var w watch
		ds, stop := runDevices(t, &fakes, &w, printerConfig)
		defer stop()
		printer := fakes.Get("printer")
		synctest.Wait()
		printer.Unplug()
		synctest.Wait()
		if got := ds.Best(device.ClassPrinter).State(); got != device.Offline {
			t.Errorf("unplugged, the state is %s", got)
		}
		time.Sleep(time.Hour)
		if n := printer.Opened(); n < 360 || n > 900 {
			t.Errorf("tried %d times in an hour, want one every 5 to 10 s", n)
		}
		printer.Plug()
		time.Sleep(10 * time.Second)
		synctest.Wait()
		view := ds.Views()[0]
		if view.State != "online" || view.Advice != "" || view.Name != "测试设备" {
			t.Errorf("plugged in again, the view is %+v", view)
		}
		if got := w.states(); len(got) != 3 {
			t.Errorf("told of %v, want online, offline, online", got)
		}
	})
}

func TestDriverThatPanicsIsAFault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var fakes agenttest.Devices
		var w watch
		fakes.Get("printer").PanicNext()
		ds, stop := runDevices(t, &fakes, &w, printerConfig)
		defer stop()
		synctest.Wait()
		view := ds.Views()[0]
		if view.State != string(device.Fault) || view.Advice == "" {
			t.Errorf("after a panic the view is %+v", view)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if got := ds.Views()[0].State; got != "online" {
			t.Errorf("after another try the state is %s", got)
		}
	})
}

func TestPrintThatPanicsIsAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var fakes agenttest.Devices
		var w watch
		ds, stop := runDevices(t, &fakes, &w, printerConfig)
		defer stop()
		synctest.Wait()
		fakes.Get("printer").OnPrint(func(context.Context, device.Document) error { panic("bug") })
		if err := ds.All()[0].Print(t.Context(), device.Document{}); !errors.Is(err, device.ErrFault) {
			t.Errorf("got %v, want ErrFault", err)
		}
	})
}

func TestVerbOfAnotherClassIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var fakes agenttest.Devices
		var w watch
		ds, stop := runDevices(t, &fakes, &w, printerConfig)
		defer stop()
		synctest.Wait()
		if _, err := ds.All()[0].Ask(t.Context()); !errors.Is(err, device.ErrFault) {
			t.Errorf("a printer was asked for a rating: %v", err)
		}
	})
}

func TestClosedDeviceIsOffline(t *testing.T) {
	var fakes agenttest.Devices
	ds, err := agent.NewDevices(agent.DevicesConfig{
		Devices: []device.Config{printerConfig}, Open: fakes.Opener(),
		HallTime: func(t time.Time) time.Time { return t }, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := ds.All()[0].Print(t.Context(), device.Document{}); !errors.Is(err, device.ErrOffline) {
		t.Errorf("got %v, want ErrOffline", err)
	}
}

func TestBestPrefersWhatWorks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var fakes agenttest.Devices
		var w watch
		ds, stop := runDevices(t, &fakes, &w, device.Config{ID: "p1", Profile: "printer"}, device.Config{ID: "p2", Profile: "printer"})
		defer stop()
		synctest.Wait()
		if got := ds.Best(device.ClassPrinter).Config.ID; got != "p1" {
			t.Errorf("both work, got %s", got)
		}
		fakes.Get("p1").State(device.PaperEnd)
		if got := ds.Best(device.ClassPrinter).Config.ID; got != "p2" {
			t.Errorf("the first is empty, got %s", got)
		}
		fakes.Get("p2").State(device.Jam)
		if got := ds.Best(device.ClassPrinter).Config.ID; got != "p1" {
			t.Errorf("neither works, got %s", got)
		}
		if ds.Best(device.ClassPad) != nil {
			t.Error("found a pad where there is none")
		}
	})
}

func TestSinceIsKeptWhileTheStateIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var fakes agenttest.Devices
		var w watch
		ds, stop := runDevices(t, &fakes, &w, printerConfig)
		defer stop()
		synctest.Wait()
		fakes.Get("printer").State(device.PaperEnd)
		since := ds.Views()[0].Since
		time.Sleep(time.Minute)
		fakes.Get("printer").State(device.PaperEnd)
		if got := ds.Views()[0].Since; !got.Equal(since) {
			t.Errorf("since moved by %v", got.Sub(since))
		}
		fakes.Get("printer").State(device.CoverOpen)
		if got := ds.Views()[0].Since.Sub(since); got != time.Minute {
			t.Errorf("the new state began %v later, want a minute", got)
		}
	})
}

func TestUnknownProfileIsAnError(t *testing.T) {
	var fakes agenttest.Devices
	_, err := agent.NewDevices(agent.DevicesConfig{
		Devices: []device.Config{{ID: "x", Profile: "nobody/knows"}}, Open: fakes.Opener(),
	})
	if err == nil {
		t.Error("an unknown profile was accepted")
	}
}

func TestEveryProblemHasAdvice(t *testing.T) {
	classes := []device.Class{
		device.ClassPrinter, device.ClassIDReader, device.ClassScanner, device.ClassLED, device.ClassPad, device.ClassKeypad, device.ClassLabelPrinter,
		device.ClassPagePrinter, device.ClassCamera, device.ClassDocumentScanner, device.ClassSpeaker, "of tomorrow",
	}
	for _, class := range classes {
		for _, state := range []device.State{
			device.PaperNearEnd, device.PaperEnd, device.CoverOpen, device.Jam, device.Fault, device.Unauthorised, device.Offline,
		} {
			if agent.Advice(class, state) == "" {
				t.Errorf("no advice for a %s that is %s", class, state)
			}
		}
		if got := agent.Advice(class, device.Online); got != "" {
			t.Errorf("advice for a %s that is well: %s", class, got)
		}
	}
}

// Of a device that is looked at seldom, people are told as of when they know
// its state, and not more often than every half minute.
func TestADeviceThatIsLookedAtSeldomTellsAsOfWhen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var fakes agenttest.Devices
		var w watch
		open := fakes.Opener()
		ds, err := agent.NewDevices(agent.DevicesConfig{
			Devices: []device.Config{{ID: "scanner", Profile: string(device.ClassScanner)}, printerConfig},
			Open: func(cfg device.Config) (device.Device, device.Info, error) {
				d, info, err := open(cfg)
				if cfg.ID == "scanner" {
					info.LookEvery = 10 * time.Second
				}
				return d, info, err
			},
			HallTime: func(t time.Time) time.Time { return t }, Changed: w.changed,
			Event: func(*agent.Device, any) {}, Log: slog.New(slog.DiscardHandler),
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- ds.Run(ctx) }()
		synctest.Wait()
		if v := ds.Views()[0]; v.LookSeconds != 10 || v.AsOf == nil || !v.AsOf.Equal(v.Since) {
			t.Errorf("at first the view is %+v", v)
		}
		told := len(w.states())
		for range 30 { // five minutes
			time.Sleep(10 * time.Second)
			fakes.Get("scanner").State(device.Online)
			fakes.Get("printer").State(device.Online)
		}
		synctest.Wait()
		v := ds.Views()[0]
		if time.Since(*v.AsOf) > time.Second || time.Since(v.Since) < 4*time.Minute {
			t.Errorf("after five minutes the view is of %v, since %v", v.AsOf, v.Since)
		}
		// The first report of each has another detail than the driver's own.
		if n := len(w.states()) - told - 2; n < 8 || n > 10 {
			t.Errorf("told %d times in five minutes, want every 30 s", n)
		}
		if v := ds.Views()[1]; v.AsOf != nil || v.LookSeconds != 0 {
			t.Errorf("a device that tells at once: %+v", v)
		}
		fakes.Get("scanner").Unplug()
		synctest.Wait()
		if v := ds.Views()[0]; v.AsOf != nil || v.State != string(device.Offline) {
			t.Errorf("unplugged: %+v", v)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}
