package supervision

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"smarthall/internal/calendar"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/store"
)

// Order is an urging notice (督办): an office has to answer it by a day, and
// the answer is accepted or sent back.
type Order struct {
	ID     string `json:"id"`
	Number string `json:"number"`
	// Case is the case it is about; empty: none.
	Case         string    `json:"case,omitempty"`
	Organisation string    `json:"organisation"`
	Region       string    `json:"region"`
	Subject      string    `json:"subject"`
	Text         string    `json:"text"`
	Due          string    `json:"due" doc:"Last day for the reply"`
	IssuedBy     string    `json:"issuedBy"`
	Issued       time.Time `json:"issued"`
	// State is issued (the office's turn), replied (the supervisor's) or
	// closed.
	State     string    `json:"state"`
	Reply     string    `json:"reply,omitempty"`
	RepliedBy string    `json:"repliedBy,omitempty"`
	Replied   time.Time `json:"replied,omitzero"`
	// Verdict is what the supervisor said last, Score the points that all rounds
	// took off together.
	Verdict string    `json:"verdict,omitempty"`
	Score   int       `json:"score"`
	Closed  time.Time `json:"closed,omitzero"`
	// Overdue tells that this round's reply came late or is late. Due, Reply and
	// Replied are this round's, too.
	Overdue bool `json:"overdue"`
	// Rounds are all, the one that it is in last.
	Rounds []Round `json:"rounds"`
}

// Issue issues an urging notice to an organisation: about a case, whose lead it
// then is unless another is named, or about nothing in particular.
func (s *Service) Issue(ctx context.Context, o Order) (Order, error) {
	caller := access.From(ctx)
	var err error
	if o.Subject, err = sentence("subject", o.Subject); err != nil {
		return o, err
	}
	if o.Text, err = sentence("text", o.Text); err != nil {
		return o, err
	}
	day, err := calendar.ParseDay(o.Due)
	today := calendar.On(s.Store.Now().In(s.Zone))
	if err != nil || day.Before(today) || today.Add(366).Before(day) {
		return o, ErrInput.Wrong("due", "答复期限须是今天起一年内的日期")
	}
	err = s.Store.Write(ctx, "issue an urging notice", func(tx *store.Tx) error {
		o.ID, o.Issued, o.IssuedBy = store.NewID(), tx.Now, caller.ID
		o.begin(day.String(), tx.Now)
		if err := s.address(ctx, tx, caller, &o); err != nil {
			return err
		}
		if o.Number, err = s.number(ctx, tx); err != nil {
			return err
		}
		if err := insertOrder(ctx, tx, o); err != nil {
			return err
		}
		return s.told(ctx, tx, o, "issue", reminder{organisation: o.Organisation, role: access.RoleChief})
	})
	return o, err
}

// address completes whom a notice is for. An office is urged about a case of the
// supervisor's region that it leads or has a step of, or about anything if it is
// in her region itself.
func (s *Service) address(ctx context.Context, q store.Querier, caller access.Caller, o *Order) error {
	concerned := false
	if o.Case != "" {
		c, err := read(ctx, q, o.Case)
		if store.IsNone(err) || err == nil && !caller.Covers(c.Region) {
			return ErrUnknown
		} else if err != nil {
			return err
		}
		list, err := steps(ctx, q, c)
		if err != nil {
			return err
		}
		o.Region, o.Organisation = c.Region, cmp.Or(o.Organisation, c.Organisation)
		concerned = o.Organisation == c.Organisation || slices.ContainsFunc(list, func(v Step) bool { return v.Organisation == o.Organisation })
	}
	if o.Organisation == "" {
		return ErrInput.Wrong("organisation", "请选择督办对象")
	}
	region, known, err := s.Body(ctx, o.Organisation)
	switch {
	case err != nil:
		return fmt.Errorf("find whom an urging notice is for: %w", err)
	case !known || !concerned && !caller.Covers(region):
		return ErrInput.Wrong("organisation", "没有这个部门，或者不在您的监察范围内")
	}
	o.Region = cmp.Or(o.Region, region)
	return nil
}

