package identity

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/crypto/bcrypt"

	"smarthall/internal/sqldb"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/store"
)

// Organisation is a body of the state, a department or a hall's office.
type Organisation struct {
	ID     string `json:"id"`
	Parent string `json:"parent,omitempty"`
	Name   string `json:"name"`
	Region string `json:"region" doc:"GB/T 2260"`
	Code   string `json:"code,omitempty" doc:"Unified social credit code"`
	// Telephone and Address are published on guides.
	Telephone string `json:"telephone,omitempty"`
	Address   string `json:"address,omitempty"`
	// Managing tells that it keeps the catalogue and takes what is for every body.
	// PutOrganisation leaves it as it is.
	Managing bool `json:"managing,omitempty"`
}

// Member is one of the staff.
type Member struct {
	ID           string        `json:"id"`
	Account      string        `json:"account"`
	Name         string        `json:"name"`
	Organisation string        `json:"organisation"`
	Region       string        `json:"region"`
	Roles        []access.Role `json:"roles"`
	State        State         `json:"state"`
	// Second tells whether the second factor is set up.
	Second bool `json:"second"`
}

// The ways staff accounts say no.
var (
	ErrAccountTaken = fault.New(fault.Conflict, "identity.account-taken", "该登录账号已被使用")
	ErrRole         = fault.New(fault.Invalid, "identity.role", "没有这种角色")
	ErrConflict     = fault.New(fault.Invalid, "identity.role-conflict", "系统管理员、安全管理员、审计管理员不能由同一人担任")
	ErrNoOrg        = fault.New(fault.Invalid, "identity.organisation", "没有这个部门")
)

// LoginStaff signs a member of staff in: password and second factor. Until the
// second factor is set up, the answer is ErrSecond with the secret to enrol in
// setup. Whose password was handed out is told ErrChooseStaff: she signs in by
// FirstLoginStaff.
func (s *Service) LoginStaff(ctx context.Context, account, password, code string) (session Session, m Member, setup string, err error) {
	return s.loginStaff(ctx, account, password, code, "")
}

// FirstLoginStaff signs in a member of staff whose password was handed out, and
// gives her the one she chose once both factors were right.
func (s *Service) FirstLoginStaff(ctx context.Context, account, password, code, chosen string) (session Session, m Member, setup string, err error) {
	if err := checkPassword(chosen); err != nil {
		return session, m, "", err
	}
	if chosen == password {
		return session, m, "", ErrSamePassword
	}
	return s.loginStaff(ctx, account, password, code, chosen)
}

func (s *Service) loginStaff(ctx context.Context, account, password, code, chosen string) (session Session, m Member, setup string, err error) {
	var a secret
	var second secondFactor
	var state State
	var change bool
	err = s.Store.Read().QueryRowContext(ctx, `SELECT id, password, failures, locked_until, second, second_step, second_round, state, change_password
		FROM staff WHERE account = $1`, strings.ToLower(strings.TrimSpace(account))).
		Scan(&a.id, &a.hash, &a.failures, &a.lockedUntil, &second.sealed, &second.last, &second.round, &state, &change)
	if err != nil && !store.IsNone(err) {
		return session, m, "", fmt.Errorf("sign in: %w", err)
	}
	if err := s.verify(ctx, "staff", a, password); err != nil {
		return session, m, "", err
	}
	if state != Active {
		return session, m, "", ErrDisabled.With("该工作账号已停用，请联系安全管理员")
	}
	if change && chosen == "" {
		return session, m, "", ErrChooseStaff
	}
	if setup, err = s.second(ctx, a.id, second, code); err != nil {
		return session, m, setup, err
	}
	if change {
		if err := s.chooseStaff(ctx, a.id, chosen); err != nil {
			return session, m, "", err
		}
	}
	if m, err = s.Member(ctx, a.id); err != nil {
		return session, m, "", err
	}
	session, err = s.begin(ctx, access.Staff, a.id, "staff")
	return session, m, "", err
}

// secondFactor is a member's as it is kept.
type secondFactor struct {
	sealed string // the secret; empty until it is set up
	last   int64  // the last time step that was used
	round  int64  // how often it was taken away
}

// purpose names the secret of a round.
func (f secondFactor) purpose(id string) string {
	if f.round == 0 {
		return "second-factor:" + id
	}
	return fmt.Sprintf("second-factor:%s:%d", id, f.round)
}

