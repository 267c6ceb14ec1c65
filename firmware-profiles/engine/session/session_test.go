package session_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"go.uber.org/goleak"

	"smarthall/firmware-profiles/engine/session"
	"smarthall/internal/device"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestNothingCanBeUsedWhileClosed(t *testing.T) {
	var g session.Gate[int]
	never := func(context.Context, int) error { t.Error("called"); return nil }
	if err := g.Use(t.Context(), never); !errors.Is(err, device.ErrOffline) || !device.IsTemporary(err) {
		t.Errorf("before Open: got %v", err)
	}
	_, end := g.Open(t.Context(), 1)
	end()
	if err := g.Use(t.Context(), never); !errors.Is(err, device.ErrOffline) {
		t.Errorf("after the end: got %v", err)
	}
}

func TestTheEndWaitsForCallsAndEndsTheirContext(t *testing.T) {
	var g session.Gate[int]
	_, end := g.Open(t.Context(), 7)
	inside, result := make(chan struct{}), make(chan error, 1)
	left := false
	go func() {
		result <- g.Use(context.WithoutCancel(t.Context()), func(ctx context.Context, v int) error {
			if v != 7 {
				t.Errorf("got %d", v)
			}
			close(inside)
			<-ctx.Done()
			left = true
			return ctx.Err()
		})
	}()
	<-inside
	end()
	if !left {
		t.Error("the end didn't wait")
	}
	if err := <-result; !errors.Is(err, device.ErrOffline) || errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestACallThatSucceedsWhileTheSessionEndsKeepsItsResult(t *testing.T) {
	var g session.Gate[int]
	_, end := g.Open(t.Context(), 1)
	inside, result := make(chan struct{}), make(chan error, 1)
	go func() {
		result <- g.Use(context.WithoutCancel(t.Context()), func(ctx context.Context, _ int) error {
			close(inside)
			<-ctx.Done()
			return nil
		})
	}()
	<-inside
	end()
	if err := <-result; err != nil {
		t.Errorf("got %v", err)
	}
}

func TestTheCallersEndIsTold(t *testing.T) {
	var g session.Gate[int]
	_, end := g.Open(t.Context(), 1)
	defer end()
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	err := g.Use(ctx, func(ctx context.Context, _ int) error { <-ctx.Done(); return ctx.Err() })
	if err == nil || errors.Is(err, device.ErrOffline) {
		t.Errorf("got %v", err)
	}
}

func TestACallThatFindsTheDeviceGoneTells(t *testing.T) {
	var g session.Gate[int]
	broken, end := g.Open(t.Context(), 1)
	defer end()
	for range 3 { // more than there is room for
		_ = g.Use(t.Context(), func(context.Context, int) error { return device.ErrOffline })
	}
	_ = g.Use(t.Context(), func(context.Context, int) error { return device.ErrFault })
	if err := <-broken; !errors.Is(err, device.ErrOffline) {
		t.Errorf("got %v", err)
	}
	select {
	case err := <-broken:
		t.Errorf("told twice: %v", err)
	default:
	}
}
