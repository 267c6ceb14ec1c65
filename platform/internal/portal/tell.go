package portal

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"smarthall/platform/internal/store"
)

// The events by which halls hear of articles. The subject is the article's id.
const (
	EventArticlePublished = "article.published" // the body is the Article
	EventArticleWithdrawn = "article.withdrawn" // it is gone; no body
)

// perHall is how many articles of a kind halls are told of, the newest ones: those
// that somebody before a touch screen still turns to. The portal has them all.
const perHall = 100

// toldArticle is an article as halls are told of it.
type toldArticle struct {
	digest string // tells two of them apart
	body   json.RawMessage
}

// tellable are the articles that halls are told of, by id. One that has a day to
// come is told ahead: a hall shows it from that day on, by its own clock.
func (s *Service) tellable(ctx context.Context, tx *store.Tx) (map[string]toldArticle, error) {
	all := map[string]toldArticle{}
	for _, kind := range []Kind{Notice, Law} {
		list, err := newest(ctx, tx, kind)
		if err != nil {
			return nil, fmt.Errorf("read articles for halls: %w", err)
		}
		for _, a := range list {
			a.At = a.At.UTC()
			body, err := json.Marshal(a)
			if err != nil {
				return nil, fmt.Errorf("tell halls of article %s: %w", a.ID, err)
			}
			sum := sha256.Sum256(body)
			all[a.ID] = toldArticle{hex.EncodeToString(sum[:]), body}
		}
	}
	return all, nil
}

// newest are the articles of a kind that halls are told of.
func newest(ctx context.Context, tx *store.Tx, kind Kind) ([]Article, error) {
	rows, err := tx.QueryContext(ctx, selectArticle+` WHERE kind = $1 ORDER BY at DESC, id LIMIT $2`, string(kind), perHall)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []Article
	for rows.Next() {
		a, err := scanArticle(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, a)
	}
	return list, rows.Err()
}

// tell lets every hall hear what has changed since it was told the last time, in
// the transaction of the change, and returns how many events that took.
func (s *Service) tell(ctx context.Context, tx *store.Tx) (sent int, err error) {
	halls, err := s.Halls(ctx)
	if err != nil {
		return 0, fmt.Errorf("tell halls of articles: %w", err)
	}
	// What they know is read first: if others change an article meanwhile, a hall
	// hears of it twice, and never what was before.
	known, err := toldTo(ctx, tx)
	if err != nil {
		return 0, fmt.Errorf("read what halls know of articles: %w", err)
	}
	all, err := s.tellable(ctx, tx)
	if err != nil {
		return 0, err
	}
	for _, h := range halls {
		n, err := tellHall(ctx, tx, h.ID, known[h.ID], all)
		if err != nil {
			return sent, fmt.Errorf("tell hall %s of articles: %w", h.ID, err)
		}
		sent += n
	}
	return sent, nil
}

// tellHall tells one hall, which knows articles by their digests, what it doesn't
// know of all.
func tellHall(ctx context.Context, tx *store.Tx, hall string, known map[string]string, all map[string]toldArticle) (sent int, err error) {
	for _, id := range slices.Sorted(maps.Keys(all)) {
		a := all[id]
		if known[id] == a.digest {
			continue
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO portal_told (hall, article, digest) VALUES ($1, $2, $3)
			ON CONFLICT (hall, article) DO UPDATE SET digest = excluded.digest`, hall, id, a.digest); err != nil {
			return sent, err
		}
		if err := tx.Publish(ctx, hall, EventArticlePublished, id, a.body); err != nil {
			return sent, err
		}
		sent++
	}
	for _, id := range slices.Sorted(maps.Keys(known)) {
		if _, stays := all[id]; stays {
			continue
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM portal_told WHERE hall = $1 AND article = $2`, hall, id); err != nil {
			return sent, err
		}
		if err := tx.Publish(ctx, hall, EventArticleWithdrawn, id, struct{}{}); err != nil {
			return sent, err
		}
		sent++
	}
	return sent, nil
}

// toldTo are the digests of what halls were told, by hall and article.
func toldTo(ctx context.Context, tx *store.Tx) (map[string]map[string]string, error) {
	rows, err := tx.QueryContext(ctx, `SELECT hall, article, digest FROM portal_told`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	known := map[string]map[string]string{}
	for rows.Next() {
		var hall, id, digest string
		if err := rows.Scan(&hall, &id, &digest); err != nil {
			return nil, err
		}
		if known[hall] == nil {
			known[hall] = map[string]string{}
		}
		known[hall][id] = digest
	}
	return known, rows.Err()
}

// Resend tells a hall of all articles, as if they were published now: for a hall
// that begins, or that lost what it knew.
func (s *Service) Resend(ctx context.Context, tx *store.Tx, hall string) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM portal_told WHERE hall = $1`, hall); err != nil {
		return fmt.Errorf("forget what hall %s knows of articles: %w", hall, err)
	}
	all, err := s.tellable(ctx, tx)
	if err != nil {
		return err
	}
	if _, err := tellHall(ctx, tx, hall, nil, all); err != nil {
		return fmt.Errorf("tell hall %s of articles: %w", hall, err)
	}
	return nil
}

// retell is after what time it is tried again to tell halls.
const retell = time.Minute

// Run tells halls what they don't know yet, such as those that were there before
// halls were told of articles at all, once in a process's life, and those who
// follow items what has become of them, until ctx ends. Changes of articles tell
// halls by themselves.
func (s *Service) Run(ctx context.Context) error {
	followed := make(chan error, 1)
	go func() { followed <- s.runFollow(ctx) }()
	return errors.Join(s.runTell(ctx), <-followed)
}

func (s *Service) runTell(ctx context.Context) error {
	return s.Store.Lead(ctx, "portal-tell", func(ctx context.Context) error {
		for {
			sent := 0
			err := s.Store.Write(ctx, "tell halls of articles", func(tx *store.Tx) (err error) {
				sent, err = s.tell(ctx, tx)
				return err
			})
			if ctx.Err() != nil {
				return nil
			}
			again := make(<-chan time.Time)
			if err != nil {
				s.Log.Error("halls aren't told of articles", slog.Any("err", err))
				again = time.After(retell)
			} else if sent > 0 {
				s.Log.Info("halls were told of articles", slog.Int("events", sent))
			}
			select {
			case <-ctx.Done():
				return nil
			case <-again:
			}
		}
	})
}