// second checks the second factor. A member that has none yet gets a secret;
// it is set up by the first right code for it.
func (s *Service) second(ctx context.Context, id string, has secondFactor, code string) (setup string, err error) {
	if s.DemoCode != "" && code == s.DemoCode {
		return "", nil
	}
	var key string
	if has.sealed == "" {
		// The same until it is used, so that a reload doesn't spoil the QR code.
		key = totpSecret(s.Keys.For(has.purpose(id)))
		setup = key
	} else if key, err = s.vault.Open(kindTOTP, has.sealed); err != nil {
		return "", fmt.Errorf("open the second factor of %s: %w", id, err)
	}
	if code == "" {
		return setup, ErrSecond
	}
	step, ok := totpCheck(key, code, s.Store.Now())
	if !ok || step <= has.last {
		return setup, s.failed(ctx, "staff", id)
	}
	return "", s.Store.Write(ctx, "use the second factor", func(tx *store.Tx) error {
		result, err := tx.ExecContext(ctx, `UPDATE staff SET second = $1, second_step = $2 WHERE id = $3 AND second_step < $2 AND second_round = $4`,
			s.vault.Seal(kindTOTP, key), step, id, has.round)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return ErrWrongLogin.Because(err) // the same code, used twice at once
		}
		return nil
	})
}

const selectMember = `SELECT id, account, name, organisation, region, roles, state, second FROM staff`

func scanMember(row interface{ Scan(...any) error }) (m Member, err error) {
	var roles, second string
	if err := row.Scan(&m.ID, &m.Account, &m.Name, &m.Organisation, &m.Region, &roles, &m.State, &second); err != nil {
		return m, err
	}
	m.Second = second != ""
	return m, json.Unmarshal([]byte(roles), &m.Roles)
}

// Member returns the member of staff with the id, or ErrUnknown.
func (s *Service) Member(ctx context.Context, id string) (Member, error) {
	m, err := scanMember(s.Store.Read().QueryRowContext(ctx, selectMember+` WHERE id = $1`, id))
	if store.IsNone(err) {
		return m, ErrUnknown
	}
	if err != nil {
		return m, fmt.Errorf("read a member of staff: %w", err)
	}
	return m, nil
}

// Members are all staff whose region the caller covers.
func (s *Service) Members(ctx context.Context) ([]Member, error) {
	caller := access.From(ctx)
	rows, err := s.Store.Read().QueryContext(ctx, selectMember+` ORDER BY account`)
	if err != nil {
		return nil, fmt.Errorf("read staff: %w", err)
	}
	defer rows.Close()
	list := []Member{}
	for rows.Next() {
		m, err := scanMember(rows)
		if err != nil {
			return nil, fmt.Errorf("read staff: %w", err)
		}
		if caller.Covers(m.Region) {
			list = append(list, m)
		}
	}
	return list, rows.Err()
}

// checkMember checks a member of staff that the context's caller, a security
// administrator, makes or changes.
func (s *Service) checkMember(ctx context.Context, m Member) error {
	caller := access.From(ctx)
	if len(m.Account) < 2 || len(m.Account) > 40 || strings.ContainsFunc(m.Account, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return ErrInput.Wrong("account", "账号须为 2 至 40 位字母、数字")
	}
	if m.Name == "" || len(m.Name) > 100 {
		return ErrInput.Wrong("name", "请填写姓名")
	}
	if !caller.Covers(m.Region) {
		return fault.New(fault.Forbidden, "identity.region", "不能管理其他地区的人员")
	}
	admins := 0
	for _, r := range m.Roles {
		if !slices.Contains(access.Roles(), r) {
			return ErrRole
		}
		if r == access.RoleSystemAdmin || r == access.RoleSecurityAdmin || r == access.RoleAuditor {
			admins++
		}
	}
	if admins > 1 {
		return ErrConflict
	}
	var n int
	if err := s.Store.Read().QueryRowContext(ctx, `SELECT count(*) FROM organisation WHERE id = $1`, m.Organisation).Scan(&n); err != nil {
		return fmt.Errorf("read an organisation: %w", err)
	}
	if n == 0 {
		return ErrNoOrg
	}
	return nil
}

// AddMember makes a member of staff and returns the first password.
func (s *Service) AddMember(ctx context.Context, m Member) (Member, string, error) {
	m.ID, m.State, m.Account = store.NewID(), Active, strings.ToLower(strings.TrimSpace(m.Account))
	if err := s.checkMember(ctx, m); err != nil {
		return m, "", err
	}
	password := randomPassword()
	err := s.Store.Write(ctx, "add a member of staff", func(tx *store.Tx) error {
		if err := s.insertMember(ctx, tx, m, password); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "identity.add-staff", Object: m.ID, Detail: fmt.Sprint(m.Roles)})
	})
	if sqldb.IsDuplicate(err) {
		return m, "", ErrAccountTaken
	}
	return m, password, err
}

