package agent_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"smarthall/internal/agent"
	"smarthall/internal/agent/agenttest"
	"smarthall/internal/device"
)

// shelf is an opener over fake devices whose profiles have revisions.
type shelf struct {
	agenttest.Devices

	mu       sync.Mutex
	revision map[string]string // by device
	trouble  map[string]string
	changed  chan struct{}
	unfit    error        // what opening fails with
	class    device.Class // of the next opening, if not empty
}

func newShelf() *shelf {
	return &shelf{revision: map[string]string{}, trouble: map[string]string{}, changed: make(chan struct{})}
}

func (s *shelf) open(cfg device.Config) (device.Device, device.Info, error) {
	dev, info, err := s.Opener()(cfg)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.unfit != nil {
		return nil, info, s.unfit
	}
	if s.class != "" {
		info.Class = s.class
	}
	info.Revision, info.Source = s.revision[cfg.ID], shelfSource{s, cfg.ID}
	return dev, info, err
}

type shelfSource struct {
	s  *shelf
	id string
}

func (x shelfSource) Now() (revision, trouble string, changed <-chan struct{}) {
	x.s.mu.Lock()
	defer x.s.mu.Unlock()
	return x.s.revision[x.id], x.s.trouble[x.id], x.s.changed
}

// set changes what is on the shelf and tells of it.
func (s *shelf) set(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
	close(s.changed)
	s.changed = make(chan struct{})
}

func (s *shelf) revise(id, revision string) { s.set(func() { s.revision[id] = revision }) }

// run runs the shelf's devices in a synctest bubble.
func (s *shelf) run(t *testing.T, w *watch, cfgs ...device.Config) (ds *agent.Devices, stop func()) {
	t.Helper()
	for _, c := range cfgs {
		s.revision[c.ID] = "r1"
	}
	ds, err := agent.NewDevices(agent.DevicesConfig{
		Devices: cfgs, Open: s.open,
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

var readerConfig = device.Config{ID: "reader", Profile: "id-reader", Port: "r"}

func TestNewRevisionReopensOnlyItsDevice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := newShelf(), &watch{}
		ds, stop := s.run(t, w, printerConfig, readerConfig)
		defer stop()
		synctest.Wait()
		s.revise("printer", "r2")
		synctest.Wait()
		if got := s.Get("printer").Opened(); got != 2 {
			t.Errorf("the printer was opened %d times, want 2", got)
		}
		if got := s.Get("reader").Opened(); got != 1 {
			t.Errorf("the reader was opened %d times, want 1", got)
		}
		view := ds.Views()[0]
		if view.Revision != "r2" || view.State != "online" || view.Detail != "" {
			t.Errorf("the view is %+v", view)
		}
		for _, state := range w.states() {
			if state != "online" {
				t.Errorf("states %v, want online all the time", w.states())
			}
		}
		if err := ds.All()[0].Print(t.Context(), device.Document{Job: "j"}); err != nil {
			t.Error(err)
		}
	})
}

func TestNewRevisionWaitsForThePrint(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := newShelf(), &watch{}
		ds, stop := s.run(t, w, printerConfig)
		defer stop()
		synctest.Wait()
		printer := s.Get("printer")
		printer.OnPrint(func(ctx context.Context, _ device.Document) error {
			select {
			case <-time.After(20 * time.Second):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
		ended := make(chan error, 2)
		go func() { ended <- ds.All()[0].Print(t.Context(), device.Document{Job: "1"}) }()
		synctest.Wait()
		s.revise("printer", "r2")
		synctest.Wait()
		go func() { ended <- ds.All()[0].Print(t.Context(), device.Document{Job: "2"}) }()
		time.Sleep(19 * time.Second)
		synctest.Wait()
		if printer.Opened() != 1 || len(printer.Printed()) != 1 {
			t.Errorf("in the middle of a print: opened %d times, %d documents", printer.Opened(), len(printer.Printed()))
		}
		for range 2 {
			if err := <-ended; err != nil {
				t.Errorf("print: %v", err)
			}
		}
		if printer.Opened() != 2 || len(printer.Printed()) != 2 {
			t.Errorf("afterwards: opened %d times, %d documents", printer.Opened(), len(printer.Printed()))
		}
	})
}

func TestNewRevisionWaitsForTheCard(t *testing.T) {
	tests := []struct {
		name    string
		lift    time.Duration
		atLeast time.Duration
		atMost  time.Duration
	}{
		{"lifted soon", 5 * time.Second, 5 * time.Second, 6 * time.Second},
		{"forgotten", time.Hour, time.Minute, time.Minute + time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, w := newShelf(), &watch{}
				_, stop := s.run(t, w, readerConfig)
				defer stop()
				synctest.Wait()
				reader := s.Get("reader")
				reader.Event(device.CardPresent{})
				began := time.Now()
				s.revise("reader", "r2")
				lifted := time.AfterFunc(tt.lift, func() { reader.Event(device.CardRemoved{}) })
				defer lifted.Stop()
				for reader.Opened() == 1 && time.Since(began) < 2*time.Hour {
					time.Sleep(100 * time.Millisecond)
				}
				if took := time.Since(began); took < tt.atLeast || took > tt.atMost {
					t.Errorf("opened anew after %v", took)
				}
			})
		})
	}
}

