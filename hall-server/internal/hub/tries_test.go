package hub_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"smarthall/internal/link"
)

func TestWhoTriesADeviceHearsItFromItsOwnAgent(t *testing.T) {
	f := newFixture(t, options{})
	try := link.DeviceTry{Order: "o1", Device: "labels", Expires: f.core.Now().Add(time.Minute)}
	if _, err := f.hub.TryDevice(t.Context(), "kiosk-1", try); !errors.Is(err, link.ErrAway) {
		t.Errorf("an agent that isn't there: %v", err)
	}
	kiosk, other := f.kiosk("kiosk-1"), f.kiosk("kiosk-2")
	type outcome struct {
		done link.DeviceTried
		err  error
	}
	ended := make(chan outcome, 1)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	go func() {
		done, err := f.hub.TryDevice(ctx, "kiosk-1", try)
		ended <- outcome{done, err}
	}()
	m := kiosk.want(link.TypeDeviceTry)
	var got link.DeviceTry
	if err := m.Into(&got); err != nil || got.Order != try.Order || got.Device != "labels" || m.Seq == 0 {
		t.Fatalf("ordered %+v as message %d: %v", got, m.Seq, err)
	}
	other.send(link.TypeDeviceTried, "x1", link.DeviceTried{Order: "o1", Device: "labels", Outcome: link.TryDone})
	other.send(link.TypeDeviceTried, "x2", link.DeviceTried{Outcome: link.TryDone}) // names no order
	if r := other.reply("x2"); r.Type != link.TypeError {
		t.Errorf("got %s %s", r.Type, r.Body)
	}
	want := link.DeviceTried{Order: "o1", Device: "labels", Outcome: link.TryFailed, State: "paper_end", Detail: "缺纸"}
	for range 2 { // told twice
		kiosk.send(link.TypeDeviceTried, "", want)
	}
	if out := <-ended; out.err != nil || out.done != want {
		t.Errorf("got %+v", out)
	}
	try.Order = "o2" // what is told a second time of the first may still come
	short, stop := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer stop()
	if _, err := f.hub.TryDevice(short, "kiosk-1", try); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("an agent that says nothing: %v", err)
	}
}