func (s *Service) insertMember(ctx context.Context, tx *store.Tx, m Member, password string) error {
	hash, err := bcrypt.GenerateFromPassword([]byte(password), s.PasswordCost)
	if err != nil {
		return fmt.Errorf("hash password: %w", err)
	}
	return s.insertHashed(ctx, tx, m, hash, true)
}

// insertHashed makes a member; change tells that her password is handed out.
func (s *Service) insertHashed(ctx context.Context, tx *store.Tx, m Member, hash []byte, change bool) error {
	roles, err := json.Marshal(append([]access.Role{}, m.Roles...))
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO staff (id, account, name, organisation, region, roles, state, password, second, second_step, created, change_password)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '', 0, $9, $10)`,
		m.ID, m.Account, m.Name, m.Organisation, m.Region, string(roles), string(m.State), string(hash), store.Millis(tx.Now), store.Bool(change))
	return err
}

// ChangeMember changes a member's name, organisation, roles and state. Sessions
// keep up by themselves; those of a disabled member end.
func (s *Service) ChangeMember(ctx context.Context, m Member) (Member, error) {
	before, err := s.Member(ctx, m.ID)
	if err != nil {
		return m, err
	}
	m.Account = before.Account
	if m.State != Active && m.State != Disabled {
		return m, ErrInput.Wrong("state", "状态有误")
	}
	if !access.From(ctx).Covers(before.Region) {
		return m, ErrUnknown
	}
	if err := s.checkMember(ctx, m); err != nil {
		return m, err
	}
	roles, err := json.Marshal(append([]access.Role{}, m.Roles...))
	if err != nil {
		return m, err
	}
	return m, s.Store.Write(ctx, "change a member of staff", func(tx *store.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE staff SET name = $1, organisation = $2, region = $3, roles = $4, state = $5 WHERE id = $6`,
			m.Name, m.Organisation, m.Region, string(roles), string(m.State), m.ID); err != nil {
			return err
		}
		if m.State != Active {
			if err := endAll(ctx, tx, m.ID); err != nil {
				return err
			}
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "identity.change-staff", Object: m.ID, Detail: fmt.Sprint(m.Roles, " ", m.State)})
	})
}

// Organisations are all, parents before those below them as far as names allow.
func (s *Service) Organisations(ctx context.Context) ([]Organisation, error) {
	rows, err := s.Store.Read().QueryContext(ctx, `SELECT id, parent, name, region, code, telephone, address, managing FROM organisation ORDER BY parent, id`)
	if err != nil {
		return nil, fmt.Errorf("read organisations: %w", err)
	}
	defer rows.Close()
	list := []Organisation{}
	for rows.Next() {
		var o Organisation
		if err := rows.Scan(&o.ID, &o.Parent, &o.Name, &o.Region, &o.Code, &o.Telephone, &o.Address, &o.Managing); err != nil {
			return nil, fmt.Errorf("read organisations: %w", err)
		}
		list = append(list, o)
	}
	return list, rows.Err()
}

// PutOrganisation makes or changes an organisation in the transaction.
func (s *Service) PutOrganisation(ctx context.Context, tx *store.Tx, o Organisation) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO organisation (id, parent, name, region, code, telephone, address) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (id) DO UPDATE SET parent = excluded.parent, name = excluded.name, region = excluded.region, code = excluded.code,
		telephone = excluded.telephone, address = excluded.address`, o.ID, o.Parent, o.Name, o.Region, o.Code, o.Telephone, o.Address)
	if err != nil {
		return fmt.Errorf("store organisation %s: %w", o.ID, err)
	}
	return nil
}

// DemoMember is a member of staff of the demo city.
type DemoMember struct {
	Member
	Password string
}

// AddDemo fills an empty context with the staff of a demo city.
func (s *Service) AddDemo(ctx context.Context, tx *store.Tx, organisations []Organisation, staff []DemoMember) error {
	for _, o := range organisations {
		if err := s.PutOrganisation(ctx, tx, o); err != nil {
			return err
		}
	}
	hashes := map[string][]byte{} // they share a password that everybody knows: hashed once, a city begins sooner
	for _, m := range staff {
		m.ID, m.State = store.NewID(), Active
		if hashes[m.Password] == nil {
			hash, err := bcrypt.GenerateFromPassword([]byte(m.Password), s.PasswordCost)
			if err != nil {
				return fmt.Errorf("hash password: %w", err)
			}
			hashes[m.Password] = hash
		}
		if err := s.insertHashed(ctx, tx, m.Member, hashes[m.Password], false); err != nil {
			return fmt.Errorf("add %s: %w", m.Account, err)
		}
	}
	return nil
}
