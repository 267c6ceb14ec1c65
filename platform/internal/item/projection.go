package item

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"smarthall/platform/internal/store"
)

// downShape is the version of what halls are told of items: of the fields of
// Down and of what they mean. It is raised with each change of them, and a
// platform that begins with a higher one tells halls again what they know in an
// older shape. A platform with a lower one leaves it alone.
//   - 1: with bases, steps, the statutory limit, bases of charges, blanks,
//     samples and selfService; 0 is anything before
//   - 2: with data beside the words: limits, visits, what is free, how materials
//     are brought, the parts of charges, window numbers and opening hours
const downShape = 2

// Waits and bounds of renewing.
const (
	// renewEvery is how often the leader looks for what a process of an older
	// version has told meanwhile.
	renewEvery = 10 * time.Minute
	// renewPage is how many items are listed at a time. Each is renewed in a
	// transaction of its own.
	renewPage = 100
)

// projection is what a hall is told of an item, ready to be sent.
type projection struct {
	hall, kind string
	body       json.RawMessage
	// digest tells two of them apart.
	digest string
}

// project returns what a hall whose services serve an item is told of it.
func (s *Service) project(it *Item, hall string, services []string) (projection, error) {
	p := projection{hall: hall, kind: EventPublished}
	if it.State == Suspended {
		p.kind = EventSuspended
	}
	body, err := json.Marshal(s.down(it, hall, services))
	if err != nil {
		return p, fmt.Errorf("tell hall %s of item %s: %w", hall, it.ID, err)
	}
	sum := sha256.Sum256(append([]byte(p.kind+"\n"), body...))
	p.body, p.digest = body, hex.EncodeToString(sum[:])
	return p, nil
}

