package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Uplink is how far the hall and the platform have heard each other.
type Uplink struct {
	// Epoch names this log in the ids of its events.
	Epoch string
	// Sent is the last record whose events the platform's stream has.
	Sent uint64
	// DownEpoch and DownSeq are how far the platform's stream was followed.
	DownEpoch string
	DownSeq   uint64
}

// Uplink returns how far hall and platform are; before the first time it is
// begun as first says.
func (s *Store) Uplink(ctx context.Context, first Uplink) (u Uplink, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO uplink (one, epoch, sent, down_epoch, down_seq) VALUES (1, $1, $2, '', 0)
			ON CONFLICT (one) DO NOTHING`, first.Epoch, int64(first.Sent))
		if err != nil {
			return err
		}
		var sent, seq int64
		err = tx.QueryRowContext(ctx, `SELECT epoch, sent, down_epoch, down_seq FROM uplink`).Scan(&u.Epoch, &sent, &u.DownEpoch, &seq)
		u.Sent, u.DownSeq = uint64(sent), uint64(seq)
		return err
	})
	if err != nil {
		return u, fmt.Errorf("read the uplink: %w", err)
	}
	return u, nil
}

// RenewUplink names the log anew and lets go of all numbers at hand: what was
// said under the old name, and given out of them, isn't known any more.
func (s *Store) RenewUplink(ctx context.Context, epoch string) error {
	err := s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		for _, statement := range []string{
			`DELETE FROM uplink_range`, `DELETE FROM uplink_ask`,
			// Their events may have gone with the stream.
			`UPDATE intake SET announced = 0 WHERE state = 'waiting'`,
		} {
			if _, err := tx.ExecContext(ctx, statement); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, `UPDATE uplink SET epoch = $1`, epoch)
		return err
	})
	if err != nil {
		return fmt.Errorf("begin the uplink anew: %w", err)
	}
	return nil
}

// SaveSent keeps that the events of all records up to seq were sent.
func (s *Store) SaveSent(ctx context.Context, seq uint64) error {
	if _, err := s.db.Write.ExecContext(ctx, `UPDATE uplink SET sent = $1`, int64(seq)); err != nil {
		return fmt.Errorf("save the uplink: %w", err)
	}
	return nil
}

// Taken tells whether the platform's event with the id was taken.
func (s *Store) Taken(ctx context.Context, id string) (bool, error) {
	var n int
	if err := s.db.Read.QueryRowContext(ctx, `SELECT count(*) FROM uplink_taken WHERE id = $1`, id).Scan(&n); err != nil {
		return false, fmt.Errorf("look up event %s: %w", id, err)
	}
	return n > 0, nil
}

// Item is an item that the platform published for this hall.
type Item struct {
	ID   string
	Name string
	// Services are the hall's that serve it, Materials the names of what to
	// bring.
	Services, Materials []string
	// Body is all that the platform said of it.
	Body json.RawMessage
}

// Range is a range of numbers, both ends included.
type Range struct {
	Name        string
	First, Last int64
	// Asked is the id of the event that asked for it.
	Asked string
}

// Down is what taking one of the platform's events changes here, besides the
// queue.
type Down struct {
	// ID is the event's; empty for what was no event.
	ID string
	// At is when it was taken.
	At time.Time
	// Epoch and Seq are how far the stream is followed with it.
	Epoch string
	Seq   uint64
	// Item came, the item with the id Gone went, Range was granted.
	Item  *Item
	Gone  string
	Range *Range
	// Article came, the one with the id ArticleGone went.
	Article     *Article
	ArticleGone string
}

// keepTaken is for how long taken events are known: longer than one may be on
// its way.
const keepTaken = 60 * 24 * time.Hour

// SaveDown keeps what an event of the platform changed and that it was taken,
// both or neither.
func (s *Store) SaveDown(ctx context.Context, d *Down) error {
	err := s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE uplink SET down_epoch = $1, down_seq = $2`, d.Epoch, int64(d.Seq)); err != nil {
			return err
		}
		if d.ID == "" {
			return nil
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO uplink_taken (id, at) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING`, d.ID, millis(d.At)); err != nil {
			return err
		}
		switch {
		case d.Item != nil:
			return saveItem(ctx, tx, d.Item, d.At)
		case d.Gone != "":
			_, err := tx.ExecContext(ctx, `DELETE FROM uplink_item WHERE id = $1`, d.Gone)
			return err
		case d.Range != nil:
			return saveRange(ctx, tx, d.Range, d.At)
		case d.Article != nil:
			return saveArticle(ctx, tx, d.Article, d.At)
		case d.ArticleGone != "":
			_, err := tx.ExecContext(ctx, `DELETE FROM uplink_article WHERE id = $1`, d.ArticleGone)
			return err
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("keep event %s of the platform: %w", d.ID, err)
	}
	return nil
}

func saveItem(ctx context.Context, tx *sql.Tx, item *Item, at time.Time) error {
	services, err := json.Marshal(append([]string{}, item.Services...))
	if err != nil {
		return err
	}
	materials, err := json.Marshal(append([]string{}, item.Materials...))
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO uplink_item (id, name, services, materials, body, taken) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, services = excluded.services, materials = excluded.materials,
		body = excluded.body, taken = excluded.taken`,
		item.ID, item.Name, string(services), string(materials), string(item.Body), millis(at))
	return err
}

