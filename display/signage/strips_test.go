package signage

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"smarthall/internal/device"
	"smarthall/internal/link"
)

// fakeLED is a strip's device.
type fakeLED struct {
	mu    sync.Mutex
	state device.State
	err   error
	slow  time.Duration
	texts []string
}

// Areas implements led: this one can't be divided.
func (f *fakeLED) Areas() int { return 1 }

func (f *fakeLED) ShowAreas(context.Context, []device.StripArea) error { return device.ErrNoArea }

func (f *fakeLED) State() device.State {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.state
}

func (f *fakeLED) Show(ctx context.Context, text string) error {
	f.mu.Lock()
	slow, err := f.slow, f.err
	f.mu.Unlock()
	select {
	case <-time.After(slow):
	case <-ctx.Done():
		return device.ErrTimeout
	}
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.texts = append(f.texts, text)
	return nil
}

func (f *fakeLED) set(state device.State, err error, slow time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.state, f.err, f.slow = state, err, slow
}

func (f *fakeLED) shown() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.texts)
}

func showing(t *testing.T, fn func(s *strip, dev *fakeLED, told *acks)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var told acks
		dev := &fakeLED{state: device.Online}
		s := &strip{
			window: "3", name: "display-1/strip-3", dev: dev, shown: told.shown,
			log: slog.New(slog.DiscardHandler), wake: make(chan struct{}, 1),
		}
		ctx, cancel := context.WithCancel(context.Background())
		var wg sync.WaitGroup
		wg.Go(func() { s.run(ctx) })
		fn(s, dev, &told)
		cancel()
		wg.Wait()
	})
}

func TestStripShowsAndAcknowledgesOnce(t *testing.T) {
	showing(t, func(s *strip, dev *fakeLED, told *acks) {
		time.Sleep(time.Hour)
		if got := dev.shown(); len(got) != 0 {
			t.Errorf("before anything is known it shows %v", got)
		}
		s.set(face{text: "请A012到3号窗口", calls: []string{"c1"}})
		s.set(face{text: "请A012到3号窗口", calls: []string{"c1"}})
		time.Sleep(time.Minute)
		s.set(face{text: "请A012到3号窗口", calls: []string{"c2"}}) // a recall
		time.Sleep(time.Minute)
		s.set(face{text: "正在办理A012"})
		time.Sleep(time.Minute)
		if got := dev.shown(); !slices.Equal(got, []string{"请A012到3号窗口", "请A012到3号窗口", "正在办理A012"}) {
			t.Errorf("shows %v", got)
		}
		want := []link.CallShown{
			{Call: "c1", Channel: link.CallLED, Device: "display-1/strip-3"},
			{Call: "c2", Channel: link.CallLED, Device: "display-1/strip-3"},
		}
		if got := told.all(); !slices.Equal(got, want) {
			t.Errorf("told %+v", got)
		}
	})
}

func TestSlowStripShowsTheLastTextOnly(t *testing.T) {
	showing(t, func(s *strip, dev *fakeLED, _ *acks) {
		dev.set(device.Online, nil, time.Second)
		for _, text := range []string{"一", "二", "三", "四"} {
			s.set(face{text: text})
			time.Sleep(100 * time.Millisecond)
		}
		time.Sleep(time.Minute)
		if got := dev.shown(); !slices.Equal(got, []string{"一", "四"}) {
			t.Errorf("shows %v", got)
		}
	})
}

func TestStripThatComesBackShowsWhatIsTrueNow(t *testing.T) {
	showing(t, func(s *strip, dev *fakeLED, told *acks) {
		s.set(face{text: "请A012到3号窗口", calls: []string{"c1"}})
		synctest.Wait()
		dev.set(device.Offline, nil, 0)
		s.changed(device.Offline)
		s.set(face{text: "请A013到3号窗口", calls: []string{"c2"}})
		time.Sleep(time.Minute)
		got := told.all()
		if len(got) != 2 || got[1].Call != "c2" || got[1].Failed != "条屏未连接" {
			t.Errorf("while away told %+v", got)
		}
		s.set(face{text: "请A014到3号窗口", calls: []string{"c3"}})
		time.Sleep(time.Minute)
		dev.set(device.Online, nil, 0)
		s.changed(device.Online)
		synctest.Wait()
		if got := dev.shown(); !slices.Equal(got, []string{"请A012到3号窗口", "请A014到3号窗口"}) {
			t.Errorf("shows %v", got)
		}
		got = told.all()
		if last := got[len(got)-1]; last.Call != "c3" || last.Failed != "" {
			t.Errorf("back again told %+v", got)
		}
	})
}

func TestStripThatLostItsTextShowsItAgain(t *testing.T) {
	showing(t, func(s *strip, dev *fakeLED, told *acks) {
		s.set(face{text: "正在办理A012"})
		synctest.Wait()
		s.changed(device.Offline)
		s.changed(device.Online)
		synctest.Wait()
		if got := dev.shown(); len(got) != 2 {
			t.Errorf("shows %v", got)
		}
		if got := told.all(); len(got) != 0 {
			t.Errorf("told %+v of a text that is no call", got)
		}
	})
}

func TestFailingStripIsTriedAgain(t *testing.T) {
	showing(t, func(s *strip, dev *fakeLED, told *acks) {
		dev.set(device.Online, device.ErrTimeout, 0)
		s.set(face{text: "请A012到3号窗口", calls: []string{"c1"}})
		time.Sleep(time.Minute)
		dev.set(device.Online, nil, 0)
		time.Sleep(showAgain)
		synctest.Wait()
		if got := dev.shown(); len(got) != 1 {
			t.Errorf("shows %v", got)
		}
		want := []link.CallShown{
			{Call: "c1", Channel: link.CallLED, Device: "display-1/strip-3", Failed: "条屏没有回应"},
			{Call: "c1", Channel: link.CallLED, Device: "display-1/strip-3"},
		}
		if got := told.all(); !slices.Equal(got, want) {
			t.Errorf("told %+v", got)
		}
	})
}

func TestTwoCallsOnOneStripAreAcknowledgedEachOnce(t *testing.T) {
	showing(t, func(s *strip, dev *fakeLED, told *acks) {
		s.set(face{text: "请A012到8号窗口", calls: []string{"c1"}})
		synctest.Wait()
		s.set(face{text: "请A012、A013到8号窗口", calls: []string{"c1", "c2"}})
		synctest.Wait()
		s.set(face{text: "请A013到8号窗口", calls: []string{"c2"}}) // A012 has come
		synctest.Wait()
		if got := dev.shown(); !slices.Equal(got, []string{"请A012到8号窗口", "请A012、A013到8号窗口", "请A013到8号窗口"}) {
			t.Errorf("shows %v", got)
		}
		want := []link.CallShown{
			{Call: "c1", Channel: link.CallLED, Device: "display-1/strip-3"},
			{Call: "c2", Channel: link.CallLED, Device: "display-1/strip-3"},
		}
		if got := told.all(); !slices.Equal(got, want) {
			t.Errorf("told %+v", got)
		}
	})
}
