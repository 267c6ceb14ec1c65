package message

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"smarthall/platform/internal/store"
)

// How notices are worked off.
const (
	lanes     = 4 // that fetch and hand over side by side; the first takes urgent ones only
	workers   = 8 // notices that a lane has in hand
	lookEvery = 250 * time.Millisecond
	// holdFor is longer than the longest time-out: a process that didn't come
	// back by then is dead, and another one sends with the same id.
	holdFor  = maxTimeout + 15*time.Second
	saveWait = 10 * time.Second
	// vagueWait is how long a notice waits whose addressee can't be looked up.
	vagueWait = 30 * time.Second
)

// Run hands notices to providers until ctx ends. Any number of processes may do
// it side by side: each holds what it has in hand.
func (s *Service) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	defer wg.Wait()
	for i := range lanes {
		wg.Go(func() { s.lane(ctx, i) })
	}
	return s.Store.Lead(ctx, "message-sweep", s.sweepAlways)
}

// lane works notices off until ctx ends: the first one urgent ones only; all
// but the first two look less often while there is little to do.
func (s *Service) lane(ctx context.Context, number int) {
	look := lookEvery
	if number > 1 {
		look *= 4
	}
	for {
		n, err := s.round(ctx, true)
		if err == nil && n == 0 && number > 0 {
			n, err = s.round(ctx, false)
		}
		if err != nil && ctx.Err() == nil {
			s.Log.Warn("messages wait", slog.Any("err", err))
		}
		wait := look
		if n == workers && err == nil {
			wait = 0
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

// round takes some notices in hand and tells how many.
func (s *Service) round(ctx context.Context, urgent bool) (int, error) {
	held, lease, err := s.hold(ctx, urgent)
	if err != nil || len(held) == 0 {
		return 0, err
	}
	jobs := make([]*job, len(held))
	for i, r := range held {
		jobs[i] = &job{row: r, lease: lease}
		s.prepare(ctx, jobs[i])
	}
	if err := s.admit(ctx, jobs); err != nil {
		return len(jobs), err
	}
	var wg sync.WaitGroup
	for _, j := range jobs {
		if j.provider != nil {
			wg.Go(func() { s.hand(ctx, j) })
		}
	}
	wg.Wait()
	return len(jobs), s.save(ctx, jobs)
}

// hold takes due notices in hand, so that no other process does.
func (s *Service) hold(ctx context.Context, urgent bool) (held []row, lease int64, err error) {
	var some int
	err = s.Store.Read().QueryRowContext(ctx, `SELECT count(*) FROM (SELECT 1 AS one FROM message_notice
		WHERE state = 'created' AND urgent = $1 AND due <= $2 AND lease < $3 LIMIT 1) AS waiting`,
		store.Bool(urgent), store.Millis(s.Store.Now()), store.Millis(time.Now())).Scan(&some)
	if err != nil || some == 0 {
		return nil, 0, err
	}
	err = s.Store.Write(ctx, "take messages in hand", func(tx *store.Tx) error {
		held = nil
		now := time.Now() // of the machine: the platform's clock may be set for a rehearsal
		lease = store.Millis(now.Add(holdFor))
		rows, err := tx.QueryContext(ctx, `UPDATE message_notice SET lease = $1 WHERE lease < $2 AND state = 'created' AND id IN (
			SELECT id FROM message_notice WHERE state = 'created' AND urgent = $3 AND due <= $4 AND lease < $2 ORDER BY due LIMIT $5)
			RETURNING `+rowColumns, lease, store.Millis(now), store.Bool(urgent), store.Millis(tx.Now), workers)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			r, err := scanRow(rows)
			if err != nil {
				return err
			}
			held = append(held, r)
		}
		return rows.Err()
	})
	return held, lease, err
}

// job is a notice in hand, and what shall become of it.
type job struct {
	row
	lease    int64 // by which it is ours
	template *Template
	vars     map[string]string
	routes   []route
	provider Provider // who gets it now; nil: nobody
	order    Order
	try      *try
}

// route is a provider that could reach the person.
type route struct {
	provider Provider
	channel  Channel
	address  string
	kind     string // of the address: phone or email
}

// try is what one try came to.
type try struct{ outcome, reason, receipt string }

// Outcomes of tries; further ones are the states that receipts tell of.
const (
	outcomeAccepted = "accepted"
	outcomeFault    = "fault"
	outcomeRefused  = "refused"
)

// prepare finds out what a notice says and by which ways it could go. What
// can't go at all gets its last state.
func (s *Service) prepare(ctx context.Context, j *job) {
	now := s.Store.Now()
	if !now.Before(j.expires) {
		j.end(TemporaryFailure, "已过有效时间")
		return
	}
	var err error
	if j.template, err = s.template(ctx, s.Store.Read(), j.row.template, j.version); err == nil {
		j.vars, err = s.values(j.row, j.template)
	}
	if err == nil && j.row.vars == "" {
		err = errors.New("its variables were forgotten")
	}
	if err != nil {
		s.Log.Error("message can't be written", slog.String("message", j.id), slog.String("template", j.row.template), slog.Any("err", err))
		j.end(TechnicalFailure, "消息内容无法生成")
		return
	}
	contact, err := s.contact(ctx, j.row)
	if err != nil && !errors.Is(err, ErrNoContact) {
		s.Log.Warn("addressee not found out", slog.String("message", j.id), slog.Any("err", err))
		j.due, j.reason = now.Add(vagueWait), "暂时查不到联系方式"
		return
	}
	if err != nil && contact == (Contact{}) {
		j.end(PermanentFailure, "没有联系方式")
		return
	}
	served := false
	for _, c := range j.template.Channels {
		address, kind := contact.Phone, kindPhone
		if c == Email {
			address, kind = contact.Email, kindEmail
		}
		for _, p := range s.providers {
			if p.Channel() != "" && p.Channel() != c {
				continue
			}
			served = true
			if address != "" && !j.isSpent(p.Name()) {
				j.routes = append(j.routes, route{p, c, address, kind})
			}
		}
	}
	if len(j.routes) == 0 {
		j.exhausted(served)
	}
}

// contact is where the notice goes: as its sender said, or as the directory
// knows.
func (s *Service) contact(ctx context.Context, r row) (Contact, error) {
	var c Contact
	var err error
	if c.Phone, err = s.open(kindPhone, r.phone); err != nil {
		return c, err
	}
	if c.Email, err = s.open(kindEmail, r.email); err != nil {
		return c, err
	}
	if r.person == "" || s.Directory == nil || (c.Phone != "" && c.Email != "") {
		return c, nil
	}
	known, err := s.Directory.Contact(ctx, r.person)
	if err != nil {
		if c != (Contact{}) && errors.Is(err, ErrNoContact) {
			err = nil
		}
		return c, err
	}
	if c.Phone == "" {
		c.Phone = known.Phone
	}
	if c.Email == "" && isEmail(known.Email) {
		c.Email = known.Email
	}
	return c, nil
}

// end gives a notice its last state.
func (j *job) end(state State, reason string) {
	j.state, j.reason, j.provider = state, reason, nil
	if j.secret {
		j.row.vars = ""
	}
}

// exhausted ends a notice that has no way left. served tells whether there is a
// provider for any of its channels.
func (j *job) exhausted(served bool) {
	switch {
	case !served:
		j.end(TechnicalFailure, "没有可用的发送渠道")
	case j.spent == "" && j.inbox && j.reason == "":
		j.channel = Inbox
		j.end(Delivered, "")
	case j.spent == "" && j.reason == "":
		j.end(PermanentFailure, "没有联系方式")
	case slices.Contains(spentMarks(j.spent), markFault):
		j.end(TemporaryFailure, j.reason)
	default:
		j.end(PermanentFailure, j.reason)
	}
}

// admit chooses the way each notice goes now, within quotas, and notes it: if
// we die while handing over, it is known with whom.
func (s *Service) admit(ctx context.Context, jobs []*job) error {
	before := make([]job, len(jobs))
	for i, j := range jobs {
		before[i] = *j
	}
	return s.Store.Write(ctx, "choose ways of messages", func(tx *store.Tx) error {
		for i, j := range jobs {
			*j = before[i] // the change may run again
			if j.state != Created || j.due.After(tx.Now) {
				continue
			}
			if err := s.choose(ctx, tx, j); err != nil {
				return err
			}
			if j.provider == nil {
				continue
			}
			if _, err := tx.ExecContext(ctx, `UPDATE message_notice SET channel = $1, provider = $2, address = $3 WHERE id = $4 AND lease = $5`,
				string(j.channel), j.row.provider, j.address, j.id, j.lease); err != nil {
				return err
			}
		}
		return nil
	})
}

// choose finds the way that a notice goes now.
func (s *Service) choose(ctx context.Context, tx *store.Tx, j *job) error {
	var later time.Time // when a way opens that is closed now
	for _, r := range j.routes {
		open, why, err := s.closed(ctx, tx, j, r)
		if err != nil {
			return err
		}
		switch {
		case why != "" && (open.IsZero() || !open.Before(j.expires)):
			j.spend(r.provider.Name(), markRefused)
			j.reason = why
		case why != "":
			if later.IsZero() || open.Before(later) {
				later, j.reason = open, why
			}
		default:
			if j.row.provider != r.provider.Name() {
				j.tries = 0
			}
			j.provider, j.row.provider, j.channel, j.address = r.provider, r.provider.Name(), r.channel, mask(r.address)
			j.order = s.order(j, r)
			return nil
		}
	}
	if !later.IsZero() {
		j.due = later
		return nil
	}
	j.exhausted(true)
	return nil
}

// closed tells why a way can't be gone, in Chinese, and when it can; the zero
// time means never for this notice.
func (s *Service) closed(ctx context.Context, tx *store.Tx, j *job, r route) (open time.Time, why string, err error) {
	if !s.Settings.allowed(r.address) {
		return open, "试运行期间只发送给名单内的号码", nil
	}
	key := s.vault.Key(r.kind, r.address)
	reason, err := suppressed(ctx, tx, key)
	if err != nil {
		return open, "", err
	}
	if reason != "" && (reason != OptedOut || !j.template.Anytime) {
		return open, suppressionWords[reason], nil
	}
	if !j.template.Anytime && r.channel == SMS {
		if open = s.Settings.Quiet.until(tx.Now.In(s.Zone)); !open.IsZero() {
			return open, "夜间不发送短信", nil
		}
	}
	if wait := time.Until(s.breakers[r.provider.Name()].open(time.Now())); wait > 0 {
		return tx.Now.Add(wait), "发送渠道暂时不可用", nil
	}
	if j.row.provider == r.provider.Name() && j.tries > 0 {
		return time.Time{}, "", nil // it is counted already
	}
	if full, err := s.take(ctx, tx, r.channel, key, j.template.Anytime); err != nil || full {
		return time.Time{}, "今日发送次数已达上限", err
	}
	return time.Time{}, "", nil
}

// order is what the provider is given.
func (s *Service) order(j *job, r route) Order {
	text := j.template.fill(r.channel, j.vars)
	if r.channel == SMS {
		text.Text = "【" + s.Settings.Signature + "】" + text.Text
	}
	return Order{
		ID: j.id, Channel: r.channel, To: Address(r.address), Text: text, Template: j.row.template, Code: j.template.Code, Vars: j.vars, Secret: j.secret,
	}
}

// hand gives a notice to its provider.
func (s *Service) hand(ctx context.Context, j *job) {
	name := j.provider.Name()
	ctx, cancel := context.WithTimeout(ctx, s.timeout(name))
	defer cancel()
	receipt, err := j.provider.Send(ctx, j.order)
	var refused *Refusal
	switch {
	case err == nil:
		j.attempts++
		j.try, j.reason = &try{outcomeAccepted, "", receipt}, ""
		j.state = Sending
		if !j.provider.Receipts() {
			j.end(Delivered, "")
		}
	case errors.As(err, &refused):
		j.attempts++
		j.try, j.reason = &try{outcomeRefused, short(refused.Reason), ""}, short(refused.Reason)
		j.spend(name, markRefused)
		j.due = s.Store.Now()
	case errors.Is(ctx.Err(), context.Canceled):
		return // we stop; nobody can tell whether it went, so it comes again with its id
	default:
		s.Log.Warn("message not handed over", slog.String("message", j.id), slog.String("provider", name), slog.Any("err", err))
		j.attempts++
		j.tries++
		j.try, j.reason = &try{outcomeFault, "发送渠道没有响应", ""}, "发送渠道没有响应"
		s.again(j, name)
	}
	s.breakers[name].note(j.try.outcome == outcomeFault, time.Now())
	s.counts.add(triesDesc, name, j.try.outcome)
}

func (s *Service) timeout(provider string) time.Duration {
	for _, conf := range s.Settings.Providers {
		if conf.Name == provider && conf.Timeout > 0 {
			return conf.Timeout
		}
	}
	return defaultTimeout
}

// save makes what became of the notices durable, and lets go of them.
func (s *Service) save(ctx context.Context, jobs []*job) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveWait)
	defer cancel()
	return s.Store.Write(ctx, "save what became of messages", func(tx *store.Tx) error {
		for _, j := range jobs {
			if err := saveJob(ctx, tx, j); err != nil {
				return fmt.Errorf("message %s: %w", j.id, err)
			}
		}
		return nil
	})
}