func insertOrder(ctx context.Context, tx *store.Tx, o Order) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO supervision_order
			(id, number, case_id, organisation, region, subject, text, due, issued_by, issued_at, state, reply, replied_by, replied_at, verdict, score, closed_at, overdue)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'issued', '', '', 0, '', 0, 0, 0)`,
		o.ID, o.Number, o.Case, o.Organisation, o.Region, o.Subject, o.Text, o.Due, o.IssuedBy, store.Millis(o.Issued))
	if err != nil {
		return fmt.Errorf("store an urging notice: %w", err)
	}
	if err := opened(ctx, tx, o.Organisation, o.Region, 0, 1); err != nil {
		return err
	}
	return saveRounds(ctx, tx, o)
}

// number is the next one of the year: 督〔2026〕0007号.
func (s *Service) number(ctx context.Context, tx *store.Tx) (string, error) {
	year := tx.Now.In(s.Zone).Year()
	var n int64
	err := tx.QueryRowContext(ctx, `INSERT INTO supervision_counter (year, n) VALUES ($1, 1)
		ON CONFLICT (year) DO UPDATE SET n = supervision_counter.n + 1 RETURNING n`, year).Scan(&n)
	if err != nil {
		return "", fmt.Errorf("number an urging notice: %w", err)
	}
	return fmt.Sprintf("督〔%d〕%04d号", year, n), nil
}

// told reminds whose turn it is, and writes the audit log.
func (s *Service) told(ctx context.Context, tx *store.Tx, o Order, verb string, to reminder) error {
	if err := remind(ctx, tx, to, o.Case, fmt.Sprintf("督办 %s：%s（%s前答复）", o.Number, o.Subject, o.Due)); err != nil {
		return err
	}
	if err := tx.Publish(ctx, "", "supervision.order-"+verb, o.ID, o); err != nil {
		return err
	}
	return s.Audit.Add(ctx, tx, audit.Entry{Action: "supervision.order-" + verb, Object: o.ID, Detail: o.Number})
}

// Reply is the office's answer to an urging notice.
func (s *Service) Reply(ctx context.Context, id, text string) (Order, error) {
	text, err := sentence("reply", text)
	if err != nil {
		return Order{}, err
	}
	return s.changeOrder(ctx, id, "replied", func(tx *store.Tx, o *Order) (reminder, error) {
		caller := access.From(ctx)
		if caller.Org != o.Organisation {
			return reminder{}, ErrUnknown
		}
		if o.State != "issued" {
			return reminder{}, ErrState
		}
		o.State, o.Reply, o.RepliedBy, o.Replied = "replied", text, caller.ID, tx.Now
		r := o.now()
		r.Reply, r.RepliedBy, r.Replied = text, caller.ID, tx.Now
		return reminder{staff: o.IssuedBy}, nil
	})
}

// Verify is the supervisor's word on a reply: accepted, which closes the
// notice, or sent back with a new day, which begins another round. The points of
// all rounds are taken off.
func (s *Service) Verify(ctx context.Context, id string, accept bool, verdict string, score int, due string) (Order, error) {
	verdict, err := sentence("verdict", verdict)
	if err != nil {
		return Order{}, err
	}
	if score < 0 || score > 10 {
		return Order{}, ErrInput.Wrong("score", "扣分为 0 至 10 分")
	}
	return s.changeOrder(ctx, id, "verified", func(tx *store.Tx, o *Order) (reminder, error) {
		caller := access.From(ctx)
		if !caller.Has(access.RoleSupervisor) {
			return reminder{}, ErrUnknown
		}
		if o.State != "replied" {
			return reminder{}, ErrState
		}
		o.Verdict, o.Score = verdict, o.Score+score
		r := o.now()
		r.Accepted, r.Verdict, r.Score, r.VerifiedBy, r.Verified = accept, verdict, score, caller.ID, tx.Now
		if accept {
			o.State, o.Closed = "closed", tx.Now
			return reminder{organisation: o.Organisation, role: access.RoleChief}, nil
		}
		day, err := calendar.ParseDay(due)
		if err != nil || day.Before(calendar.On(tx.Now.In(s.Zone))) {
			return reminder{}, ErrInput.Wrong("due", "退回时请给出新的答复期限")
		}
		o.begin(day.String(), tx.Now)
		return reminder{organisation: o.Organisation, role: access.RoleChief}, nil
	})
}

// changeOrder changes an urging notice that the caller may see.
func (s *Service) changeOrder(ctx context.Context, id, verb string, do func(tx *store.Tx, o *Order) (reminder, error)) (o Order, err error) {
	err = s.Store.Write(ctx, "change an urging notice", func(tx *store.Tx) error {
		if o, err = s.oneOrder(ctx, tx, id); err != nil {
			return err
		}
		was := o.State
		to, err := do(tx, &o)
		if err != nil {
			return err
		}
		result, err := tx.ExecContext(ctx, `UPDATE supervision_order SET state = $1, reply = $2, replied_by = $3, replied_at = $4, verdict = $5, score = $6, closed_at = $7, due = $8,
				overdue = $9, round = $10 WHERE id = $11 AND state = $12`, o.State, o.Reply, o.RepliedBy, millis(o.Replied), o.Verdict, o.Score, millis(o.Closed), o.Due,
			store.Bool(o.Overdue), len(o.Rounds), o.ID, was)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return ErrState
		}
		if o.State == "closed" && was != "closed" {
			if err := opened(ctx, tx, o.Organisation, o.Region, 0, -1); err != nil {
				return err
			}
		}
		if err := saveRounds(ctx, tx, o); err != nil {
			return err
		}
		return s.told(ctx, tx, o, verb, to)
	})
	return o, err
}

const orderColumns = `SELECT id, number, case_id, organisation, region, subject, text, due, issued_by, issued_at, state, reply, replied_by, replied_at, verdict, score,
	closed_at, overdue FROM supervision_order `

func scanOrder(row interface{ Scan(...any) error }) (o Order, err error) {
	var issued, replied, closed, overdue int64
	err = row.Scan(&o.ID, &o.Number, &o.Case, &o.Organisation, &o.Region, &o.Subject, &o.Text, &o.Due, &o.IssuedBy, &issued, &o.State, &o.Reply, &o.RepliedBy,
		&replied, &o.Verdict, &o.Score, &closed, &overdue)
	o.Issued, o.Replied, o.Closed, o.Overdue = moment(issued), moment(replied), moment(closed), overdue == 1
	return o, err
}

func (s *Service) oneOrder(ctx context.Context, q store.Querier, id string) (Order, error) {
	o, err := scanOrder(q.QueryRowContext(ctx, orderColumns+`WHERE id = $1`, id))
	switch {
	case store.IsNone(err):
		return o, ErrUnknown
	case err != nil:
		return o, fmt.Errorf("read an urging notice: %w", err)
	case !maySee(ctx, o.Region, o.Organisation):
		return o, ErrUnknown
	}
	list := []Order{o}
	err = addRounds(ctx, q, list)
	return list[0], err
}

// Orders lists urging notices that the caller may see: open ones, or those that
// are closed; for a case, all of it.
func (s *Service) Orders(ctx context.Context, caseID string, closed bool, limit int) ([]Order, error) {
	scope := scopeOf(ctx)
	rows, err := s.Store.Read().QueryContext(ctx, orderColumns+`
		WHERE ($1 = '' OR case_id = $1) AND ($1 <> '' OR (state = 'closed') = ($2 = 1)) AND ($3 = '' OR organisation = $3) AND region >= $4 AND region < $5
		ORDER BY due, id LIMIT $6`, caseID, store.Bool(closed), scope.organisation, scope.from, scope.to, limit)
	if err != nil {
		return nil, fmt.Errorf("list urging notices: %w", err)
	}
	defer rows.Close()
	list := []Order{}
	for rows.Next() {
		o, err := scanOrder(rows)
		if err != nil {
			return nil, fmt.Errorf("list urging notices: %w", err)
		}
		list = append(list, o)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list urging notices: %w", err)
	}
	return list, addRounds(ctx, s.Store.Read(), list)
}

// lateOrders marks notices whose reply is late, and tells once in each round.
func (s *Service) lateOrders(ctx context.Context) error {
	today := calendar.On(s.Store.Now().In(s.Zone)).String()
	var waiting int
	err := s.Store.Read().QueryRowContext(ctx, `SELECT count(*) FROM supervision_order WHERE state = 'issued' AND overdue = 0 AND due < $1`, today).Scan(&waiting)
	if err != nil || waiting == 0 {
		return err
	}
	return s.Store.Write(ctx, "mark late replies", func(tx *store.Tx) error {
		rows, err := tx.QueryContext(ctx, `UPDATE supervision_order SET overdue = 1 WHERE state = 'issued' AND overdue = 0 AND due < $1
			RETURNING id, number, case_id, organisation, region, subject, text, due, issued_by, issued_at, state, reply, replied_by, replied_at, verdict, score, closed_at, overdue`, today)
		if err != nil {
			return err
		}
		defer rows.Close()
		var late []Order
		for rows.Next() {
			o, err := scanOrder(rows)
			if err != nil {
				return err
			}
			late = append(late, o)
		}
		if err := rows.Err(); err != nil {
			return err
		}
		if err := addRounds(ctx, tx, late); err != nil {
			return err
		}
		for _, o := range late {
			o.now().Overdue = true
			if err := saveRounds(ctx, tx, o); err != nil {
				return err
			}
			c := &watched{ID: o.Case, Organisation: o.Organisation}
			g := Signal{Kind: OrderLate, Case: o.Case, About: fmt.Sprintf("%s/%d", o.ID, len(o.Rounds)), Organisation: o.Organisation, Region: o.Region, Words: fmt.Sprintf("督办 %s 逾期未答复：%s", o.Number, o.Subject)}
			if err := s.signal(ctx, tx, g, c); err != nil {
				return err
			}
		}
		return nil
	})
}
