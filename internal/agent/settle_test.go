package agent_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
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

func assigned(list ...device.Config) []agent.Assigned {
	var out []agent.Assigned
	for _, c := range list {
		out = append(out, agent.Assigned{Config: c, Class: device.Class(c.Profile)})
	}
	return out
}

func ids(ds *agent.Devices) (out []string) {
	for _, d := range ds.All() {
		out = append(out, d.Config.ID)
	}
	return out
}

func TestAssignedDevicesComeAndGoBesideTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := newShelf(), &watch{}
		ds, stop := s.run(t, w, printerConfig)
		defer stop()
		pad := device.Config{ID: "pad", Profile: "pad", Port: "p1"}
		ds.Assign(assigned(pad, readerConfig))
		synctest.Wait()
		if got, want := ids(ds), []string{"printer", "pad", "reader"}; !slices.Equal(got, want) {
			t.Fatalf("devices %v, want %v", got, want)
		}
		for _, v := range ds.Views() {
			if v.State != "online" || v.Assigned != (v.ID != "printer") {
				t.Errorf("the view is %+v", v)
			}
		}
		pad.Port = "p2"
		ds.Assign(assigned(pad))
		synctest.Wait()
		if got, want := ids(ds), []string{"printer", "pad"}; !slices.Equal(got, want) {
			t.Errorf("devices %v, want %v", got, want)
		}
		if got := ds.Best("pad"); got == nil || got.Config.Port != "p2" || !got.State().Works() {
			t.Errorf("the pad is %+v", ds.Views())
		}
		for id, want := range map[string]int{"printer": 1, "pad": 2, "reader": 1} {
			if got := s.Get(id).Opened(); got != want {
				t.Errorf("%s was opened %d times, want %d", id, got, want)
			}
		}
		if s.Get("reader").Event(device.CardRemoved{}) {
			t.Error("the reader still runs")
		}
	})
}

func TestChangedDeviceFinishesItsPrintFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := newShelf(), &watch{}
		ds, stop := s.run(t, w)
		defer stop()
		cfg := device.Config{ID: "printer", Profile: "printer", Port: "p1"}
		ds.Assign(assigned(cfg))
		synctest.Wait()
		printer, held := s.Get("printer"), ds.All()[0]
		printer.OnPrint(func(ctx context.Context, _ device.Document) error {
			select {
			case <-time.After(20 * time.Second):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
		ended := make(chan error, 2)
		go func() { ended <- held.Print(t.Context(), device.Document{Job: "1"}) }()
		synctest.Wait()
		cfg.Port = "p2"
		ds.Assign(assigned(cfg))
		synctest.Wait()
		go func() { ended <- held.Print(t.Context(), device.Document{Job: "2"}) }()
		time.Sleep(19 * time.Second)
		synctest.Wait()
		if printer.Opened() != 1 || len(printer.Printed()) != 1 {
			t.Errorf("in the middle of a print: opened %d times, %d documents", printer.Opened(), len(printer.Printed()))
		}
		for range 2 { // the second goes to the device that took the place
			if err := <-ended; err != nil {
				t.Errorf("print: %v", err)
			}
		}
		if got := ds.All()[0].Config.Port; got != "p2" || printer.Opened() != 2 || len(printer.Printed()) != 2 {
			t.Errorf("afterwards: port %s, opened %d times, %d documents", got, printer.Opened(), len(printer.Printed()))
		}
		if held.State() != device.Online {
			t.Errorf("who holds the former device sees %s", held.State())
		}
	})
}

// A paper is a paper wherever it comes out; a window's text is nothing for the
// strip of another window.
func TestStripsTextNeverGoesToTheStripThatTookItsPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := newShelf(), &watch{}
		ds, stop := s.run(t, w)
		defer stop()
		cfg := device.Config{ID: "strip", Profile: "led", Port: "p", Window: "4"}
		ds.Assign(assigned(cfg))
		synctest.Wait()
		former := ds.All()[0]
		if err := former.Show(t.Context(), "4号"); err != nil {
			t.Fatal(err)
		}
		cfg.Window = "3"
		ds.Assign(assigned(cfg))
		synctest.Wait()
		if err := former.Show(t.Context(), "4号"); !errors.Is(err, agent.ErrReplaced) {
			t.Errorf("show: %v", err)
		}
		if err := ds.All()[0].Show(t.Context(), "3号"); err != nil {
			t.Error(err)
		}
		if got := s.Get("strip").Texts(); !slices.Equal(got, []string{"4号", "3号"}) {
			t.Errorf("the strip showed %q", got)
		}
	})
}

