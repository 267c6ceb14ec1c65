package evaluation

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/store"
)

// Stage is where a rectification is.
type Stage string

// The stages.
const (
	RectificationOpen      Stage = "open"      // the department shall explain
	RectificationExplained Stage = "explained" // and speak with the citizen
	RectificationContacted Stage = "contacted" // and mend it
	RectificationDone      Stage = "done"      // the desk shall verify the result
	RectificationClosed    Stage = "closed"
)

// Rectification is what a bad rating sets going (EV-06).
type Rectification struct {
	ID, Number   string
	Stage        Stage
	Organisation string
	Region       string
	Created, Due time.Time
	// Extended is by how many working days the limit was extended; 0: not.
	Extended int
	Late     bool
	Closed   time.Time
	Rating   Rating
}

func (r *Rectification) event() Event {
	return Event{Number: r.Number, Kind: kindRectification, Organisation: r.Organisation, Region: r.Region, Item: r.Rating.Item, Due: r.Due, Late: r.Late}
}

const selectRectification = `SELECT r.id, r.number, r.state, r.organisation, r.region, r.created, r.due, r.extended, r.late, r.closed,
	g.id, g.case_id, g.hall, g.visit, g.item, g.item_name, g.service, g.place, g.clerk, g.person, g.score, g.tags, g.body, g.via, g.at
	FROM evaluation_rectification r JOIN evaluation_rating g ON g.id = r.rating`

func scanRectification(row interface{ Scan(...any) error }) (r Rectification, err error) {
	var created, due, closed, at int64
	var ticked string
	g := &r.Rating
	err = row.Scan(&r.ID, &r.Number, &r.Stage, &r.Organisation, &r.Region, &created, &due, &r.Extended, &r.Late, &closed,
		&g.ID, &g.Case, &g.Hall, &g.Visit, &g.Item, &g.ItemName, &g.Service, &g.Window, &g.Clerk, &g.Person, &g.Score, &ticked, &g.Text, &g.Via, &at)
	if err != nil {
		return r, err
	}
	r.Created, r.Due, r.Closed, g.At = store.Time(created), store.Time(due), store.Time(closed), store.Time(at)
	return r, json.Unmarshal([]byte(ticked), &g.Tags)
}

