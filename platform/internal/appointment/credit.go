package appointment

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/node"
	"smarthall/platform/internal/store"
)

// Rules are those of credit (AP-10): who misses more than Misses visits within
// Days may not book online for Suspended days. Misses 0 switches it off.
type Rules struct {
	Misses    int `json:"misses" minimum:"0" maximum:"100"`
	Days      int `json:"days" minimum:"1" maximum:"366"`
	Suspended int `json:"suspended" minimum:"1" maximum:"366" doc:"Days"`
}

// DefaultRules are those of the guide: more than 3 in a month.
var DefaultRules = Rules{Misses: 3, Days: 30, Suspended: 30}

// Suspension is a time in which somebody may not book online.
type Suspension struct {
	ID     string    `json:"id"`
	Misses int       `json:"misses"`
	Begun  time.Time `json:"begun"`
	Until  time.Time `json:"until"`
	// State is active, appealed, upheld or lifted. All but lifted hold until
	// they are over.
	State  string `json:"state"`
	Appeal string `json:"appeal,omitempty"`
	Answer string `json:"answer,omitempty"`

	holder, person, region, phone string
}

// The states of a suspension.
const (
	stateActive   = "active"
	stateAppealed = "appealed"
	stateUpheld   = "upheld"
	stateLifted   = "lifted"
)

// Credit is how somebody stands.
type Credit struct {
	// Misses are the visits that count now; more than Limit suspend.
	Misses int `json:"misses"`
	Limit  int `json:"limit" doc:"0: missing a visit has no consequence"`
	Days   int `json:"days"`
	// Suspended is how many days a suspension lasts.
	Suspended  int         `json:"suspended"`
	Suspension *Suspension `json:"suspension,omitempty"`
	// Lifted is the latest suspension that an appeal ended before its time, as
	// long as that time runs: whoever appealed reads its answer.
	Lifted *Suspension `json:"lifted,omitempty"`
}

// rules reads the rules of credit.
func rules(ctx context.Context, q store.Querier) (Rules, error) {
	var data string
	err := q.QueryRowContext(ctx, `SELECT data FROM appointment_rules WHERE id = 1`).Scan(&data)
	if store.IsNone(err) {
		return DefaultRules, nil
	}
	if err != nil {
		return Rules{}, fmt.Errorf("read the rules of credit: %w", err)
	}
	var r Rules
	return r, json.Unmarshal([]byte(data), &r)
}

// Rules returns the rules of credit.
func (s *Service) Rules(ctx context.Context) (Rules, error) { return rules(ctx, s.Store.Read()) }