func saveJob(ctx context.Context, tx *store.Tx, j *job) error {
	if j.try != nil {
		if err := addTry(ctx, tx, j.id, j.channel, j.row.provider, *j.try); err != nil {
			return err
		}
	}
	// A receipt may have been faster than we: then it has the last word.
	_, err := tx.ExecContext(ctx, `UPDATE message_notice SET state = $1, channel = $2, reason = $3, spent = $4, tries = $5, attempts = $6, due = $7,
		changed = $8, vars = $9, lease = 0 WHERE id = $10 AND state = 'created' AND lease = $11`,
		string(j.state), string(j.channel), j.reason, j.spent, j.tries, j.attempts, store.Millis(j.due), store.Millis(tx.Now), j.row.vars, j.id, j.lease)
	return err
}

// addTry writes down what was tried or heard.
func addTry(ctx context.Context, tx *store.Tx, notice string, c Channel, provider string, t try) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO message_try (notice, n, at, channel, provider, outcome, reason, receipt)
		SELECT $1, COALESCE(MAX(n), 0) + 1, CAST($2 AS BIGINT), $3, $4, $5, $6, $7 FROM message_try WHERE notice = $1`,
		notice, store.Millis(tx.Now), string(c), provider, t.outcome, t.reason, t.receipt)
	return err
}