// openRectification begins the rectification of a bad rating.
func (s *Service) openRectification(ctx context.Context, tx *store.Tx, g Rating) error {
	r := Rectification{ID: store.NewID(), Stage: RectificationOpen, Organisation: g.Organisation, Region: g.Region, Rating: g}
	var err error
	if r.Due, err = s.limitFor(ctx, tx, r.Organisation, r.Region, kindRectification); err != nil {
		return err
	}
	if r.Number, err = s.number(ctx, tx, prefixes[kindRectification]); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO evaluation_rectification (id, number, rating, state, organisation, region, created, due, extended, late, closed)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, 0)`, r.ID, r.Number, g.ID, string(r.Stage), r.Organisation, r.Region, store.Millis(tx.Now), store.Millis(r.Due))
	if err != nil {
		return fmt.Errorf("open a rectification: %w", err)
	}
	if err := s.step(ctx, tx, r.ID, "opened", r.Organisation, ScoreWord(g.Score)); err != nil {
		return err
	}
	return tx.Publish(ctx, "", TypeRectificationOpened, r.ID, r.event())
}

// Rectification is one that the context's caller may see, or ErrNone: the desk
// and supervision of the region, and the staff of the organisation.
func (s *Service) Rectification(ctx context.Context, id string) (Rectification, error) {
	return s.rectification(ctx, s.Store.Read(), id)
}

func (s *Service) rectification(ctx context.Context, q store.Querier, id string) (Rectification, error) {
	r, err := scanRectification(q.QueryRowContext(ctx, selectRectification+` WHERE r.id = $1`, id))
	if store.IsNone(err) {
		return r, ErrNone
	}
	if err != nil {
		return r, fmt.Errorf("read a rectification: %w", err)
	}
	c := access.From(ctx)
	if desk(c, r.Region) || c.Has(access.RoleSupervisor) && c.Covers(r.Region) || c.Kind == access.Staff && c.Org != "" && c.Org == r.Organisation {
		return r, nil
	}
	return Rectification{}, ErrNone
}

// Deed is what is done to a rectification.
type Deed string

// The deeds, in their order.
const (
	Explaining Deed = "explain" // the department says how it came
	Contacting Deed = "contact" // it spoke with the citizen
	Resolving  Deed = "resolve" // it says what was mended
	Accepting  Deed = "accept"  // the desk found it so
	Rejecting  Deed = "reject"  // the desk did not: it begins again
	Extending  Deed = "extend"  // the limit, once
)

// turn is from where to where a deed leads, and whether it is the desk's.
type turn struct {
	from, to Stage
	desk     bool
}

var turns = map[Deed]turn{
	Explaining: {RectificationOpen, RectificationExplained, false},
	Contacting: {RectificationExplained, RectificationContacted, false},
	Resolving:  {RectificationContacted, RectificationDone, false},
	Accepting:  {RectificationDone, RectificationClosed, true},
	Rejecting:  {RectificationDone, RectificationOpen, true},
}

// Rectify does a deed, with what is to be said of it.
func (s *Service) Rectify(ctx context.Context, id string, deed Deed, text string) (Rectification, error) {
	t, ok := turns[deed]
	if !ok {
		return Rectification{}, ErrInput
	}
	text = tidy(text)
	least := 5
	if deed == Accepting {
		least = 0
	}
	if f := textFault(ErrInput, "text", "说明", text, least, maxText); len(f.Fields) > 0 {
		return Rectification{}, f
	}
	return s.rectify(ctx, id, deed, text, func(tx *store.Tx, r *Rectification) error {
		if t.desk && !desk(access.From(ctx), r.Region) {
			return ErrForbidden
		}
		if r.Stage != t.from {
			return ErrState
		}
		r.Stage = t.to
		if t.to != RectificationClosed {
			return nil
		}
		r.Closed, r.Late = tx.Now, r.Late || tx.Now.After(r.Due)
		return tx.Publish(ctx, "", TypeRectificationClosed, r.ID, r.event())
	})
}

// maxExtension is by how many working days a limit may be extended.
const maxExtension = 15

// Extend extends the limit of a rectification, once, for a reason.
func (s *Service) Extend(ctx context.Context, id string, days int, reason string) (Rectification, error) {
	reason = tidy(reason)
	wrong := textFault(ErrInput, "reason", "延长原因", reason, 5, maxText)
	if days < 1 || days > maxExtension {
		wrong = wrong.Wrong("days", fmt.Sprintf("延长须为 1 至 %d 个工作日", maxExtension))
	}
	if len(wrong.Fields) > 0 {
		return Rectification{}, wrong
	}
	return s.rectify(ctx, id, Extending, strconv.Itoa(days)+" 个工作日。"+reason, func(_ *store.Tx, r *Rectification) error {
		if r.Extended > 0 {
			return ErrExtended
		}
		if r.Stage == RectificationClosed || r.Late {
			return ErrState
		}
		due, err := s.due(ctx, r.Region, r.Due, days)
		if err != nil {
			return err
		}
		r.Due, r.Extended = due, days
		return nil
	})
}

// rectify changes a rectification that the caller may see and has to act on.
func (s *Service) rectify(ctx context.Context, id string, deed Deed, text string, apply func(tx *store.Tx, r *Rectification) error) (Rectification, error) {
	caller := access.From(ctx)
	var r Rectification
	err := s.Store.Write(ctx, "rectify", func(tx *store.Tx) error {
		var err error
		if r, err = s.rectification(ctx, tx, id); err != nil {
			return err
		}
		if !desk(caller, r.Region) && caller.Org != r.Organisation {
			return ErrForbidden
		}
		before := r.Stage
		if err := apply(tx, &r); err != nil {
			return err
		}
		result, err := tx.ExecContext(ctx, `UPDATE evaluation_rectification SET state = $1, due = $2, extended = $3, late = $4, closed = $5 WHERE id = $6 AND state = $7`,
			string(r.Stage), store.Millis(r.Due), r.Extended, store.Bool(r.Late), store.Millis(r.Closed), r.ID, string(before))
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n != 1 {
			return ErrState.Because(err)
		}
		if err := s.step(ctx, tx, r.ID, string(deed), caller.Org, text); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "evaluation.rectify-" + string(deed), Object: r.ID})
	})
	return r, err
}

// RectificationContact shows who has to act how the citizen who rated is
// reached, which the audit log notes.
func (s *Service) RectificationContact(ctx context.Context, id string) (Contact, error) {
	r, err := s.Rectification(ctx, id)
	if err != nil {
		return Contact{}, err
	}
	caller := access.From(ctx)
	if !desk(caller, r.Region) && caller.Org != r.Organisation {
		return Contact{}, ErrForbidden
	}
	if r.Rating.Person == "" {
		return Contact{}, ErrNoContact
	}
	if err := s.Audit.Write(ctx, audit.Entry{Action: "evaluation.see-contact", Object: r.ID}); err != nil {
		return Contact{}, err
	}
	return s.contact(ctx, r.Rating.Person, "")
}