// SetRules sets the rules of credit. Suspensions that hold stay as they are.
func (s *Service) SetRules(ctx context.Context, r Rules) error {
	if r.Misses < 0 || r.Misses > 100 || r.Days < 1 || r.Days > 366 || r.Suspended < 1 || r.Suspended > 366 {
		return ErrSettings.With("信用规则有误：次数 0 至 100，天数 1 至 366")
	}
	data, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return s.Store.Write(ctx, "set the rules of credit", func(tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO appointment_rules (id, data) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET data = excluded.data`, string(data))
		if err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "appointment.set-rules", Object: "credit", Detail: fmt.Sprintf("%d in %d, %d", r.Misses, r.Days, r.Suspended)})
	})
}

const selectSuspension = `SELECT id, holder, person, region, phone, misses, begun, until, state, appeal, answer FROM appointment_suspension`

func scanSuspension(row interface{ Scan(...any) error }) (v Suspension, err error) {
	var begun, until int64
	err = row.Scan(&v.ID, &v.holder, &v.person, &v.region, &v.phone, &v.Misses, &begun, &until, &v.State, &v.Appeal, &v.Answer)
	v.Begun, v.Until = store.Time(begun), store.Time(until)
	return v, err
}

// suspension returns the one that holds for a holder now, or nil.
func suspension(ctx context.Context, q store.Querier, holder string, now time.Time) (*Suspension, error) {
	return latest(ctx, q, holder, `state <> 'lifted'`, now)
}

// latest returns the suspension of a holder whose time runs the longest of
// those that the condition, which is text of ours, finds; or nil.
func latest(ctx context.Context, q store.Querier, holder, condition string, now time.Time) (*Suspension, error) {
	v, err := scanSuspension(q.QueryRowContext(ctx, selectSuspension+` WHERE holder = $1 AND `+condition+` AND until > $2 ORDER BY until DESC LIMIT 1`,
		holder, store.Millis(now)))
	if store.IsNone(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read a suspension: %w", err)
	}
	return &v, nil
}

// trusted refuses a holder who is suspended.
func (s *Service) trusted(ctx context.Context, q store.Querier, holder string) error {
	now := s.Store.Now()
	v, err := suspension(ctx, q, holder, now)
	if err != nil || v == nil {
		return err
	}
	place := s.zone(node.Hall{})
	return ErrSuspended.With(fmt.Sprintf("因多次预约未到，网上预约暂停至%s；可以到大厅现场取号，有异议可以申诉", v.Until.In(place).Format("2006年1月2日15:04")))
}

// misses counts the missed visits that count at a moment: within the rules'
// days, and after the last suspension, which has paid for those before it.
func misses(ctx context.Context, q store.Querier, holder string, r Rules, now time.Time) (n int, err error) {
	since := now.AddDate(0, 0, -r.Days)
	var begun int64
	if err := q.QueryRowContext(ctx, `SELECT COALESCE(MAX(begun), 0) FROM appointment_suspension WHERE holder = $1`, holder).Scan(&begun); err != nil {
		return 0, fmt.Errorf("count missed visits: %w", err)
	}
	err = q.QueryRowContext(ctx, `SELECT count(*) FROM appointment WHERE holder = $1 AND state IN ('missed', 'unserved') AND begins >= $2 AND ended > $3`,
		holder, store.Millis(since), begun).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count missed visits: %w", err)
	}
	return n, nil
}

// blame counts a visit that was just missed, and suspends whoever missed too
// many.
func (s *Service) blame(ctx context.Context, tx *store.Tx, h node.Hall, b Booking) error {
	r, err := rules(ctx, tx)
	if err != nil {
		return err
	}
	n, err := misses(ctx, tx, b.Holder, r, tx.Now)
	if err != nil {
		return err
	}
	held, err := suspension(ctx, tx, b.Holder, tx.Now)
	if err != nil {
		return err
	}
	if r.Misses == 0 || n <= r.Misses || held != nil {
		return s.notifyMissed(ctx, tx, h, b, n, r)
	}
	v := Suspension{ID: store.NewID(), Misses: n, Begun: tx.Now, Until: tx.Now.AddDate(0, 0, r.Suspended), State: stateActive, holder: b.Holder, person: b.Person}
	_, err = tx.ExecContext(ctx, `INSERT INTO appointment_suspension (id, holder, person, region, phone, misses, begun, until, state, appeal, answer, decided)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '', '', 0)`,
		v.ID, v.holder, v.person, h.Region, s.vault.Seal(kindPhone, b.Phone), v.Misses, store.Millis(v.Begun), store.Millis(v.Until), v.State)
	if err != nil {
		return fmt.Errorf("suspend: %w", err)
	}
	if err := s.notifySuspended(ctx, tx, b, v, r); err != nil {
		return err
	}
	return s.Audit.Add(ctx, tx, audit.Entry{Actor: audit.System, Action: "appointment.suspend", Object: v.ID, Detail: fmt.Sprintf("missed %d", n)})
}

// Credit is how the context's caller, a person, stands.
func (s *Service) Credit(ctx context.Context) (Credit, error) {
	holder, err := s.holderOf(ctx, access.From(ctx).ID)
	if err != nil {
		return Credit{}, err
	}
	q, now := s.Store.Read(), s.Store.Now()
	r, err := rules(ctx, q)
	if err != nil {
		return Credit{}, err
	}
	n, err := misses(ctx, q, holder.Holder, r, now)
	if err != nil {
		return Credit{}, err
	}
	c := Credit{Misses: n, Limit: r.Misses, Days: r.Days, Suspended: r.Suspended}
	if c.Suspension, err = suspension(ctx, q, holder.Holder, now); err != nil {
		return Credit{}, err
	}
	c.Lifted, err = latest(ctx, q, holder.Holder, `state = 'lifted'`, now)
	return c, err
}

// maxText bounds what people write, in characters.
const maxText = 500

// Appeal asks staff to lift the suspension of the context's caller; once each.
func (s *Service) Appeal(ctx context.Context, text string) error {
	text = strings.TrimSpace(text)
	if n := utf8.RuneCountInString(text); n < 5 || n > maxText {
		return ErrInput.Wrong("text", "请写明理由，5 至 500 字")
	}
	holder, err := s.holderOf(ctx, access.From(ctx).ID)
	if err != nil {
		return err
	}
	return s.Store.Write(ctx, "appeal against a suspension", func(tx *store.Tx) error {
		v, err := suspension(ctx, tx, holder.Holder, tx.Now)
		if err != nil {
			return err
		}
		if v == nil || v.State != stateActive {
			return ErrNoAppeal
		}
		result, err := tx.ExecContext(ctx, `UPDATE appointment_suspension SET state = $1, appeal = $2, person = $3 WHERE id = $4 AND state = $5`,
			stateAppealed, text, holder.Person, v.ID, stateActive)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil {
			return err
		} else if n != 1 {
			return ErrNoAppeal
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "appointment.appeal", Object: v.ID})
	})
}

// Appeals are those that wait for an answer, of the regions of the context's
// caller, the oldest first.
func (s *Service) Appeals(ctx context.Context) ([]Suspension, error) {
	rows, err := s.Store.Read().QueryContext(ctx, selectSuspension+` WHERE state = 'appealed' ORDER BY id LIMIT 1000`)
	if err != nil {
		return nil, fmt.Errorf("read appeals: %w", err)
	}
	defer rows.Close()
	list, caller := []Suspension{}, access.From(ctx)
	for rows.Next() {
		v, err := scanSuspension(rows)
		if err != nil {
			return nil, fmt.Errorf("read appeals: %w", err)
		}
		if caller.Covers(v.region) {
			list = append(list, v)
		}
	}
	return list, rows.Err()
}

// Decide answers an appeal: the suspension is lifted, or upheld until its end.
func (s *Service) Decide(ctx context.Context, id string, lift bool, answer string) error {
	answer = strings.TrimSpace(answer)
	if n := utf8.RuneCountInString(answer); n < 2 || n > maxText {
		return ErrInput.Wrong("answer", "请填写答复")
	}
	state := stateUpheld
	if lift {
		state = stateLifted
	}
	return s.Store.Write(ctx, "decide an appeal", func(tx *store.Tx) error {
		v, err := scanSuspension(tx.QueryRowContext(ctx, selectSuspension+` WHERE id = $1`, id))
		if store.IsNone(err) || err == nil && !access.From(ctx).Covers(v.region) {
			return ErrDecided
		}
		if err != nil {
			return err
		}
		result, err := tx.ExecContext(ctx, `UPDATE appointment_suspension SET state = $1, answer = $2, decided = $3 WHERE id = $4 AND state = 'appealed'`,
			state, answer, store.Millis(tx.Now), id)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil {
			return err
		} else if n != 1 {
			return ErrDecided
		}
		if err := s.notifyAppeal(ctx, tx, v, lift, answer); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "appointment.decide-appeal", Object: id, Detail: state})
	})
}
