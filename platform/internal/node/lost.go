package node

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"smarthall/internal/bus"
	"smarthall/platform/internal/store"
)

// A stream keeps what its follower hasn't taken for a month, or up to its size.
// Who was away for longer has missed events: it says so to the other side, which
// tells everything anew. What both know already changes nothing when it comes
// again, because events keep their ids and states are told whole.
const (
	// TypeLost is what a hall says that has missed events of the platform.
	TypeLost = "hall.lost"
	// TypeMissed is what the platform says to a hall whose events it has missed;
	// the body is Missed. The hall sends its log again from there.
	TypeMissed = "hall.missed"
)

// Missed is the body of TypeMissed.
type Missed struct {
	// Since is when the last event happened that the platform heard of.
	Since time.Time `json:"since"`
	Lost  uint64    `json:"lost"`
}

// missed asks a hall for what its stream has dropped, in the transaction that
// moves the cursor behind it.
func (s *Service) missed(ctx context.Context, hall string, m bus.Message) error {
	h, err := s.Hall(ctx, hall)
	if err != nil {
		return err
	}
	s.Log.Error("events of a hall were dropped before they were heard; it is asked to send them again", slog.String("hall", hall),
		slog.Uint64("lost", m.Lost), slog.Time("since", h.Heard))
	err = s.Store.Write(ctx, "ask for a hall's lost events", func(tx *store.Tx) error {
		if err := tx.Publish(ctx, hall, TypeMissed, hall, Missed{Since: h.Heard, Lost: m.Lost}); err != nil {
			return err
		}
		return s.move(ctx, tx, hall, m.Cursor, time.Time{})
	})
	if err == nil {
		s.countMany("", outcomeLost, m.Lost)
	}
	return err
}

// tellAgain takes TypeLost: the hall is told everything anew.
func (s *Service) tellAgain(ctx context.Context, tx *store.Tx, hall string, _ store.Event) error {
	s.Log.Error("a hall has lost events of the platform; it is told everything anew", slog.String("hall", hall))
	for _, b := range s.begun {
		if err := b(ctx, tx, hall); err != nil {
			return fmt.Errorf("tell hall %s everything anew: %w", hall, err)
		}
	}
	return nil
}
