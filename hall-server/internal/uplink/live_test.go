package uplink_test

import (
	"context"
	"encoding/json"
	"sync"
	"sync/atomic"
	"testing"

	"smarthall/hall-server/internal/uplink"
	"smarthall/internal/bus"
)

// The platform is told how the hall is once it is there, under a topic that the
// bus carries, and again while it doesn't take it.
func TestThePlatformIsToldHowTheHallIs(t *testing.T) {
	p := newPlatform(t)
	var told atomic.Value
	ctx, cancel := context.WithCancel(t.Context())
	var answering sync.WaitGroup
	answering.Go(func() {
		_ = p.bus.Answer(ctx, "hall-east", func(_ context.Context, topic string, question []byte) []byte {
			var q bus.Question
			if topic != "hall-live" || json.Unmarshal(question, &q) != nil {
				return []byte(`{}`)
			}
			told.Store(string(q.Body))
			return []byte(`{"body": {}}`)
		})
	})
	t.Cleanup(func() { cancel(); answering.Wait() })
	f := newFixture(t, p)
	f.says = func() uplink.Live {
		return uplink.Live{Waiting: 7, Windows: []uplink.LiveWindow{{ID: "1", Number: "1", State: "idle"}}}
	}
	f.restart()
	eventually(t, "the platform is told", func() bool {
		var live uplink.Live
		text, _ := told.Load().(string)
		return json.Unmarshal([]byte(text), &live) == nil && live.Waiting == 7 && live.Windows[0].State == "idle"
	})
}
