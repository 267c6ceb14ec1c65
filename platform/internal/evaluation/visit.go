package evaluation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/node"
	"smarthall/platform/internal/store"
)

// ticket is what a hall says of a ticket, as far as ratings need it.
type ticket struct {
	Ticket      string `json:"ticket"`
	Day         string `json:"day"`
	Service     string `json:"service"`
	Appointment string `json:"appointment"`
	Window      string `json:"window"`
	Clerk       string `json:"clerk"`
	Score       int    `json:"score"`
	Via         string `json:"via"`
}

// called is who served a visit.
type called struct {
	Window string `json:"window"`
	Clerk  string `json:"clerk"`
}

// maxID bounds what halls call things, in bytes.
const maxID = 80

// Listen has what halls say of visits and their ratings taken by s. It is
// called before node runs.
func (s *Service) Listen(on func(kind string, h node.Handler)) {
	for _, kind := range []string{"ticket.taken", "ticket.called", "ticket.resumed"} {
		on(kind, s.visited)
	}
	on("ticket.finished", s.finished)
	on("visit.rated", s.rated)
}

func readTicket(e store.Event) (b ticket, err error) {
	if err := json.Unmarshal(e.Data, &b); err != nil {
		return b, ErrEvent.Because(errors.Join(errors.New(e.Type), err))
	}
	if b.Ticket == "" {
		b.Ticket = e.Subject
	}
	if b.Ticket == "" || max(len(b.Ticket), len(b.Service), len(b.Appointment), len(b.Window), len(b.Clerk), len(b.Via)) > maxID {
		return b, ErrEvent
	}
	if _, err := time.Parse(time.DateOnly, b.Day); err != nil {
		return b, ErrEvent.Because(err)
	}
	return b, nil
}

// visited keeps what a rating of a visit will need: halls say each thing once,
// when it happens.
func (s *Service) visited(ctx context.Context, tx *store.Tx, hall string, e store.Event) error {
	b, err := readTicket(e)
	if err != nil {
		return err
	}
	by, err := json.Marshal(called{b.Window, b.Clerk})
	if err != nil {
		return err
	}
	if e.Type == "ticket.taken" {
		_, err = tx.ExecContext(ctx, `INSERT INTO evaluation_visit (hall, ticket, day, service, appointment, called, finished, invited) VALUES ($1, $2, $3, $4, $5, $6, 0, 0)
			ON CONFLICT (hall, ticket) DO UPDATE SET service = excluded.service, appointment = excluded.appointment`,
			hall, b.Ticket, b.Day, b.Service, b.Appointment, string(by))
	} else {
		_, err = tx.ExecContext(ctx, `INSERT INTO evaluation_visit (hall, ticket, day, service, appointment, called, finished, invited) VALUES ($1, $2, $3, '', '', $4, 0, 0)
			ON CONFLICT (hall, ticket) DO UPDATE SET called = excluded.called`, hall, b.Ticket, b.Day, string(by))
	}
	if err != nil {
		return fmt.Errorf("store a visit: %w", err)
	}
	return nil
}

// finished notes when a visit was served.
func (s *Service) finished(ctx context.Context, tx *store.Tx, hall string, e store.Event) error {
	b, err := readTicket(e)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE evaluation_visit SET finished = $1 WHERE hall = $2 AND ticket = $3 AND finished = 0`, store.Millis(tx.Now), hall, b.Ticket); err != nil {
		return fmt.Errorf("store a visit: %w", err)
	}
	return nil
}

// rated takes the rating of a visit that somebody gave at a hall. A second one,
// of a hall or by a link, changes nothing.
func (s *Service) rated(ctx context.Context, tx *store.Tx, hall string, e store.Event) error {
	b, err := readTicket(e)
	if err != nil {
		return err
	}
	u, appointment, err := s.visit(ctx, tx, hall, b.Ticket)
	if err != nil {
		return err
	}
	r := Rating{Subject: u, Score: b.Score, Via: b.Via}
	if err := s.bookedAs(ctx, &r.Subject, appointment); err != nil {
		return err
	}
	_, err = s.Give(ctx, tx, &r)
	return err
}

// visit is what is known of a visit, and its appointment if it had one.
func (s *Service) visit(ctx context.Context, q store.Querier, hall, id string) (u Subject, appointment string, err error) {
	u = Subject{Hall: hall, Visit: id}
	var text string
	err = q.QueryRowContext(ctx, `SELECT service, appointment, called FROM evaluation_visit WHERE hall = $1 AND ticket = $2`, hall, id).
		Scan(&u.Service, &appointment, &text)
	if store.IsNone(err) {
		return u, "", nil
	}
	var by called
	if err == nil {
		err = json.Unmarshal([]byte(text), &by)
	}
	if err != nil {
		return u, "", fmt.Errorf("read a visit: %w", err)
	}
	u.Window, u.Clerk = by.Window, by.Clerk
	return u, appointment, nil
}

// inviteAfter is how long a visitor has to rate at the hall before she finds it
// in her space.
const inviteAfter = time.Hour

// InviteVisits invites those to rate who had an appointment, were served and
// didn't rate at the hall.
func (s *Service) InviteVisits(ctx context.Context) error {
	type row struct{ hall, ticket string }
	scan := func(r interface{ Scan(...any) error }) (v row, err error) { return v, r.Scan(&v.hall, &v.ticket) }
	visits, err := list(ctx, s.Store.Read(), `SELECT hall, ticket FROM evaluation_visit WHERE invited = 0 AND finished > 0 AND finished < $1 ORDER BY finished LIMIT $2`,
		scan, store.Millis(s.Store.Now().Add(-inviteAfter)), jobBatch)
	if err != nil {
		return err
	}
	for _, v := range visits {
		err := s.Store.Write(ctx, "invite a visitor to rate", func(tx *store.Tx) error {
			if _, err := tx.ExecContext(ctx, `UPDATE evaluation_visit SET invited = 1 WHERE hall = $1 AND ticket = $2`, v.hall, v.ticket); err != nil {
				return err
			}
			u, appointment, err := s.visit(ctx, tx, v.hall, v.ticket)
			if err != nil {
				return err
			}
			if err := s.bookedAs(ctx, &u, appointment); err != nil || u.Person == "" {
				return err
			}
			var rated int
			if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM evaluation_rating WHERE subject = $1`, u.key()).Scan(&rated); err != nil || rated > 0 {
				return err
			}
			_, err = s.Invite(ctx, tx, u)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// bookedAs completes what is known of a visit by its appointment, or by the
// words of the hall for its service.
func (s *Service) bookedAs(ctx context.Context, u *Subject, appointment string) error {
	if appointment != "" && s.Booked != nil {
		b, err := s.Booked(ctx, appointment)
		if err != nil && fault.Of(err) == nil {
			return err
		}
		if err == nil && b.Hall == u.Hall {
			u.Item, u.Person = b.Item, b.Person
			return nil
		}
	}
	h, err := s.Hall(ctx, u.Hall)
	if err != nil && fault.Of(err) == nil {
		return err
	}
	for _, v := range h.Described.Services {
		if v.ID == u.Service {
			u.ItemName = v.Name
		}
	}
	return nil
}
