package exchange

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"smarthall/internal/sqldb"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/store"
)

// Member is another system.
type Member struct {
	Code string `json:"code"`
	Name string `json:"name"`
	Kind Kind   `json:"kind" enum:"upper,lower,department"`
	// KnownAs is what the member calls this platform.
	KnownAs string `json:"knownAs"`
	// Address is where it takes messages; empty: it only sends.
	Address   string `json:"address,omitempty"`
	PublicKey string `json:"publicKey"`
	// Region is whose cases it hears of, with all below it.
	Region string `json:"region"`
	// Organisation is whose system it is, Account the service account that it
	// acts as: both of departments alone.
	Organisation string  `json:"organisation,omitempty"`
	Account      string  `json:"account,omitempty"`
	Active       bool    `json:"active"`
	Grants       []Grant `json:"grants"`
	// Trouble is why it doesn't answer, Until when it is asked again.
	Trouble string    `json:"trouble,omitempty"`
	Until   time.Time `json:"until,omitzero"`
	Heard   time.Time `json:"heard,omitzero" doc:"When it last answered or asked"`
	// Reconciled is the last day that was compared with it by itself.
	Reconciled string `json:"reconciled,omitempty"`

	tries int64
}

// Grant lets a member use a service.
type Grant struct {
	Service string `json:"service"`
	// Items bounds a department's service to some items; empty: all of its own.
	Items []string `json:"items,omitempty"`
}

// grant is the member's right to a service; false: it has none.
func (m *Member) grant(service string) (Grant, bool) {
	o, ok := offer(service)
	if !ok {
		return Grant{}, false
	}
	if o.Always {
		return Grant{Service: service}, true
	}
	i := slices.IndexFunc(m.Grants, func(g Grant) bool { return g.Service == service })
	if i < 0 || o.Ways[m.Kind] == "" {
		return Grant{}, false
	}
	return m.Grants[i], true
}

// of tells whether an item is one that the right is for.
func (g Grant) of(item string) bool { return len(g.Items) == 0 || slices.Contains(g.Items, item) }

const selectMembers = `SELECT code, name, kind, known_as, address, public_key, region, organisation, account, active, tries, until, trouble, heard, reconciled FROM exchange_member `

func scanMember(row interface{ Scan(...any) error }) (m Member, err error) {
	var active, until, heard int64
	err = row.Scan(&m.Code, &m.Name, &m.Kind, &m.KnownAs, &m.Address, &m.PublicKey, &m.Region, &m.Organisation, &m.Account, &active, &m.tries, &until,
		&m.Trouble, &heard, &m.Reconciled)
	m.Active, m.Until, m.Heard, m.Grants = active == 1, store.Time(until), store.Time(heard), []Grant{}
	return m, err
}

// Members are all members, by their names.
func (s *Service) Members(ctx context.Context) ([]Member, error) {
	return s.members(ctx, s.Store.Read())
}

