package identity

import (
	"context"
	"fmt"
	"net/http"

	"golang.org/x/crypto/bcrypt"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/httpd"
	"smarthall/platform/internal/store"
)

// ownStaffRoutes are what a member of staff does with her own account, and what
// waits for the head of an office.
func (s *Service) ownStaffRoutes(r *httpd.Router, op describe) {
	httpd.Register(r, op("change-staff-password", http.MethodPut, "/staff/me/password", "Change one's own password", access.StaffWith()), s.putStaffPassword)
	httpd.Register(r, op("list-enabling", http.MethodGet, "/people/enabling", "List the accounts that are asked to be enabled", access.StaffWith(access.RoleIdentityHead)), s.getEnabling)
}

// ChangeStaffPassword sets another password for the member of staff who asks.
// Her other sessions end; the one she asks with goes on.
func (s *Service) ChangeStaffPassword(ctx context.Context, old, password string) error {
	if err := checkPassword(password); err != nil {
		return err
	}
	who := access.From(ctx)
	a := secret{}
	err := s.Store.Read().QueryRowContext(ctx, `SELECT id, password, failures, locked_until FROM staff WHERE id = $1`, who.ID).
		Scan(&a.id, &a.hash, &a.failures, &a.lockedUntil)
	if err != nil {
		return fmt.Errorf("read a member's password: %w", err)
	}
	if err := s.verify(ctx, "staff", a, old); err != nil {
		return err
	}
	hash, err := bcrypt.GenerateFromPassword([]byte(password), s.PasswordCost)
	if err != nil {
		return fmt.Errorf("hash password: %w", err)
	}
	return s.Store.Write(ctx, "change a member's password", func(tx *store.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE staff SET password = $1, change_password = 0, failures = 0, locked_until = 0 WHERE id = $2`, string(hash), who.ID); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM session WHERE subject = $1 AND hash <> $2`, who.ID, who.Session); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "identity.change-staff-password", Object: who.ID})
	})
}

// chooseStaff gives a member the password that she chose instead of the one that
// was handed out.
func (s *Service) chooseStaff(ctx context.Context, id, password string) error {
	hash, err := bcrypt.GenerateFromPassword([]byte(password), s.PasswordCost)
	if err != nil {
		return fmt.Errorf("hash password: %w", err)
	}
	return s.Store.Write(ctx, "choose a first password", func(tx *store.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE staff SET password = $1, change_password = 0 WHERE id = $2`, string(hash), id); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Actor: audit.Actor{Kind: access.Staff, ID: id}, Action: "identity.first-staff-password", Object: id})
	})
}

func (s *Service) putStaffPassword(ctx context.Context, in *passwordInput) (*none, error) {
	return nil, s.ChangeStaffPassword(ctx, in.Body.Old, in.Body.New)
}

// maxEnabling bounds the list of accounts that wait to be enabled.
const maxEnabling = 100

// Waiting is an account that somebody asks to be enabled.
type Waiting struct {
	Person
	// Reason is why, in the words of who asks.
	Reason string
}

// Enabling are the accounts that wait for a head's word, the oldest first.
func (s *Service) Enabling(ctx context.Context) (list []Waiting, err error) {
	rows, err := s.Store.Read().QueryContext(ctx, `SELECT id, state_reason FROM person WHERE state = $1 ORDER BY id LIMIT $2`, string(Enabling), maxEnabling)
	if err != nil {
		return nil, fmt.Errorf("list accounts to enable: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var w Waiting
		if err := rows.Scan(&w.ID, &w.Reason); err != nil {
			return nil, fmt.Errorf("list accounts to enable: %w", err)
		}
		list = append(list, w)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list accounts to enable: %w", err)
	}
	for i := range list {
		if list[i].Person, err = s.Person(ctx, list[i].ID); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// WaitingView is an account that waits, as a head sees it.
type WaitingView struct {
	PersonView
	Reason string `json:"reason"`
}

type enablingOutput struct {
	Body struct {
		People []WaitingView `json:"people"`
	}
}

func (s *Service) getEnabling(ctx context.Context, _ *struct{}) (*enablingOutput, error) {
	list, err := s.Enabling(ctx)
	if err != nil {
		return nil, err
	}
	out := &enablingOutput{}
	out.Body.People = make([]WaitingView, 0, len(list))
	for _, w := range list {
		out.Body.People = append(out.Body.People, WaitingView{viewPerson(w.Person), w.Reason})
	}
	return out, nil
}