// projections are what all halls are told of an item, by hall: none unless it
// is offered.
func (s *Service) projections(it *Item) ([]projection, error) {
	services := map[string][]string{}
	if it.State == Published || it.State == Suspended {
		for _, p := range it.services() {
			services[p.Hall] = append(services[p.Hall], p.Service)
		}
	}
	list := make([]projection, 0, len(services))
	for _, hall := range slices.Sorted(maps.Keys(services)) {
		p, err := s.project(it, hall, services[hall])
		if err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, nil
}

// announce publishes a projection and notes what the hall was told. The note comes
// first: it makes others who tell the hall of the same item wait, so that their
// events follow this one in the order of the changes.
func (s *Service) announce(ctx context.Context, tx *store.Tx, id string, p projection) error {
	if _, err := tx.ExecContext(ctx, `INSERT INTO item_hall (item, hall, shape, told) VALUES ($1, $2, $3, $4)
		ON CONFLICT (item, hall) DO UPDATE SET shape = excluded.shape, told = excluded.told`, id, p.hall, downShape, p.digest); err != nil {
		return fmt.Errorf("note hall %s of item %s: %w", p.hall, id, err)
	}
	return tx.Publish(ctx, p.hall, p.kind, id, p.body)
}

// renewAll renews what halls know until ctx ends, by one process of those that
// share the database.
func (s *Service) renewAll(ctx context.Context) {
	_ = s.Store.Lead(ctx, "item-renew", func(ctx context.Context) error { // it ends with ctx only
		tick := time.NewTicker(renewEvery)
		defer tick.Stop()
		for whole := true; ; whole = false {
			if err := s.renewSome(ctx, whole); err != nil && ctx.Err() == nil {
				s.Log.Error("what halls know of items isn't renewed", slog.Any("err", err))
			}
			select {
			case <-ctx.Done():
				return nil
			case <-tick.C:
			}
		}
	})
}

// renewSome renews what halls know; whole: also what is in this shape, because
// it may have been made with other settings.
func (s *Service) renewSome(ctx context.Context, whole bool) error {
	below := downShape
	if whole {
		below++
	}
	sent, err := s.Renew(ctx, below)
	if sent > 0 {
		s.Log.Info("halls were told again of items", slog.Int("events", sent), slog.Int("shape", downShape))
	}
	return err
}

// Renew tells halls again of the items that they know in a shape below the
// given one, where what they would be told now differs. It returns how many
// events it published: none if it is called again. An item that can't be told
// is logged and holds up no other.
func (s *Service) Renew(ctx context.Context, below int) (sent int, err error) {
	for after := ""; ; {
		ids, err := s.olderThan(ctx, below, after)
		if err != nil || len(ids) == 0 {
			return sent, err
		}
		for _, id := range ids {
			n, err := s.renew(ctx, id)
			if ctx.Err() != nil {
				return sent, ctx.Err()
			}
			if err != nil {
				s.Log.Error("halls aren't told again of an item", slog.String("item", id), slog.Any("err", err))
			}
			sent += n
		}
		after = ids[len(ids)-1]
	}
}

// olderThan are the next items that some hall knows in a shape below the given one.
func (s *Service) olderThan(ctx context.Context, shape int, after string) ([]string, error) {
	rows, err := s.Store.Read().QueryContext(ctx, `SELECT DISTINCT item FROM item_hall WHERE shape < $1 AND item > $2 ORDER BY item LIMIT $3`,
		shape, after, renewPage)
	if err != nil {
		return nil, fmt.Errorf("read what halls know: %w", err)
	}
	defer rows.Close()
	var ids []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("read what halls know: %w", err)
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

// renew tells halls again of one item and returns how many were told. Where
// nothing has changed nothing is written.
func (s *Service) renew(ctx context.Context, id string) (sent int, err error) {
	known, err := told(ctx, s.Store.Read(), id)
	if err != nil {
		return 0, err
	}
	list, err := s.current(ctx, s.Store.Read(), id)
	if err != nil || !slices.ContainsFunc(list, func(p projection) bool { return known[p.hall].stale(p) }) {
		return 0, err
	}
	err = s.Store.Write(ctx, "tell halls again of an item", func(tx *store.Tx) error {
		sent = 0
		// Whoever changes the item meanwhile is waited for, and read afterwards.
		if _, err := tx.ExecContext(ctx, `UPDATE item_hall SET told = told WHERE item = $1`, id); err != nil {
			return err
		}
		known, err := told(ctx, tx, id)
		if err != nil {
			return err
		}
		list, err := s.current(ctx, tx, id)
		if err != nil {
			return err
		}
		for _, p := range list {
			k := known[p.hall]
			if !k.stale(p) {
				continue
			}
			if k.digest == p.digest { // only the shape is older: it would say the same
				if _, err := tx.ExecContext(ctx, `UPDATE item_hall SET shape = $1 WHERE item = $2 AND hall = $3`, downShape, id, p.hall); err != nil {
					return err
				}
				continue
			}
			if err := s.announce(ctx, tx, id, p); err != nil {
				return err
			}
			sent++
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return sent, nil
}

// current is what halls would be told now of an item.
func (s *Service) current(ctx context.Context, from store.Querier, id string) ([]projection, error) {
	it, err := scanVersion(from.QueryRowContext(ctx, selectVersion+` WHERE item = $1 AND version = (SELECT current FROM item_head WHERE id = $1)`, id))
	if store.IsNone(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read item %s: %w", id, err)
	}
	return s.projections(&it)
}

// knowledge is what a hall knows of an item.
type knowledge struct {
	known  bool
	shape  int
	digest string
}

// stale tells whether the hall has to be told p. A hall that isn't told of the
// item at all, or that a newer platform has told, has not.
func (k knowledge) stale(p projection) bool {
	return k.known && (k.shape < downShape || k.shape == downShape && k.digest != p.digest)
}

// told is what halls know of an item, by hall.
func told(ctx context.Context, from store.Querier, id string) (map[string]knowledge, error) {
	rows, err := from.QueryContext(ctx, `SELECT hall, shape, told FROM item_hall WHERE item = $1`, id)
	if err != nil {
		return nil, fmt.Errorf("read what halls know of item %s: %w", id, err)
	}
	defer rows.Close()
	list := map[string]knowledge{}
	for rows.Next() {
		k := knowledge{known: true}
		var hall string
		if err := rows.Scan(&hall, &k.shape, &k.digest); err != nil {
			return nil, fmt.Errorf("read what halls know of item %s: %w", id, err)
		}
		list[hall] = k
	}
	return list, rows.Err()
}
