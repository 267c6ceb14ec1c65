package signage

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"smarthall/internal/agent"
	"smarthall/internal/device"
)

func TestAStripThatIsTriedShowsItsWindowAgain(t *testing.T) {
	showing(t, func(s *strip, dev *fakeLED, told *acks) {
		s.set(face{text: "社会保险"})
		synctest.Wait()
		for range 2 {
			if err := s.try(context.Background()); err != nil {
				t.Error(err)
			}
		}
		synctest.Wait()
		if got, want := dev.shown(), []string{"社会保险", "测试", "社会保险", "测试", "社会保险"}; !slices.Equal(got, want) && !slices.Equal(got, []string{"社会保险", "测试", "测试", "社会保险"}) {
			t.Errorf("shows %q, want %q", got, want)
		}
		if got := told.all(); len(got) != 0 {
			t.Errorf("told of %+v", got)
		}
	})
}

func TestAStripWithoutATextIsDarkAfterATrial(t *testing.T) {
	showing(t, func(s *strip, dev *fakeLED, _ *acks) {
		if err := s.try(context.Background()); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Minute)
		if got := dev.shown(); !slices.Equal(got, []string{"测试", " "}) {
			t.Errorf("shows %q", got)
		}
	})
}

func TestACallHasTheStripAtOnce(t *testing.T) {
	showing(t, func(s *strip, dev *fakeLED, told *acks) {
		s.set(face{text: "请A012到3号窗口", calls: []string{"c1"}})
		synctest.Wait()
		if err := s.try(context.Background()); !errors.Is(err, agent.ErrInUse) {
			t.Errorf("tried in the middle of a call: %v", err)
		}
		s.set(face{text: "正在办理A012"})
		synctest.Wait()
		ended := make(chan error, 1)
		go func() { ended <- s.try(context.Background()) }()
		time.Sleep(time.Second)
		s.set(face{text: "请A013到3号窗口", calls: []string{"c2"}})
		synctest.Wait()
		if err := <-ended; !errors.Is(err, agent.ErrInUse) {
			t.Errorf("a call came: %v", err)
		}
		if got, want := dev.shown(), []string{"请A012到3号窗口", "正在办理A012", "测试", "请A013到3号窗口"}; !slices.Equal(got, want) {
			t.Errorf("shows %q, want %q", got, want)
		}
		if got := told.all(); len(got) != 2 || got[1].Call != "c2" || got[1].Failed != "" {
			t.Errorf("told of %+v", got)
		}
	})
}

func TestAStripThatCannotShowSaysSo(t *testing.T) {
	showing(t, func(s *strip, dev *fakeLED, _ *acks) {
		s.set(face{text: "社会保险"})
		synctest.Wait()
		dev.set(device.Online, device.ErrTimeout, 0)
		if err := s.try(context.Background()); !errors.Is(err, device.ErrTimeout) {
			t.Errorf("got %v", err)
		}
		dev.set(device.Online, nil, 0)
		time.Sleep(time.Minute)
		if got := dev.shown(); got[len(got)-1] != "社会保险" {
			t.Errorf("shows %q", got)
		}
	})
}

func TestATrialOfAStripEndsWithItsContext(t *testing.T) {
	showing(t, func(s *strip, dev *fakeLED, _ *acks) {
		dev.set(device.Online, nil, time.Hour) // it never answers
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if err := s.try(ctx); err == nil {
			t.Error("a strip that says nothing was tried with success")
		}
	})
}