// saveRange keeps a range that was granted, if this log asked for it: a hall
// that was begun anew hears again what an earlier one was granted and used up.
func saveRange(ctx context.Context, tx *sql.Tx, r *Range, at time.Time) error {
	result, err := tx.ExecContext(ctx, `DELETE FROM uplink_ask WHERE id = $1 AND name = $2`, r.Asked, r.Name)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO uplink_range (name, first, last, next, granted) VALUES ($1, $2, $3, $2, $4)`,
		r.Name, r.First, r.Last, millis(at))
	return err
}

// Items are the items that the platform published for this hall, by name.
func (s *Store) Items(ctx context.Context) ([]Item, error) {
	rows, err := s.db.Read.QueryContext(ctx, `SELECT id, name, services, materials, body FROM uplink_item ORDER BY name, id`)
	if err != nil {
		return nil, fmt.Errorf("read items: %w", err)
	}
	defer rows.Close()
	var out []Item
	for rows.Next() {
		var item Item
		var services, materials, body string
		if err := rows.Scan(&item.ID, &item.Name, &services, &materials, &body); err != nil {
			return nil, fmt.Errorf("read items: %w", err)
		}
		item.Body = json.RawMessage(body)
		if err := errors.Join(json.Unmarshal([]byte(services), &item.Services), json.Unmarshal([]byte(materials), &item.Materials)); err != nil {
			return nil, fmt.Errorf("read item %s: %w", item.ID, err)
		}
		out = append(out, item)
	}
	return out, rows.Err()
}

// ErrNoNumbers says that no number of that name is at hand.
var ErrNoNumbers = errors.New("no numbers at hand")

// NextNumber gives out a number of the name, or ErrNoNumbers. It is durable
// when it returns: the number is never given again.
func (s *Store) NextNumber(ctx context.Context, name string) (n int64, err error) {
	err = s.db.Write.QueryRowContext(ctx, `UPDATE uplink_range SET next = next + 1 WHERE name = $1 AND first =
		(SELECT first FROM uplink_range WHERE name = $1 AND next <= last ORDER BY first LIMIT 1) RETURNING next - 1`, name).Scan(&n)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, ErrNoNumbers
	}
	if err != nil {
		return 0, fmt.Errorf("give out a number of %s: %w", name, err)
	}
	return n, nil
}

// NumbersLeft is how many numbers of the name are at hand.
func (s *Store) NumbersLeft(ctx context.Context, name string) (n int64, err error) {
	if err := s.db.Read.QueryRowContext(ctx, `SELECT coalesce(sum(last - next + 1), 0) FROM uplink_range WHERE name = $1`, name).Scan(&n); err != nil {
		return 0, fmt.Errorf("count numbers of %s: %w", name, err)
	}
	return n, nil
}

// Ask is a range that is asked for under the id of the event that does.
type Ask struct {
	Name, ID string
	Count    int64
	At       time.Time
}

// askAgain is after what time a range is asked for anew that never came.
const askAgain = 24 * time.Hour

// AskNumbers notes that a range is to be asked for; false if one of that name
// is asked for already.
func (s *Store) AskNumbers(ctx context.Context, a Ask) (bool, error) {
	result, err := s.db.Write.ExecContext(ctx, `INSERT INTO uplink_ask (name, id, count, at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (name) DO UPDATE SET id = excluded.id, count = excluded.count, at = excluded.at, sent = 0 WHERE uplink_ask.at < $5`,
		a.Name, a.ID, a.Count, millis(a.At), millis(a.At.Add(-askAgain)))
	if err != nil {
		return false, fmt.Errorf("ask for numbers of %s: %w", a.Name, err)
	}
	n, err := result.RowsAffected()
	if err != nil {
		return false, fmt.Errorf("ask for numbers of %s: %w", a.Name, err)
	}
	return n == 1, nil
}

// Asks are the ranges that nobody has sent for yet.
func (s *Store) Asks(ctx context.Context) ([]Ask, error) {
	rows, err := s.db.Read.QueryContext(ctx, `SELECT name, id, count, at FROM uplink_ask WHERE sent = 0 ORDER BY at, name`)
	if err != nil {
		return nil, fmt.Errorf("read asks: %w", err)
	}
	defer rows.Close()
	var out []Ask
	for rows.Next() {
		var a Ask
		var at int64
		if err := rows.Scan(&a.Name, &a.ID, &a.Count, &at); err != nil {
			return nil, fmt.Errorf("read asks: %w", err)
		}
		a.At = fromMillis(at)
		out = append(out, a)
	}
	return out, rows.Err()
}

// AskSent notes that the ask with the id is in the stream.
func (s *Store) AskSent(ctx context.Context, id string) error {
	if _, err := s.db.Write.ExecContext(ctx, `UPDATE uplink_ask SET sent = 1 WHERE id = $1`, id); err != nil {
		return fmt.Errorf("note ask %s: %w", id, err)
	}
	return nil
}

// SweepUplink forgets what can't come again: events taken long ago, and ranges
// used up as long.
func (s *Store) SweepUplink(ctx context.Context, now time.Time) error {
	before := millis(now.Add(-keepTaken))
	if _, err := s.db.Write.ExecContext(ctx, `DELETE FROM uplink_taken WHERE at < $1`, before); err != nil {
		return fmt.Errorf("forget old events: %w", err)
	}
	if _, err := s.db.Write.ExecContext(ctx, `DELETE FROM uplink_range WHERE next > last AND granted < $1`, before); err != nil {
		return fmt.Errorf("forget used ranges: %w", err)
	}
	return nil
}