// What a strip says is for those before its own window, too.
func TestWhatAStripSaysNeverGoesToTheStripThatTookItsPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := newShelf(), &watch{}
		ds, stop := s.run(t, w)
		defer stop()
		cfg := device.Config{ID: "strip", Profile: agenttest.TalkingStrip, Port: "p", Window: "4"}
		ds.Assign(assigned(cfg))
		synctest.Wait()
		former := ds.All()[0]
		cfg.Window = "3"
		ds.Assign(assigned(cfg))
		synctest.Wait()
		if err := former.Say(t.Context(), "请A012号到4号窗口办理"); !errors.Is(err, agent.ErrReplaced) {
			t.Errorf("say: %v", err)
		}
		if got := s.Get("strip").Said(); len(got) != 0 {
			t.Errorf("the strip above the other window said %q", got)
		}
	})
}

// Whoever holds a device that is gone must not be heard after the one that took
// its place: the board would show the old port, and a fault that isn't.
func TestNothingIsToldOfADeviceWhosePlaceWasTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := newShelf(), &watch{}
		ds, stop := s.run(t, w)
		defer stop()
		cfg := device.Config{ID: "button", Profile: "button", Port: "p1"}
		ds.Assign(assigned(cfg))
		synctest.Wait()
		former := ds.All()[0]
		cfg.Port = "p2"
		ds.Assign(assigned(cfg))
		synctest.Wait()
		agent.TellOf(former)
		if last := w.last("button"); last.Port != "p2" || last.State != "online" {
			t.Errorf("the last word of the button is %+v", last)
		}
		latter := ds.All()[0]
		ds.Assign(nil)
		synctest.Wait()
		told := len(w.states())
		agent.TellOf(latter)
		if len(w.states()) != told {
			t.Error("a device that was taken away is told of")
		}
	})
}

// A device changes hands again and again while others ask how it is.
func TestTheLastWordIsThatOfTheDeviceThereIs(t *testing.T) {
	var fakes agenttest.Devices
	w := &watch{}
	ds, stop := runDevices(t, &fakes, w)
	defer stop()
	quit := make(chan struct{})
	var asking sync.WaitGroup
	defer asking.Wait()
	defer close(quit)
	for range 4 {
		asking.Go(func() {
			for {
				select {
				case <-quit:
					return
				default:
				}
				for _, d := range ds.All() {
					agent.TellOf(d)
				}
				ds.Tell("button")
			}
		})
	}
	cfg := device.Config{ID: "button", Profile: "button"}
	for n := range 60 {
		cfg.Port = fmt.Sprint("p", n)
		ds.Assign(assigned(cfg))
		agenttest.WaitFor(t, "the button at "+cfg.Port, func() bool {
			list := ds.All()
			return len(list) == 1 && list[0].Config.Port == cfg.Port && list[0].State() == device.Online
		})
		agenttest.WaitFor(t, "a word of it", func() bool { return w.last("button").Port == cfg.Port })
		for range 20 {
			if got := w.last("button").Port; got != cfg.Port {
				t.Fatalf("after the device at %s somebody was told of that at %s", cfg.Port, got)
			}
			runtime.Gosched()
		}
	}
}

func TestRemovedDeviceIsOfflineForWhoHoldsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := newShelf(), &watch{}
		ds, stop := s.run(t, w)
		defer stop()
		ds.Assign(assigned(device.Config{ID: "printer", Profile: "printer", Port: "p"}))
		synctest.Wait()
		held := ds.All()[0]
		ds.Assign(nil)
		synctest.Wait()
		if err := held.Print(t.Context(), device.Document{Job: "1"}); !errors.Is(err, device.ErrOffline) || held.State() != device.Offline {
			t.Errorf("print: %v, state %s", err, held.State())
		}
		if len(ds.All()) != 0 || ds.Best(device.ClassPrinter) != nil {
			t.Errorf("devices %v", ids(ds))
		}
	})
}

func TestUnknownProfileMakesOnlyItsDeviceFaulty(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := newShelf(), &watch{}
		ds, stop := s.run(t, w, printerConfig)
		defer stop()
		ds.Assign([]agent.Assigned{{Config: device.Config{ID: "box", Profile: "acme/none", Port: "p"}, Class: device.ClassPad}})
		synctest.Wait()
		views := ds.Views()
		if len(views) != 2 || views[0].State != "online" {
			t.Fatalf("views %+v", views)
		}
		if box := views[1]; box.State != "fault" || box.Class != "pad" || box.Detail == "" || box.DetailEN == "" {
			t.Errorf("the faulty device is %+v", box)
		}
		// What the hall sends next may be right.
		ds.Assign(assigned(device.Config{ID: "box", Profile: "pad", Port: "p"}))
		synctest.Wait()
		time.Sleep(time.Minute)
		synctest.Wait()
		if box := ds.Views()[1]; box.State != "online" {
			t.Errorf("the mended device is %+v", box)
		}
	})
}

