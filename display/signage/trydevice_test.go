package signage_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"smarthall/internal/agent"
	"smarthall/internal/agent/agenttest"
	"smarthall/internal/device"
	"smarthall/internal/link"
)

func TestALoudspeakerIsTriedBetweenCalls(t *testing.T) {
	r := startWith(t, true, device.Config{ID: "speaker", Profile: "speaker"})
	if got := r.hall.Try(t, "o1", "speaker", time.Minute); got.Outcome != link.TryDone {
		t.Errorf("in silence: %+v", got)
	}
	// A call comes in the middle of a trial: it is said at once.
	speaker, begun := r.fakes.Get("speaker"), make(chan struct{}, 1)
	speaker.OnSay(func(ctx context.Context, text string) error {
		if text != agent.TrySaid {
			return nil
		}
		begun <- struct{}{}
		<-ctx.Done()
		return ctx.Err()
	})
	r.hall.Push(link.TypeDeviceTry, link.DeviceTry{Order: "o2", Device: "speaker", Expires: time.Now().Add(time.Minute)})
	<-begun
	r.call("c1")
	agenttest.WaitFor(t, "the call is said", func() bool { return slices.Contains(speaker.Said(), sentenceA012) })
	if got := r.hall.Try(t, "o2", "speaker", time.Minute); got.Outcome != link.TryBusy || got.Detail != "试到一半来了叫号，已让给叫号" {
		t.Errorf("a call came: %+v", got)
	}
}

func TestAStripIsTriedThroughTheHall(t *testing.T) {
	r := startWith(t, false, device.Config{ID: "strip", Profile: "led", Window: "3"})
	strip := r.fakes.Get("strip")
	agenttest.WaitFor(t, "the window's text", func() bool { return slices.Equal(strip.Texts(), []string{"社会保险"}) })
	if got := r.hall.Try(t, "o1", "strip", time.Minute); got.Outcome != link.TryDone {
		t.Errorf("got %+v", got)
	}
	agenttest.WaitFor(t, "the window's text again", func() bool {
		return slices.Equal(strip.Texts(), []string{"社会保险", agent.TryText, "社会保险"})
	})
}
