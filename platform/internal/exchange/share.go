package exchange

import (
	"context"
	"fmt"
	"strings"
	"time"

	"smarthall/internal/codes"
	"smarthall/platform/internal/store"
)

// purpose is why somebody asks for what is shared (数据共享须有依据): it is kept
// with the call.
type purpose struct {
	Purpose string `json:"purpose"`
	CaseNo  string `json:"caseNo"`
}

func (p purpose) check() error {
	if strings.TrimSpace(p.Purpose) == "" || strings.TrimSpace(p.CaseNo) == "" || !plain(p.Purpose, 200) || !plain(p.CaseNo, 60) {
		return ErrPurpose
	}
	return nil
}

// takeLicence tells whether somebody holds a valid licence of a type.
func (s *Service) takeLicence(ctx context.Context, tx *store.Tx, c call) (any, error) {
	var in struct {
		purpose
		Type   string `json:"type"`
		Holder string `json:"holder"`
	}
	if err := c.read(&in); err != nil {
		return nil, err
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	in.Holder = strings.ToUpper(strings.TrimSpace(in.Holder))
	if in.Type == "" || !plain(in.Type, 60) || in.Holder == "" || len(in.Holder) > 40 || !plain(in.Holder, 40) {
		return nil, ErrBody.Wrong("holder", "请写明证照类型和持证主体号码")
	}
	l, found, err := s.Licences.Check(ctx, in.Type, in.Holder)
	if err != nil {
		return nil, err
	}
	out := struct {
		Found   bool          `json:"found"`
		Licence *LicenceFacts `json:"licence,omitempty"`
	}{Found: found}
	if found {
		out.Licence = &l
	}
	return out, s.called(ctx, tx, c, in.purpose, found)
}

// takePerson tells whether a name and an ID number fit together, and no more.
func (s *Service) takePerson(ctx context.Context, tx *store.Tx, c call) (any, error) {
	var in struct {
		purpose
		Name     string `json:"name"`
		IDNumber string `json:"idNumber"`
	}
	if err := c.read(&in); err != nil {
		return nil, err
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	in.IDNumber = strings.ToUpper(strings.TrimSpace(in.IDNumber))
	if _, err := codes.ParseID(in.IDNumber, tx.Now); err != nil || strings.TrimSpace(in.Name) == "" || !plain(in.Name, 50) {
		return nil, ErrBody.Wrong("idNumber", "请写明姓名和 18 位身份证号")
	}
	matches, err := s.People.Matches(ctx, strings.TrimSpace(in.Name), in.IDNumber)
	if err != nil {
		return nil, err
	}
	return map[string]bool{"matches": matches}, s.called(ctx, tx, c, in.purpose, matches)
}

// called logs a call for shared data.
func (s *Service) called(ctx context.Context, tx *store.Tx, c call, p purpose, found bool) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO exchange_call (key, member, service, day, at, purpose, case_no, found) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		c.message.Key, c.member.Code, c.message.Service, s.dayOf(tx.Now), store.Millis(tx.Now), strings.TrimSpace(p.Purpose), strings.TrimSpace(p.CaseNo), store.Bool(found))
	if err != nil {
		return fmt.Errorf("log a call: %w", err)
	}
	return nil
}

// Called is one call for shared data.
type Called struct {
	Key     string    `json:"key"`
	Member  string    `json:"member"`
	Service string    `json:"service"`
	At      time.Time `json:"at"`
	Purpose string    `json:"purpose"`
	CaseNo  string    `json:"caseNo"`
	Found   bool      `json:"found"`
}

// Calls are the newest calls for shared data, of one member or all.
func (s *Service) Calls(ctx context.Context, member, before string, limit int) ([]Called, error) {
	list := []Called{}
	err := each(ctx, s.Store.Read(), `SELECT key, member, service, at, purpose, case_no, found FROM exchange_call
		WHERE ($1 = '' OR member = $1) AND ($2 = '' OR key < $2) ORDER BY key DESC LIMIT $3`, func(row scanner) error {
		var c Called
		var at, found int64
		err := row.Scan(&c.Key, &c.Member, &c.Service, &at, &c.Purpose, &c.CaseNo, &found)
		c.At, c.Found = store.Time(at), found == 1
		list = append(list, c)
		return err
	}, member, before, limit)
	if err != nil {
		return nil, fmt.Errorf("list calls: %w", err)
	}
	return list, nil
}
