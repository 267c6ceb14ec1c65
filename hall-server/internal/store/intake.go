package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"smarthall/hall-server/internal/intake"
)

var _ intake.Table = (*Store)(nil)

const (
	insertIntake = `INSERT INTO intake (id, print, number, item, item_name, ticket, ticket_number, win, clerk, made, after, sealed, masked, materials, state)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) ON CONFLICT (id) DO NOTHING`
	insertIntakeFile = `INSERT INTO intake_file (intake, document, material, state) VALUES ($1, $2, $3, $4)`
	selectIntake     = `SELECT id, print, number, item, item_name, ticket, ticket_number, win, clerk, made, after, announced, sealed, masked, materials,
		state, reason, detail, settled FROM intake `
	// Somebody has to do something about a refused one, and the hall about one
	// that it has something to bring of.
	openIntake = `(state IN ('waiting', 'refused') OR state = 'taken' AND EXISTS (SELECT 1 FROM intake_file f WHERE f.intake = intake.id AND f.state = 'waiting'))`
)

// AddIntake implements intake.Table.
func (s *Store) AddIntake(ctx context.Context, in *intake.Intake) (added bool, err error) {
	materials, err := json.Marshal(in.Materials)
	if err != nil {
		return false, fmt.Errorf("add intake: %w", err)
	}
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, insertIntake, in.ID, in.Print, in.Number, in.Item, in.ItemName, in.Ticket, in.TicketNumber, in.Window, in.Clerk,
			millis(in.Made), int64(in.After), in.Sealed, in.Name, string(materials), string(in.State))
		if err != nil {
			return err
		}
		n, err := result.RowsAffected()
		if added = n == 1; err != nil || !added {
			return err
		}
		for _, f := range in.Files {
			if _, err := tx.ExecContext(ctx, insertIntakeFile, in.ID, f.Document, f.Material, string(f.State)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return false, fmt.Errorf("add intake: %w", err)
	}
	return added, nil
}

// Intake implements intake.Table; all others likewise.
func (s *Store) Intake(ctx context.Context, id string) (intake.Intake, error) {
	list, err := s.intakes(ctx, `WHERE id = $1`, id)
	if err == nil && len(list) == 0 {
		err = intake.ErrUnknown
	}
	if err != nil {
		return intake.Intake{}, err
	}
	return list[0], nil
}

func (s *Store) Intakes(ctx context.Context, window string, since time.Time, limit int) ([]intake.Intake, error) {
	if window == "" {
		return s.intakes(ctx, `WHERE made >= $1 OR `+openIntake+` ORDER BY made DESC, id DESC LIMIT $2`, millis(since), limit)
	}
	return s.intakes(ctx, `WHERE win = $1 AND (made >= $2 OR `+openIntake+`) ORDER BY made DESC, id DESC LIMIT $3`, window, millis(since), limit)
}

func (s *Store) PendingIntakes(ctx context.Context, limit int) ([]intake.Intake, error) {
	return s.intakes(ctx, `WHERE announced = 1 AND state <> 'refused' AND `+openIntake+` ORDER BY after, made, id LIMIT $1`, limit)
}