func (s *Service) members(ctx context.Context, q store.Querier) ([]Member, error) {
	list := []Member{}
	err := each(ctx, q, selectMembers+`ORDER BY name, code`, func(row scanner) error {
		m, err := scanMember(row)
		list = append(list, m)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list members: %w", err)
	}
	err = each(ctx, q, `SELECT member, service, items FROM exchange_grant ORDER BY member, service`, func(row scanner) error {
		code, g, err := scanGrant(row)
		if err != nil {
			return err
		}
		if i := slices.IndexFunc(list, func(m Member) bool { return m.Code == code }); i >= 0 {
			list[i].Grants = append(list[i].Grants, g)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list what members may use: %w", err)
	}
	return list, nil
}

// scanGrant reads a right and whose it is.
func scanGrant(row scanner) (member string, g Grant, err error) {
	var items string
	if err = row.Scan(&member, &g.Service, &items); err == nil && items != "" {
		err = json.Unmarshal([]byte(items), &g.Items)
	}
	return member, g, err
}

// scanner is a row.
type scanner interface{ Scan(...any) error }

// each reads the rows of a query.
func each(ctx context.Context, q store.Querier, query string, take func(row scanner) error, args ...any) error {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := take(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Member is one member, or ErrMember.
func (s *Service) Member(ctx context.Context, code string) (Member, error) {
	return s.member(ctx, s.Store.Read(), code)
}

func (s *Service) member(ctx context.Context, q store.Querier, code string) (Member, error) {
	m, err := scanMember(q.QueryRowContext(ctx, selectMembers+`WHERE code = $1`, code))
	if store.IsNone(err) {
		return Member{}, ErrMember
	}
	if err != nil {
		return Member{}, fmt.Errorf("read member %s: %w", code, err)
	}
	err = each(ctx, q, `SELECT member, service, items FROM exchange_grant WHERE member = $1 ORDER BY service`, func(row scanner) error {
		_, g, err := scanGrant(row)
		m.Grants = append(m.Grants, g)
		return err
	}, code)
	if err != nil {
		return Member{}, fmt.Errorf("read what member %s may use: %w", code, err)
	}
	return m, nil
}

// Bounds of members.
const (
	maxMembers = 500
	maxName    = 60
	maxItems   = 500
)

// AddMember adds a member; its account is given by name.
func (s *Service) AddMember(ctx context.Context, m Member) (Member, error) {
	m.Active = true
	if err := s.checkMember(ctx, &m); err != nil {
		return m, err
	}
	err := s.Store.Write(ctx, "add a member", func(tx *store.Tx) error {
		if err := s.InsertMember(ctx, tx, m); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "exchange.add-member", Object: m.Code, Detail: m.rights()})
	})
	if sqldb.IsDuplicate(err) {
		return m, ErrTakenCode
	}
	return m, err
}

// InsertMember is AddMember without rights and checks, for a demo city; the
// account is an id.
func (s *Service) InsertMember(ctx context.Context, tx *store.Tx, m Member) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO exchange_member (code, name, kind, known_as, address, public_key, region, organisation, account, active, tries, until, trouble, heard, reconciled)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, 0, 0, '', 0, '')`,
		m.Code, m.Name, string(m.Kind), m.KnownAs, m.Address, m.PublicKey, m.Region, m.Organisation, m.Account)
	if err != nil {
		return fmt.Errorf("add member %s: %w", m.Code, err)
	}
	return setGrants(ctx, tx, m)
}

// ChangeMember changes all of a member but its code and kind.
func (s *Service) ChangeMember(ctx context.Context, m Member) (Member, error) {
	before, err := s.Member(ctx, m.Code)
	if err != nil {
		return m, err
	}
	m.Kind = before.Kind
	if err := s.checkMember(ctx, &m); err != nil {
		return m, err
	}
	detail := m.rights()
	if m.PublicKey != before.PublicKey {
		detail += " new key"
	}
	err = s.Store.Write(ctx, "change a member", func(tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE exchange_member SET name = $1, known_as = $2, address = $3, public_key = $4, region = $5, organisation = $6,
			account = $7, active = $8, tries = 0, until = 0, trouble = '' WHERE code = $9`,
			m.Name, m.KnownAs, m.Address, m.PublicKey, m.Region, m.Organisation, m.Account, store.Bool(m.Active), m.Code)
		if err != nil {
			return fmt.Errorf("change member %s: %w", m.Code, err)
		}
		if err := setGrants(ctx, tx, m); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "exchange.change-member", Object: m.Code, Detail: detail})
	})
	s.poke()
	return m, err
}

// rights are what the audit log keeps of a member.
func (m *Member) rights() string {
	words := []string{"active"}
	if !m.Active {
		words[0] = "closed"
	}
	for _, g := range m.Grants {
		words = append(words, g.Service)
	}
	return strings.Join(words, " ")
}

func setGrants(ctx context.Context, tx *store.Tx, m Member) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM exchange_grant WHERE member = $1`, m.Code); err != nil {
		return fmt.Errorf("set the rights of %s: %w", m.Code, err)
	}
	for _, g := range m.Grants {
		items := ""
		if len(g.Items) > 0 {
			text, err := json.Marshal(g.Items)
			if err != nil {
				return fmt.Errorf("set the rights of %s: %w", m.Code, err)
			}
			items = string(text)
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO exchange_grant (member, service, items) VALUES ($1, $2, $3)`, m.Code, g.Service, items); err != nil {
			return fmt.Errorf("set the rights of %s: %w", m.Code, err)
		}
	}
	return nil
}

// checkMember tells what is wrong with a member, and finds its account.
func (s *Service) checkMember(ctx context.Context, m *Member) error {
	m.Name, m.Address, m.PublicKey = strings.TrimSpace(m.Name), strings.TrimRight(strings.TrimSpace(m.Address), "/"), strings.ToLower(strings.TrimSpace(m.PublicKey))
	wrong := ErrInput
	if !memberShape.MatchString(m.Code) {
		wrong = wrong.Wrong("code", "代码须为 2 至 40 位小写字母、数字、连字符")
	}
	if !memberShape.MatchString(m.KnownAs) {
		wrong = wrong.Wrong("knownAs", "请填写对方给本平台的代码，格式同上")
	}
	if n := utf8.RuneCountInString(m.Name); n < 2 || n > maxName {
		wrong = wrong.Wrong("name", "请填写名称，2 至 60 个字")
	}
	if m.Address != "" && checkAddress(m.Address) != nil {
		wrong = wrong.Wrong("address", "地址须以 https:// 开头")
	}
	if key, err := hex.DecodeString(m.PublicKey); err != nil || len(key) != 65 || key[0] != 4 {
		wrong = wrong.Wrong("publicKey", "公钥须为 SM2 非压缩公钥，130 位十六进制，以 04 开头")
	} else if m.PublicKey == s.Public() {
		wrong = wrong.Wrong("publicKey", "这是本平台自己的公钥")
	}
	if !access.IsCode(m.Region) {
		wrong = wrong.Wrong("region", "请填写行政区划代码")
	}
	if why := checkGrants(m); why != "" {
		wrong = wrong.Wrong("grants", why)
	}
	if len(wrong.Fields) > 0 {
		return wrong
	}
	if m.Kind != Department {
		m.Organisation, m.Account = "", ""
		return nil
	}
	return s.checkAccount(ctx, m)
}

