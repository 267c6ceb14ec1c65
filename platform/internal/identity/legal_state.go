package identity

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"smarthall/internal/codes"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/store"
)

// ErrNoLegal says that there is no such legal person.
var ErrNoLegal = ErrLegalUnknown.With("没有找到这个单位，请核对统一社会信用代码")

// LegalAccount is a legal person as the staff look after it.
type LegalAccount struct {
	LegalPerson
	// Speaker is the representative's name; empty: she isn't known.
	Speaker string
	// Way is how it was registered.
	Way LegalWay
	// Reason is why it is disabled, or should be enabled.
	Reason string
	// Agents is how many delegations hold now, as long as it is active.
	Agents int
}

// LegalByCode finds a legal person by its unified social credit code.
func (s *Service) LegalByCode(ctx context.Context, code string) (LegalAccount, error) {
	code = strings.ToUpper(strings.TrimSpace(code))
	if _, err := codes.ParseCredit(code); err != nil && !errors.Is(err, codes.ErrCreditCheck) {
		return LegalAccount{}, ErrCreditCode
	}
	return s.legalAccount(ctx, "code", code)
}

// LegalByID is a legal person.
func (s *Service) LegalByID(ctx context.Context, id string) (LegalAccount, error) {
	return s.legalAccount(ctx, "id", id)
}

const legalColumns = `id, name, code, COALESCE(representative, ''), representative_name, way, state, state_reason, created`

// legalAccount reads the one whose column has a value; the column is ours.
func (s *Service) legalAccount(ctx context.Context, column, value string) (LegalAccount, error) {
	a, err := s.scanLegal(s.Store.Read().QueryRowContext(ctx, `SELECT `+legalColumns+` FROM legal_person WHERE `+column+` = $1`, value)) //nolint:gosec // no input
	if store.IsNone(err) {
		return a, ErrNoLegal
	}
	if err != nil {
		return a, fmt.Errorf("read a legal person: %w", err)
	}
	return s.complementLegal(ctx, a)
}

func (s *Service) scanLegal(row interface{ Scan(...any) error }) (a LegalAccount, err error) {
	var sealed string
	var created int64
	if err := row.Scan(&a.ID, &a.Name, &a.Code, &a.Representative, &sealed, &a.Way, &a.State, &a.Reason, &created); err != nil {
		return a, err
	}
	a.Created = store.Time(created)
	if sealed != "" {
		a.Speaker, err = s.vault.Open(kindName, sealed)
	}
	return a, err
}

// complementLegal adds who speaks for it and how many others may act for it.
func (s *Service) complementLegal(ctx context.Context, a LegalAccount) (LegalAccount, error) {
	if a.Representative != "" {
		p, err := s.Person(ctx, a.Representative)
		if err != nil {
			return a, err
		}
		a.Speaker = p.Name
	}
	list, err := s.Delegations(ctx, a.ID)
	if err != nil {
		return a, err
	}
	byID := map[string]Delegation{}
	for _, d := range list {
		byID[d.ID] = d
	}
	for _, d := range list {
		if holds(byID, d, s.Store.Now()) {
			a.Agents++
		}
	}
	return a, nil
}

// LegalWaiting are the legal persons that somebody asks to be enabled, the
// oldest first.
func (s *Service) LegalWaiting(ctx context.Context) ([]LegalAccount, error) {
	rows, err := s.Store.Read().QueryContext(ctx, `SELECT `+legalColumns+` FROM legal_person WHERE state = $1 ORDER BY id LIMIT 200`, string(Enabling))
	if err != nil {
		return nil, fmt.Errorf("read legal persons: %w", err)
	}
	defer rows.Close()
	var list []LegalAccount
	for rows.Next() {
		a, err := s.scanLegal(rows)
		if err != nil {
			return nil, fmt.Errorf("read legal persons: %w", err)
		}
		list = append(list, a)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read legal persons: %w", err)
	}
	for i, a := range list {
		if list[i], err = s.complementLegal(ctx, a); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// DisableLegal takes a legal person's account out of use (U-24): from the next
// request on nobody acts for it, whatever she is delegated, and it can't be
// linked, claimed or changed. What it has under way stays.
func (s *Service) DisableLegal(ctx context.Context, id, reason string) error {
	return s.changeLegalState(ctx, id, "identity.disable-legal", reason, "identity.legal-disabled", Disabled, Active, Enabling)
}

// AskEnableLegal asks for a disabled legal person to be enabled again; the head
// of the office decides (U-25).
func (s *Service) AskEnableLegal(ctx context.Context, id, reason string) error {
	return s.changeLegalState(ctx, id, "identity.ask-enable-legal", reason, "", Enabling, Disabled)
}

// EnableLegal approves it. Whoever asked can't approve. Delegations that still
// run hold again.
func (s *Service) EnableLegal(ctx context.Context, id string) error {
	if err := s.notTheAsker(ctx, id, "identity.ask-enable-legal"); err != nil {
		return err
	}
	return s.changeLegalState(ctx, id, "identity.enable-legal", "", "identity.legal-enabled", Active, Enabling)
}

// notTheAsker refuses whoever did the newest action of a kind to an account.
func (s *Service) notTheAsker(ctx context.Context, id, action string) error {
	entries, err := s.Audit.Of(ctx, id, 20)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Action != action {
			continue
		}
		if e.Actor.ID == access.From(ctx).ID {
			return ErrSameOfficer
		}
		break
	}
	return nil
}

// changeLegalState brings a legal person from one of some states into another, and
// tells its representative, if she has an account, unless template is empty.
func (s *Service) changeLegalState(ctx context.Context, id, action, reason, template string, to State, from ...State) error {
	reason = strings.TrimSpace(reason)
	if to != Active && reason == "" {
		return ErrInput.Wrong("reason", "请填写原因")
	}
	a, err := s.LegalByID(ctx, id)
	if err != nil {
		return err
	}
	var speaker Person
	if template != "" && a.Representative != "" {
		if speaker, err = s.Person(ctx, a.Representative); err != nil {
			return err
		}
	}
	return s.Store.Write(ctx, "change the state of a legal person", func(tx *store.Tx) error {
		var state State
		err := tx.QueryRowContext(ctx, `UPDATE legal_person SET state_reason = $1 WHERE id = $2 RETURNING state`, reason, id).Scan(&state)
		if err != nil {
			return err
		}
		if !allowed(state, from) {
			return ErrState
		}
		if _, err := tx.ExecContext(ctx, `UPDATE legal_person SET state = $1 WHERE id = $2`, string(to), id); err != nil {
			return err
		}
		if to != Active { // who acts for it goes on as herself
			if _, err := tx.ExecContext(ctx, `UPDATE session SET acting_for = '' WHERE acting_for = $1`, id); err != nil {
				return err
			}
		}
		if speaker.ID != "" {
			if err := s.tell(ctx, tx, speaker, template, map[string]string{"legal": a.Name}); err != nil {
				return err
			}
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: action, Object: id, Detail: reason})
	})
}
