package portal_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/store"
)

func TestAHallTellsHowManyWait(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		town := newTown(t, target)
		take := map[string]func(context.Context, *store.Tx, string, store.Event) error{}
		town.Listen(func(kind string, h func(context.Context, *store.Tx, string, store.Event) error) { take[kind] = h })
		say := func(kind, ticket, data string) error {
			return town.store.Write(t.Context(), "take an event", func(tx *store.Tx) error {
				return take[kind](t.Context(), tx, "demo", store.Event{Type: kind, Subject: ticket, Data: json.RawMessage(data)})
			})
		}
		hasNot(t, town.page(t, "/halls/demo"), "当前等候")
		const today = `{"day":"2026-11-23"}`
		for _, step := range []struct{ kind, ticket string }{
			{"ticket.taken", "a"},
			{"ticket.taken", "b"},
			{"ticket.taken", "c"},
			{"ticket.taken", "a"}, // again
			{"ticket.called", "a"},
			{"ticket.called", "b"},
			{"ticket.put-back", "b"},
			{"ticket.finished", "a"},
		} {
			must(t, say(step.kind, step.ticket, today))
		}
		town.now = town.now.Add(2 * time.Second)
		has(t, town.page(t, "/halls/demo"), "当前等候 2 人")
		has(t, town.page(t, "/"), "当前等候 2 人")
		for _, wrong := range []string{`{`, `{}`, `{"day":"today"}`, `{"day":"2026-11-23'; DROP TABLE portal_ticket"}`} {
			if err := say("ticket.taken", "d", wrong); fault.Of(err) == nil {
				t.Errorf("%s: %v", wrong, err)
			}
		}
		if err := say("ticket.taken", "", today); fault.Of(err) == nil {
			t.Errorf("no ticket: %v", err)
		}
		must(t, say("ticket.called", "b", today))
		must(t, say("ticket.cancelled", "c", today))
		town.now = town.now.Add(2 * time.Second)
		has(t, town.page(t, "/halls/demo"), "当前等候 0 人")
		town.now = town.now.Add(24 * time.Hour)
		hasNot(t, town.page(t, "/halls/demo"), "当前等候")
	})
}
