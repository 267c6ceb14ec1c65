package store_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"smarthall/hall-server/internal/core"
	"smarthall/hall-server/internal/queue"
	"smarthall/hall-server/internal/store"
)

func TestWebhooksAreKeptAsTheyAre(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hall.db")
	at := time.Date(2026, 11, 23, 1, 2, 3, 4e6, time.UTC)
	one := store.Webhook{
		ID: "1", URL: "http://10.0.0.1/", Events: []string{"ticket.called"}, Secret: "whsec_x", Creator: "admin:a", Key: "k",
		Created: at, WebhookProgress: store.WebhookProgress{Seq: 7},
	}
	two := store.Webhook{ID: "2", URL: "http://10.0.0.2/", Events: []string{}, Creator: "admin:a", Created: at.Add(time.Second)}
	db := open(t, path)
	must(t, db.AddWebhook(t.Context(), one))
	must(t, db.AddWebhook(t.Context(), two))
	one.WebhookProgress = store.WebhookProgress{
		Seq: 9, Part: 2, Attempts: 3, FailingSince: at, NextTry: at.Add(1e9), LastSuccess: at.Add(2e9),
		LastFailure: at.Add(3e9), Failure: "webhook.status", Status: 500, Suspended: at.Add(4e9),
	}
	must(t, db.SaveWebhook(t.Context(), "1", one.WebhookProgress))
	must(t, db.SaveWebhook(t.Context(), "nobody", one.WebhookProgress))
	got, err := open(t, path).Webhooks(t.Context())
	must(t, err)
	if diff := cmp.Diff([]store.Webhook{one, two}, got); diff != "" {
		t.Errorf("kept otherwise (-want +got):\n%s", diff)
	}
	three := one
	three.ID = "3"
	if db.AddWebhook(t.Context(), three) == nil {
		t.Error("one key gave two webhooks")
	}
	must(t, db.RemoveWebhook(t.Context(), "1"))
	must(t, db.RemoveWebhook(t.Context(), "1"))
	must(t, db.AddWebhook(t.Context(), three)) // the key is free again
}

func TestRecordsAreReadInPieces(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "hall.db"))
	const day = queue.Day("2026-11-23")
	want := []core.Record{
		{Seq: 1, At: 10, Day: day, Actor: "a", Command: "x", Events: queue.Events{queue.DayEnded{Day: day}, queue.DayOpened{Day: day}}},
		{
			Seq: 2, At: 20, Day: day, Actor: "b", Command: "y", Events: queue.Events{queue.WindowPaused{Window: "4", Text: "稍候"}},
			Answer: core.Answer{Window: &queue.Window{ID: "4", Paused: true}},
		},
		{Seq: 3, At: 30, Day: day, Actor: "c", Command: "z", Events: queue.Events{queue.DayEnded{Day: day}}},
	}
	must(t, db.Append(t.Context(), want, nil))
	var got []core.Record
	for {
		piece, err := db.Records(t.Context(), uint64(len(got)), 2)
		must(t, err)
		if len(piece) == 0 {
			break
		}
		got = append(got, piece...)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("read otherwise (-want +got):\n%s", diff)
	}
	for _, tt := range []struct {
		seq   uint64
		part  int
		types []string
		want  int
	}{
		{0, 0, nil, 4},
		{0, 1, nil, 3},
		{0, 2, nil, 2},
		{1, 0, nil, 2},
		{3, 0, nil, 0},
		{0, 0, []string{"day.ended"}, 2},
		{0, 1, []string{"day.ended"}, 1},
		{0, 1, []string{"day.opened", "window.paused"}, 2},
		{0, 0, []string{"ticket.called"}, 0},
	} {
		if n, err := db.CountEvents(t.Context(), tt.seq, tt.part, tt.types); err != nil || n != tt.want {
			t.Errorf("after %d/%d of %v: got %d, %v, want %d", tt.seq, tt.part, tt.types, n, err, tt.want)
		}
	}
}