func TestTheAgentsOwnDeviceWinsAndSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := newShelf(), &watch{}
		ds, stop := s.run(t, w, printerConfig)
		defer stop()
		ds.Assign(assigned(device.Config{ID: "printer", Profile: "printer", Port: "elsewhere"}))
		synctest.Wait()
		views := ds.Views()
		if len(views) != 1 || views[0].Port != printerConfig.Port || !views[0].Conflict || views[0].Detail == "" || views[0].DetailEN == "" {
			t.Errorf("views %+v", views)
		}
		ds.Assign(nil)
		synctest.Wait()
		if v := ds.Views()[0]; v.Conflict || v.Detail != "" || s.Get("printer").Opened() != 1 {
			t.Errorf("after the conflict: %+v", v)
		}
	})
}

// orders is a message that the hall assigns devices with.
func orders(t *testing.T, rev string, devices ...link.AssignedDevice) []byte {
	t.Helper()
	m, err := link.New(link.TypeDevicesAssigned, time.Now(), link.DevicesAssigned{Rev: rev, Devices: devices})
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestAssignedDevicesAreToldAndKeptWhileTheHallIsAway(t *testing.T) {
	hall := agenttest.NewHall(t)
	dir := t.TempDir()
	var fakes agenttest.Devices
	begin := func() (*agent.Agent, func()) {
		a, err := agent.New(agent.Options{
			Config: &agent.Config{Agent: "kiosk-1", Hall: hall.URL, Token: agenttest.Token, Listen: "127.0.0.1:0", Data: dir, Idle: time.Minute},
			Role:   link.RoleKiosk, Program: "test", Open: fakes.Opener(), Dist: pages, Log: slog.New(slog.DiscardHandler),
		})
		if err != nil {
			t.Fatal(err)
		}
		return a, agenttest.Start(t, a, a.Ready())
	}
	a, stop := begin()
	agenttest.WaitFor(t, "the link is up", a.Client.Online)
	page, first := agenttest.Open(t, a.Addr())
	if len(first.Devices) != 0 {
		t.Errorf("the page is told of %v", first.Devices)
	}
	hall.PushRaw(orders(t, "r1", link.AssignedDevice{ID: "printer", Class: "printer", Profile: "printer", Port: "p"}, link.AssignedDevice{ID: "NOT AN ID"}))
	var told link.PageSnapshot
	page.Next(link.TypePageSnapshot, &told)
	if len(told.Devices) != 1 || told.Devices[0].ID != "printer" {
		t.Errorf("the page is told of %+v", told.Devices)
	}
	agenttest.WaitFor(t, "the hall is told", func() bool {
		ups := hall.Up(link.TypeDevicesChanged)
		var now link.DevicesChanged
		return len(ups) > 0 && ups[len(ups)-1].Into(&now) == nil && now.Rev == "r1" && len(now.Devices) == 1 && now.Devices[0].Assigned
	})
	stop()

	hall.SetAway(true)
	a, stop = begin()
	agenttest.WaitFor(t, "the printer works without the hall", func() bool {
		all := a.Devices.All()
		return len(all) == 1 && all[0].State() == device.Online
	})
	hall.SetAway(false)
	agenttest.WaitFor(t, "the hello names the assignment", func() bool {
		hellos := hall.Hellos()
		return hellos[len(hellos)-1].Assignment == "r1"
	})
	stop()

	kept := filepath.Join(dir, "assigned-devices.json")
	if err := os.Truncate(kept, 20); err != nil {
		t.Fatal(err)
	}
	a, stop = begin()
	defer stop()
	if got := len(a.Devices.All()); got != 0 {
		t.Errorf("%d devices of a broken file", got)
	}
	if _, err := os.Stat(kept + ".broken"); err != nil {
		t.Errorf("the broken file isn't set aside: %v", err)
	}
}

// FuzzAssigned: whatever the hall sends, an agent goes on.
func FuzzAssigned(f *testing.F) {
	f.Add([]byte(`{"rev":"r","devices":[{"id":"a","profile":"printer","port":"p"},{"id":"a"}],"profiles":[{"id":"x/y","text":"\u0000"}]}`))
	f.Add([]byte(`{"rev":"r","devices":null}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var fakes agenttest.Devices
		a, err := agent.New(agent.Options{
			Config: &agent.Config{Agent: "kiosk-1", Hall: "ws://127.0.0.1:1/link", Token: "t", Listen: "127.0.0.1:0", Data: t.TempDir()},
			Role:   link.RoleKiosk, Open: fakes.Opener(), Dist: pages, Log: slog.New(slog.DiscardHandler),
		})
		if err != nil {
			t.Fatal(err)
		}
		agent.TakeAssigned(a, link.Message{Type: link.TypeDevicesAssigned, Body: body})
		for _, d := range a.Devices.All() {
			if d.Config.ID == "" || d.Config.Port == "" {
				t.Errorf("took %+v", d.Config)
			}
		}
	})
}