// checkGrants tells what is wrong with a member's rights; empty: nothing.
func checkGrants(m *Member) string {
	seen := map[string]bool{}
	for i, g := range m.Grants {
		o, ok := offer(g.Service)
		switch {
		case !ok || o.Always || o.Ways[m.Kind] == "":
			return "这类系统不能使用服务 " + g.Service
		case seen[g.Service]:
			return "服务 " + g.Service + " 重复"
		case o.Ways[m.Kind] == Out && m.Address == "":
			return "要向对方发送，须先填写对方地址"
		case len(g.Items) > maxItems || slices.ContainsFunc(g.Items, func(id string) bool { return id == "" || len(id) > 80 || strings.ContainsRune(id, 0) }):
			return "事项填写有误"
		}
		seen[g.Service] = true
		if m.Kind != Department {
			m.Grants[i].Items = nil
		}
	}
	return ""
}

// checkAccount finds the account of a department's system. One that only
// receives needs none.
func (s *Service) checkAccount(ctx context.Context, m *Member) error {
	if m.Organisation == "" {
		return ErrInput.Wrong("organisation", "请选择这是哪个部门的业务系统")
	}
	name := strings.TrimSpace(m.Account)
	if name == "" {
		return nil
	}
	id, err := s.Accounts.Find(ctx, name)
	if err == nil {
		m.Account = id
		_, err = s.actor(ctx, m)
	}
	if errors.Is(err, ErrAccount) {
		return ErrInput.Wrong("account", "请填写该部门一个在用的审批账号（由安全管理员为业务系统单独建立）").Because(err)
	}
	return err
}

// actor is whom a department's system acts as.
func (s *Service) actor(ctx context.Context, m *Member) (access.Caller, error) {
	if m.Kind != Department || m.Account == "" {
		return access.Caller{}, ErrAccount
	}
	caller, err := s.Accounts.Account(ctx, m.Account)
	if err != nil {
		return access.Caller{}, err
	}
	if caller.Org != m.Organisation || !caller.Has(access.RoleApprover) {
		return access.Caller{}, ErrAccount
	}
	return caller, nil
}

// checkAddress holds addresses to https; http is for the same machine, and
// demo for a city that plays the others itself.
func checkAddress(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || len(address) > 300 {
		return errors.New("it isn't an address")
	}
	local := u.Hostname() == "127.0.0.1" || u.Hostname() == "localhost"
	if u.Scheme != "https" && (u.Scheme != "http" || !local) && u.Scheme != "demo" {
		return errors.New("it must begin with https://")
	}
	return nil
}

// heard books that a member answered.
func heard(ctx context.Context, tx *store.Tx, code string) error {
	_, err := tx.ExecContext(ctx, `UPDATE exchange_member SET tries = 0, until = 0, trouble = '', heard = $1 WHERE code = $2`, store.Millis(tx.Now), code)
	return err
}

// maxTrouble bounds what is kept of a failure, in bytes.
const maxTrouble = 200

// Waits between attempts at one member, doubled each time.
const (
	firstPause = 10 * time.Second
	maxPause   = 30 * time.Minute
)

// silent books that a member didn't answer, and gives it a pause.
func silent(ctx context.Context, tx *store.Tx, code, why string) error {
	var tries int64
	err := tx.QueryRowContext(ctx, `UPDATE exchange_member SET tries = tries + 1, trouble = $1 WHERE code = $2 RETURNING tries`, why, code).Scan(&tries)
	if err != nil {
		return fmt.Errorf("book a member's silence: %w", err)
	}
	pause := min(firstPause<<min(tries-1, 10), maxPause)
	_, err = tx.ExecContext(ctx, `UPDATE exchange_member SET until = $1 WHERE code = $2`, store.Millis(tx.Now.Add(pause)), code)
	return err
}
