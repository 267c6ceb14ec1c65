package identity

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"golang.org/x/crypto/bcrypt"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/httpd"
	"smarthall/platform/internal/store"
)

// The ways a reset says no.
var (
	ErrOwnAccount  = fault.New(fault.Forbidden, "identity.own-account", "不能重置自己的账号，请联系另一位安全管理员")
	ErrChooseStaff = fault.New(fault.Unauthenticated, ErrChoose.Code, "这是一次性密码，请设置自己的新密码后登录")
)

// resetRoutes are what a security administrator does for who forgot her
// password or lost her authenticator.
func (s *Service) resetRoutes(r *httpd.Router, op describe) {
	security := access.StaffWith(access.RoleSecurityAdmin)
	httpd.Register(r, op("reset-staff-password", http.MethodPost, "/staff/{id}/password", "Give a member of staff a password for one sign-in", security), s.postStaffReset)
	httpd.Register(r, op("reset-staff-second", http.MethodDelete, "/staff/{id}/second-factor", "Take a member's second factor away; her next sign-in sets up another", security), s.deleteStaffSecond)
}

// ResetMember gives a member of staff a password for one sign-in, and ends her
// sessions and her lock. Nobody resets her own: whoever finds a screen that was
// left open would keep the account.
func (s *Service) ResetMember(ctx context.Context, id string) (string, error) {
	if _, err := s.toReset(ctx, id); err != nil {
		return "", err
	}
	password := randomPassword()
	hash, err := bcrypt.GenerateFromPassword([]byte(password), s.PasswordCost)
	if err != nil {
		return "", fmt.Errorf("hash password: %w", err)
	}
	return password, s.Store.Write(ctx, "reset a member's password", func(tx *store.Tx) error {
		if err := resetPassword(ctx, tx, id, hash); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "identity.reset-staff-password", Object: id})
	})
}

func resetPassword(ctx context.Context, tx *store.Tx, id string, hash []byte) error {
	if _, err := tx.ExecContext(ctx, `UPDATE staff SET password = $1, change_password = 1, failures = 0, locked_until = 0 WHERE id = $2`, string(hash), id); err != nil {
		return err
	}
	return endAll(ctx, tx, id)
}

// ResetSecond takes a member's second factor away and ends her sessions. The
// next one has another secret: the lost phone's codes are worth nothing.
func (s *Service) ResetSecond(ctx context.Context, id string) error {
	if _, err := s.toReset(ctx, id); err != nil {
		return err
	}
	return s.Store.Write(ctx, "reset a second factor", func(tx *store.Tx) error {
		if err := resetSecond(ctx, tx, id); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "identity.reset-staff-second", Object: id})
	})
}

func resetSecond(ctx context.Context, tx *store.Tx, id string) error {
	if _, err := tx.ExecContext(ctx, `UPDATE staff SET second = '', second_step = 0, second_round = second_round + 1 WHERE id = $1`, id); err != nil {
		return err
	}
	return endAll(ctx, tx, id)
}

// toReset is the member with the id, whom the context's caller may reset.
func (s *Service) toReset(ctx context.Context, id string) (Member, error) {
	caller := access.From(ctx)
	m, err := s.Member(ctx, id)
	switch {
	case err != nil:
		return m, err
	case !caller.Covers(m.Region):
		return m, ErrUnknown
	case m.ID == caller.ID:
		return m, ErrOwnAccount
	}
	return m, nil
}

// Rescue gives the account a password for one sign-in and takes its second
// factor away: what the technician does at the machine for the administrator
// whom nobody else can help.
func (s *Service) Rescue(ctx context.Context, account string) (string, error) {
	var id string
	err := s.Store.Read().QueryRowContext(ctx, `SELECT id FROM staff WHERE account = $1`, strings.ToLower(strings.TrimSpace(account))).Scan(&id)
	if store.IsNone(err) {
		return "", fmt.Errorf("there is no account %q among the staff", account)
	}
	if err != nil {
		return "", fmt.Errorf("find an account: %w", err)
	}
	password := randomPassword()
	hash, err := bcrypt.GenerateFromPassword([]byte(password), s.PasswordCost)
	if err != nil {
		return "", fmt.Errorf("hash password: %w", err)
	}
	return password, s.Store.Write(ctx, "reset an account", func(tx *store.Tx) error {
		if err := resetPassword(ctx, tx, id, hash); err != nil {
			return err
		}
		if err := resetSecond(ctx, tx, id); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Actor: audit.System, Action: "identity.rescue", Object: id})
	})
}

type staffIDInput struct {
	ID string `path:"id" maxLength:"40"`
}

type staffPasswordOutput struct {
	Body struct {
		Password string `json:"password" doc:"For one sign-in, which chooses another; it is shown this once"`
	}
}

func (s *Service) postStaffReset(ctx context.Context, in *staffIDInput) (*staffPasswordOutput, error) {
	password, err := s.ResetMember(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out := &staffPasswordOutput{}
	out.Body.Password = password
	return out, nil
}

func (s *Service) deleteStaffSecond(ctx context.Context, in *staffIDInput) (*none, error) {
	return nil, s.ResetSecond(ctx, in.ID)
}
