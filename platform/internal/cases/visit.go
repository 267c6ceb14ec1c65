package cases

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"smarthall/internal/codes"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/store"
)

// TypeVisitTaken is what a hall says when somebody took a ticket.
const TypeVisitTaken = "ticket.taken"

// ErrVisit is the error of a hall's word of a visit that can't be kept.
var ErrVisit = fault.New(fault.Invalid, "cases.visit", "取号事件有误")

const (
	// visitKept is how long a visit of which no case came is known.
	visitKept = 90 * 24 * time.Hour
	// visitSwept is how many days before that are looked at, again and again: one
	// that a standstill of more than these left behind does no harm.
	visitSwept = 7 * 24 * time.Hour
	// visitCases is how many cases of one visit are found.
	visitCases = 10
	maxTicket  = 40
)

// VisitTaken takes TypeVisitTaken: it keeps what the visit's label says, for
// papers get their label before anybody knows the number of their case. A
// number that no label holds has none.
func (s *Service) VisitTaken(ctx context.Context, tx *store.Tx, hall string, e store.Event) error {
	var b struct {
		Ticket string `json:"ticket"`
		Day    string `json:"day"`
		Number string `json:"number"`
	}
	if err := json.Unmarshal(e.Data, &b); err != nil {
		return ErrVisit.Because(err)
	}
	if _, err := time.Parse(time.DateOnly, b.Day); err != nil || b.Ticket == "" || len(b.Ticket) > maxTicket {
		return ErrVisit.Because(err)
	}
	visit := codes.Visit(b.Day, b.Number)
	if visit == "" {
		return nil
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO case_visit (hall, ticket, visit, day) VALUES ($1, $2, $3, $4) ON CONFLICT (hall, ticket) DO NOTHING`,
		hall, b.Ticket, visit, b.Day)
	if err != nil {
		return fmt.Errorf("keep a visit of hall %s: %w", hall, err)
	}
	return nil
}

// ofVisit are the cases that came from the visit whose label or ticket says
// text, the newest first, those of a package in it; none if it is no such text.
// Halls count alike, so a label can name a visit of several.
func (s *Service) ofVisit(ctx context.Context, text string) (list []Case, err error) {
	switch read := codes.Read(text); read.Kind {
	case codes.KindVisit:
		list, err = s.list(ctx, `ticket IN (SELECT ticket FROM case_visit WHERE visit = $1)
			AND EXISTS (SELECT 1 FROM case_visit v WHERE v.hall = case_record.hall AND v.ticket = case_record.ticket AND v.visit = $1)
			AND ticket <> '' ORDER BY id DESC LIMIT $2`, codes.Visit(read.Day, read.Number), visitCases)
	case codes.KindTicket:
		list, err = s.list(ctx, `ticket = $1 AND ticket <> '' ORDER BY id DESC LIMIT $2`, read.Ticket, visitCases)
	case codes.KindBooking, codes.KindCase, codes.KindProgress:
	}
	if err != nil {
		return nil, err
	}
	in := func(id string) bool { return slices.ContainsFunc(list, func(c Case) bool { return c.ID == id }) }
	return slices.DeleteFunc(slices.Clone(list), func(c Case) bool { return c.Parent != "" && in(c.Parent) }), nil
}

// sweepVisits forgets the visits of which no case came.
func (s *Service) sweepVisits(ctx context.Context, tx *store.Tx) error {
	until := tx.Now.Add(-visitKept).In(place)
	_, err := tx.ExecContext(ctx, `DELETE FROM case_visit WHERE day >= $1 AND day < $2
		AND NOT EXISTS (SELECT 1 FROM case_record r WHERE r.ticket = case_visit.ticket AND r.ticket <> '')`,
		until.Add(-visitSwept).Format(time.DateOnly), until.Format(time.DateOnly))
	return err
}
