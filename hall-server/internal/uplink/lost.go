package uplink

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"smarthall/hall-server/internal/store"
	"smarthall/internal/bus"
)

// Streams keep a month, or up to their size. A hall that was away for longer says
// that it has lost events, and is told everything anew; a platform that was away
// says since when it has missed the hall's, and the log is sent again from there
// under the ids that it had.
const (
	typeLost   = "hall.lost"
	typeMissed = "hall.missed"
)

// lostBody is the body of typeLost.
type lostBody struct {
	Lost uint64 `json:"lost"`
}

// missedBody is the body of typeMissed.
type missedBody struct {
	Since time.Time `json:"since"`
	Lost  uint64    `json:"lost"`
}

// rewind asks the way up to go back to since; done gets how it went.
type rewind struct {
	since time.Time
	done  chan error
}

// lost tells the platform that its stream had dropped events before they were
// taken. The id is that of the gap, so that it is told once.
func (s *Service) lost(ctx context.Context, b *bus.Bus, m bus.Message, down *store.Down) error {
	s.conf.Log.Error("events of the platform were dropped before they were taken; it is asked to tell everything anew", slog.Uint64("lost", m.Lost))
	hall := s.conf.Platform.Hall
	id := hall + "-lost-" + m.Cursor.Epoch + "-" + strconv.FormatUint(m.Cursor.Seq, 10)
	if err := s.publishTo(ctx, b, Event{ID: id, Type: typeLost, Subject: hall, At: s.conf.Now(), Data: encode(lostBody{m.Lost})}); err != nil {
		return err
	}
	if err := s.conf.Store.SaveDown(ctx, down); err != nil {
		return err
	}
	s.count("lost")
	return nil
}

// missed sends what the platform has missed again. It returns once the way back
// is kept, so that a crash doesn't forget it.
func (s *Service) missed(ctx context.Context, e *Event) (string, error) {
	var in missedBody
	if err := json.Unmarshal(e.Data, &in); err != nil {
		return s.skip(e, err), nil
	}
	r := rewind{since: in.Since, done: make(chan error, 1)}
	select {
	case s.rewinds <- r:
	case <-ctx.Done():
		return "", ctx.Err()
	}
	select {
	case err := <-r.done:
		if err != nil {
			return "", err
		}
	case <-ctx.Done():
		return "", ctx.Err()
	}
	s.conf.Log.Error("the platform has missed events; the log is sent again", slog.Uint64("lost", in.Lost), slog.Time("since", in.Since))
	return "missed", nil
}

// rewind goes back to the beginning of the day of since, or of the open day if
// the platform has heard nothing yet, and describes the hall again. Intakes that
// the platform hasn't confirmed are announced again.
func (w *upward) rewind(ctx context.Context, since time.Time) error {
	days := 1
	if past := time.Since(since); since.Unix() > 0 && past > 0 {
		days = int(past/(24*time.Hour)) + 2
	}
	first, err := w.conf.Store.FirstOf(ctx, days)
	if err != nil {
		return err
	}
	if err := w.conf.Store.AnnounceAgain(ctx); err != nil {
		return err
	}
	w.news.Store(true)
	w.describe = true
	if first >= w.sent.Load() {
		return nil
	}
	if err := w.conf.Store.SaveSent(ctx, first); err != nil {
		return fmt.Errorf("send the log again: %w", err)
	}
	w.again = newEpoch()
	w.sent.Store(first)
	w.saved, w.savedAt = first, time.Now()
	return nil
}