func TestRevisionThatDoesNotFitIsRefused(t *testing.T) {
	tests := []struct {
		name   string
		change func(*shelf)
		want   string
	}{
		{"can't be opened", func(s *shelf) { s.unfit = errors.New("no parameter") }, "no parameter"},
		{"another class", func(s *shelf) { s.class = device.ClassPad }, "设备类别"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, w := newShelf(), &watch{}
				ds, stop := s.run(t, w, printerConfig)
				defer stop()
				synctest.Wait()
				s.set(func() { s.revision["printer"] = "r2"; tt.change(s) })
				synctest.Wait()
				view := ds.Views()[0]
				if view.Revision != "r1" || view.State != "online" || !strings.Contains(view.Detail, tt.want) {
					t.Errorf("the view is %+v", view)
				}
				if got := s.Get("printer").Opened(); got != 1 {
					t.Errorf("opened %d times", got)
				}
				s.set(func() { s.revision["printer"], s.unfit, s.class = "r3", nil, "" })
				synctest.Wait()
				if view := ds.Views()[0]; view.Revision != "r3" || view.Detail != "" {
					t.Errorf("put right, the view is %+v", view)
				}
			})
		})
	}
}

func TestTroubleWithAProfileStandsBesideTheState(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := newShelf(), &watch{}
		ds, stop := s.run(t, w, printerConfig)
		defer stop()
		synctest.Wait()
		s.set(func() { s.trouble["printer"] = "型号文件有错，仍用原版本：x.yaml:3:1" })
		synctest.Wait()
		s.Get("printer").State(device.PaperEnd)
		view := ds.Views()[0]
		if view.State != "paper_end" || view.Detail != "set by the test；型号文件有错，仍用原版本：x.yaml:3:1" {
			t.Errorf("the view is %+v", view)
		}
		s.set(func() { s.trouble["printer"] = "" })
		synctest.Wait()
		if got := ds.Views()[0].Detail; got != "set by the test" {
			t.Errorf("put right, the detail is %q", got)
		}
	})
}

// deaf is a driver that takes no notice of its context.
type deaf struct {
	release chan struct{}
	runs    chan struct{}
}

func (d deaf) Run(_ context.Context, sink device.Sink) error {
	d.runs <- struct{}{}
	sink.State(device.Online, "")
	<-d.release
	sink.State(device.Jam, "said too late")
	return nil
}

func (d deaf) Print(context.Context, device.Document) error {
	<-d.release
	return nil
}

func (d deaf) opener(cfg device.Config) (device.Device, device.Info, error) {
	return d, device.Info{Class: device.ClassPrinter, Profile: cfg.Profile, Name: "聋"}, nil
}

func runDeaf(t *testing.T, w *watch, d deaf) (ds *agent.Devices, cancel func(), done chan error) {
	t.Helper()
	ds, err := agent.NewDevices(agent.DevicesConfig{
		Devices: []device.Config{printerConfig}, Open: d.opener,
		HallTime: func(t time.Time) time.Time { return t },
		Changed:  w.changed, Event: func(*agent.Device, any) {}, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done = make(chan error, 1)
	go func() { done <- ds.Run(ctx) }()
	return ds, stop, done
}

func TestDriverThatDoesNotEndIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := deaf{release: make(chan struct{}), runs: make(chan struct{}, 10)}
		w := &watch{}
		_, cancel, done := runDeaf(t, w, d)
		synctest.Wait()
		began := time.Now()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took > 15*time.Second {
			t.Errorf("the agent ended after %v", took)
		}
		close(d.release)
		synctest.Wait()
		if states := w.states(); len(states) != 1 || states[0] != "online" {
			t.Errorf("a driver that was left is still listened to: %v", states)
		}
	})
}

func TestVerbThatDoesNotComeBackIsAFault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := deaf{release: make(chan struct{}), runs: make(chan struct{}, 100)}
		w := &watch{}
		ds, cancel, done := runDeaf(t, w, d)
		synctest.Wait()
		ctx, stop := context.WithTimeout(t.Context(), 3*time.Second)
		defer stop()
		began := time.Now()
		if err := ds.All()[0].Print(ctx, device.Document{}); !errors.Is(err, device.ErrFault) {
			t.Errorf("got %v, want ErrFault", err)
		}
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("it took %v", took)
		}
		time.Sleep(10*time.Second + time.Millisecond)
		synctest.Wait()
		view := ds.Views()[0]
		if view.State != "fault" || !strings.Contains(view.Detail, "没有响应") {
			t.Errorf("the view is %+v", view)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if len(d.runs) < 2 {
			t.Error("a new driver is not tried")
		}
		cancel()
		close(d.release)
		<-done
	})
}