func (s *Store) intakes(ctx context.Context, where string, args ...any) ([]intake.Intake, error) {
	rows, err := s.db.Read.QueryContext(ctx, selectIntake+where, args...)
	if err != nil {
		return nil, fmt.Errorf("read intakes: %w", err)
	}
	defer rows.Close()
	list := []intake.Intake{}
	for rows.Next() {
		var in intake.Intake
		var made, after, settled int64
		var materials string
		err := rows.Scan(&in.ID, &in.Print, &in.Number, &in.Item, &in.ItemName, &in.Ticket, &in.TicketNumber, &in.Window, &in.Clerk, &made, &after,
			&in.Announced, &in.Sealed, &in.Name, &materials, &in.State, &in.Reason, &in.Detail, &settled)
		if err != nil {
			return nil, fmt.Errorf("read intakes: %w", err)
		}
		in.Made, in.After = fromMillis(made), uint64(after)
		if settled != 0 {
			in.Settled = fromMillis(settled)
		}
		if err := json.Unmarshal([]byte(materials), &in.Materials); err != nil {
			return nil, fmt.Errorf("read intake %s: %w", in.ID, err)
		}
		list = append(list, in)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read intakes: %w", err)
	}
	for i := range list {
		if list[i].Files, err = s.intakeFiles(ctx, list[i].ID); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func (s *Store) intakeFiles(ctx context.Context, id string) ([]intake.File, error) {
	rows, err := s.db.Read.QueryContext(ctx, `SELECT document, material, state, upload, detail FROM intake_file WHERE intake = $1 ORDER BY document`, id)
	if err != nil {
		return nil, fmt.Errorf("read files of intake %s: %w", id, err)
	}
	defer rows.Close()
	list := []intake.File{}
	for rows.Next() {
		var f intake.File
		if err := rows.Scan(&f.Document, &f.Material, &f.State, &f.Upload, &f.Detail); err != nil {
			return nil, fmt.Errorf("read files of intake %s: %w", id, err)
		}
		list = append(list, f)
	}
	return list, rows.Err()
}

func (s *Store) SettleIntake(ctx context.Context, id string, state intake.State, reason, detail string, at time.Time) error {
	_, err := s.db.Write.ExecContext(ctx, `UPDATE intake SET state = $1, reason = $2, detail = $3, settled = $4,
		sealed = CASE WHEN $1 = 'taken' THEN '' ELSE sealed END WHERE id = $5 AND state = 'waiting'`, string(state), reason, detail, millis(at), id)
	if err != nil {
		return fmt.Errorf("settle intake %s: %w", id, err)
	}
	return nil
}

func (s *Store) RenewIntake(ctx context.Context, id, sealed, masked string) (bool, error) {
	return changed(s.db.Write.ExecContext(ctx, `UPDATE intake SET state = 'waiting', sealed = $1, masked = $2, reason = '', detail = '', settled = 0
		WHERE id = $3 AND state = 'refused'`, sealed, masked, id))
}

func (s *Store) VoidIntake(ctx context.Context, id string, at time.Time) (bool, error) {
	var done bool
	err := s.write(ctx, func(ctx context.Context, tx *sql.Tx) (err error) {
		done, err = changed(tx.ExecContext(ctx, `UPDATE intake SET state = 'void', sealed = '', settled = $1 WHERE id = $2 AND state = 'refused'`, millis(at), id))
		if err != nil || !done {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE intake_file SET state = 'refused' WHERE intake = $1 AND state = 'waiting'`, id)
		return err
	})
	return done, err
}

// changed tells whether a statement changed a row.
func changed(result sql.Result, err error) (bool, error) {
	if err != nil {
		return false, fmt.Errorf("change an intake: %w", err)
	}
	n, err := result.RowsAffected()
	if err != nil {
		return false, fmt.Errorf("change an intake: %w", err)
	}
	return n > 0, nil
}

func (s *Store) SetIntakeFile(ctx context.Context, id string, f intake.File) error {
	_, err := s.db.Write.ExecContext(ctx, `UPDATE intake_file SET state = $1, upload = $2, detail = $3 WHERE intake = $4 AND document = $5`,
		string(f.State), f.Upload, f.Detail, id, f.Document)
	if err != nil {
		return fmt.Errorf("note a file of intake %s: %w", id, err)
	}
	return nil
}

func (s *Store) SweepIntakes(ctx context.Context, before time.Time) error {
	err := s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		const old = `settled > 0 AND settled < $1 AND state IN ('taken', 'void') AND NOT ` + openIntake
		if _, err := tx.ExecContext(ctx, `DELETE FROM intake_file WHERE intake IN (SELECT id FROM intake WHERE `+old+`)`, millis(before)); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM intake WHERE NOT EXISTS (SELECT 1 FROM intake_file f WHERE f.intake = intake.id) AND `+old, millis(before))
		return err
	})
	if err != nil {
		return fmt.Errorf("forget old intakes: %w", err)
	}
	return nil
}

// Announcement is an intake as the platform first hears of it: it names nobody.
type Announcement struct {
	ID, Number, Item, Ticket, Window string
	Made                             time.Time
	// After is the record of the log that it comes behind.
	After uint64
}

// Announcements are the intakes whose event isn't in the stream yet, in the order
// of the log.
func (s *Store) Announcements(ctx context.Context) ([]Announcement, error) {
	rows, err := s.db.Read.QueryContext(ctx, `SELECT id, number, item, ticket, win, made, after FROM intake WHERE announced = 0 ORDER BY after, made, id`)
	if err != nil {
		return nil, fmt.Errorf("read intakes to be announced: %w", err)
	}
	defer rows.Close()
	var list []Announcement
	for rows.Next() {
		var a Announcement
		var made, after int64
		if err := rows.Scan(&a.ID, &a.Number, &a.Item, &a.Ticket, &a.Window, &made, &after); err != nil {
			return nil, fmt.Errorf("read intakes to be announced: %w", err)
		}
		a.Made, a.After = fromMillis(made), uint64(after)
		list = append(list, a)
	}
	return list, rows.Err()
}

// AnnounceAgain forgets that intakes were announced which the platform hasn't
// taken: their events may be lost.
func (s *Store) AnnounceAgain(ctx context.Context) error {
	if _, err := s.db.Write.ExecContext(ctx, `UPDATE intake SET announced = 0 WHERE state = 'waiting'`); err != nil {
		return fmt.Errorf("announce intakes again: %w", err)
	}
	return nil
}

// IntakeAnnounced notes that an intake's event is in the stream.
func (s *Store) IntakeAnnounced(ctx context.Context, id string) error {
	if _, err := s.db.Write.ExecContext(ctx, `UPDATE intake SET announced = 1 WHERE id = $1`, id); err != nil {
		return fmt.Errorf("note the announcement of intake %s: %w", id, err)
	}
	return nil
}
