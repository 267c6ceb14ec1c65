package evaluation

import (
	"context"
	"fmt"
	"time"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/store"
)

// Step is one thing that was done to a voice or a rectification.
type Step struct {
	At time.Time `json:"at"`
	// Kind is person, staff, hall or system; Actor the member of staff's name.
	Kind   access.Kind `json:"kind"`
	Actor  string      `json:"actor,omitempty"`
	Action string      `json:"action"`
	// Organisation is the name of the one that it went to, or that acted.
	Organisation string `json:"organisation,omitempty"`
	Text         string `json:"text,omitempty"`
}

// system is the actor of what happens by itself.
const system access.Kind = "system"

// step notes what the context's caller did to a subject.
func (s *Service) step(ctx context.Context, tx *store.Tx, subject, action, organisation, text string) error {
	caller := access.From(ctx)
	if caller.Kind == access.Nobody && action != "asked" && action != "rated-answer" {
		caller.Kind = system
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO evaluation_step (id, subject, at, actor_kind, actor, action, organisation, text) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		store.NewID(), subject, store.Millis(tx.Now), string(caller.Kind), caller.ID, action, organisation, text)
	if err != nil {
		return fmt.Errorf("note a step: %w", err)
	}
	return nil
}

// Steps are what was done to a voice or a rectification, the oldest first.
func (s *Service) steps(ctx context.Context, subject string) ([]Step, error) {
	scan := func(row interface{ Scan(...any) error }) (v Step, err error) {
		var at int64
		err = row.Scan(&at, &v.Kind, &v.Actor, &v.Action, &v.Organisation, &v.Text)
		v.At = store.Time(at)
		return v, err
	}
	all, err := list(ctx, s.Store.Read(), `SELECT at, actor_kind, actor, action, organisation, text FROM evaluation_step WHERE subject = $1 ORDER BY id`, scan, subject)
	if err != nil {
		return nil, err
	}
	orgs, err := s.organisations(ctx)
	if err != nil {
		return nil, err
	}
	for i := range all {
		v := &all[i]
		v.Organisation = orgs[v.Organisation].Name
		if v.Kind != access.Staff {
			v.Actor = ""
			continue
		}
		m, err := s.People.Member(ctx, v.Actor)
		if err != nil {
			v.Actor = "" // somebody who isn't with us any more
			continue
		}
		v.Actor = m.Name
	}
	return all, nil
}
