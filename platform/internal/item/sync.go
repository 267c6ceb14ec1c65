package item

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"smarthall/internal/sqldb"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/store"
)

// Report tells what an import did.
type Report struct {
	ID   string    `json:"id"`
	Kind string    `json:"kind" doc:"excel or province"`
	At   time.Time `json:"at"`
	By   string    `json:"by,omitempty"`
	// Entries are entries of the catalogue that were added or changed.
	Entries   int `json:"entries"`
	Read      int `json:"read" doc:"Items that came"`
	Unchanged int `json:"unchanged"`
	// Published were updated for the public, Drafted wait for their local part or
	// their review, Cancelled ended.
	Published int             `json:"published"`
	Drafted   int             `json:"drafted"`
	Cancelled int             `json:"cancelled"`
	Problems  []ImportProblem `json:"problems"`
}

// ImportProblem is an item that an import couldn't do all it wanted with.
type ImportProblem struct {
	Item    string `json:"item" doc:"Id, or code where there is none"`
	Message string `json:"message"`
}

// maxProblems bounds what a report lists.
const maxProblems = 500

func (r *Report) problem(item, message string) {
	if len(r.Problems) < maxProblems {
		r.Problems = append(r.Problems, ImportProblem{clip(item, 80), clip(message, 400)})
	}
}

// Sync takes the province's library over: its part of every item, while what is
// configured here is kept (IT-11). Each entry and item is a change by itself, so
// that a wrong one doesn't keep the others out.
func (s *Service) Sync(ctx context.Context) (Report, error) {
	if s.Province == nil {
		return Report{}, ErrProvince.With("没有配置省级事项库")
	}
	all, err := fetch(ctx, s.Province)
	if err != nil {
		return Report{}, ErrProvince.Because(err)
	}
	orgs, err := s.organisations(ctx)
	if err != nil {
		return Report{}, err
	}
	r := Report{ID: store.NewID(), Kind: "province", At: s.Store.Now(), Read: len(all.Items), Problems: []ImportProblem{}}
	for _, e := range all.Catalogue {
		if err := s.syncEntry(ctx, e, &r); err != nil {
			return r, err
		}
	}
	for _, it := range all.Items {
		if err := s.syncItem(ctx, orgs, it, &r); err != nil {
			return r, err
		}
	}
	s.changed()
	err = s.Store.Write(ctx, "store the import's report", func(tx *store.Tx) error {
		if err := putReport(ctx, tx, r); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{
			Actor: audit.System, Action: "item.sync", Object: r.ID,
			Detail: fmt.Sprintf("%d read, %d published, %d drafted, %d problems", r.Read, r.Published, r.Drafted, len(r.Problems)),
		})
	})
	return r, err
}

func putReport(ctx context.Context, tx *store.Tx, r Report) error {
	data, err := encode(r)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO item_import (id, kind, at, author, report) VALUES ($1, $2, $3, $4, $5)`, r.ID, r.Kind, store.Millis(r.At), r.By, data)
	return err
}

// Reports are the newest reports of imports.
func (s *Service) Reports(ctx context.Context, limit int) ([]Report, error) {
	rows, err := s.Store.Read().QueryContext(ctx, `SELECT report FROM item_import ORDER BY id DESC LIMIT $1`, limit)
	if err != nil {
		return nil, fmt.Errorf("read imports: %w", err)
	}
	defer rows.Close()
	list := []Report{}
	for rows.Next() {
		var data string
		var r Report
		if err := rows.Scan(&data); err != nil {
			return nil, fmt.Errorf("read imports: %w", err)
		}
		if err := json.Unmarshal([]byte(data), &r); err != nil {
			return nil, fmt.Errorf("read imports: %w", err)
		}
		list = append(list, r)
	}
	return list, rows.Err()
}

func (s *Service) syncEntry(ctx context.Context, e Entry, r *Report) error {
	if gaps := checkEntry(e); len(gaps) > 0 {
		r.problem(e.BasicCode, gaps[0].String())
		return nil
	}
	changed := false
	err := s.Store.Write(ctx, "take a catalogue entry over", func(tx *store.Tx) (err error) {
		changed, err = s.putEntry(ctx, tx, e)
		return err
	})
	r.Entries += int(store.Bool(changed && err == nil))
	return s.tolerate(e.BasicCode, err, r)
}

// tolerate notes a no in the report; any other error ends the import.
func (s *Service) tolerate(item string, err error, r *Report) error {
	if f := fault.Of(err); f != nil {
		message := f.Detail
		if len(f.Fields) > 0 {
			message += "：" + f.Fields[0].Name + " " + f.Fields[0].Message
		}
		r.problem(item, message)
		return nil
	}
	return err
}

// syncItem takes one item over.
func (s *Service) syncItem(ctx context.Context, orgs organisations, it Item, r *Report) error {
	name := it.Code
	if it.Code == "" {
		r.problem(it.Title, "没有实施编码")
		return nil
	}
	if it.Organisation == "" {
		it.Organisation = orgs.byCode(it.Code)
	}
	before := *r
	take := func() error {
		return s.Store.Write(ctx, "take an item over", func(tx *store.Tx) error {
			*r = before
			return s.syncOne(ctx, tx, orgs, it, r)
		})
	}
	err := take()
	if sqldb.IsDuplicate(err) {
		err = take() // another process has added it in the meantime
	}
	if err != nil {
		*r = before
	}
	return s.tolerate(name, err, r)
}

// byCode is the organisation whose credit code a code begins with, or "".
func (by organisations) byCode(code string) string {
	parts, ok := national(code, 31)
	if !ok {
		if parts, ok = national(code, 33); !ok {
			return ""
		}
	}
	best := ""
	for id, o := range by {
		if o.Code == parts["body"] && (best == "" || id < best) {
			best = id
		}
	}
	return best
}

func (s *Service) syncOne(ctx context.Context, tx *store.Tx, orgs organisations, it Item, r *Report) error {
	h, err := scanHead(tx.QueryRowContext(ctx, `UPDATE item_head SET latest = latest WHERE code = $1 RETURNING `+headColumns, it.Code))
	if store.IsNone(err) {
		return s.syncNew(ctx, tx, orgs, it, r)
	}
	if err != nil {
		return fmt.Errorf("look for item: %w", err)
	}
	if h.state == Cancelled {
		r.Unchanged++
		return nil
	}
	if it.State == Cancelled {
		return s.syncCancelled(ctx, tx, h, it, r)
	}
	if h.open > 0 && h.current > 0 {
		r.problem(h.id, "有编制中的版本，本次未更新")
		return nil
	}
	version := max(h.current, h.open)
	own, err := scanVersion(tx.QueryRowContext(ctx, selectVersion+` WHERE item = $1 AND version = $2`, h.id, version))
	if err != nil {
		return err
	}
	merged, err := s.merged(ctx, tx, orgs, own, it)
	if err != nil {
		return err
	}
	if same(own, merged) {
		r.Unchanged++
		return nil
	}
	gaps := Check(&merged)
	switch {
	case h.current > 0 && len(gaps) == 0:
		r.Published++
		return s.publish(ctx, tx, h, merged, KindSync, false)
	case h.current > 0: // what people see stays until somebody has looked at it
		r.Drafted++
		r.problem(h.id, "与本地配置不符，已存为草稿："+gaps[0].String())
		return s.begin(ctx, tx, &h, merged, KindSync, nil)
	}
	r.Drafted++
	data, err := encode(merged)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE item_version SET data = $1, edition = edition + 1, state = $2, changed = $3 WHERE item = $4 AND version = $5`,
		data, string(Draft), store.Millis(tx.Now), h.id, h.open)
	return err
}

// syncNew makes a draft of an item that isn't here yet: its local part is to be
// written before it is published.
func (s *Service) syncNew(ctx context.Context, tx *store.Tx, orgs organisations, it Item, r *Report) error {
	if it.State == Cancelled {
		r.Unchanged++
		return nil
	}
	it.ID = newItemID()
	merged, err := s.merged(ctx, tx, orgs, Item{ID: it.ID}, it)
	if err != nil {
		return err
	}
	h, err := s.insertHead(ctx, tx, &merged)
	if err != nil {
		return err
	}
	r.Drafted++
	r.problem(merged.ID, "新事项，请补充本地办理信息后提交审核："+merged.DisplayName())
	return s.begin(ctx, tx, &h, merged, KindNew, nil)
}

func (s *Service) syncCancelled(ctx context.Context, tx *store.Tx, h head, it Item, r *Report) error {
	if err := s.drop(ctx, tx, h); err != nil {
		return err
	}
	h.open = 0
	r.Cancelled++
	if h.current == 0 {
		return nil
	}
	own, err := scanVersion(tx.QueryRowContext(ctx, selectVersion+` WHERE item = $1 AND version = $2`, h.id, h.current))
	if err != nil {
		return err
	}
	own.Reason = "省级事项库取消该事项"
	if it.Reason != "" {
		own.Reason = clip(it.Reason, 300)
	}
	return s.publish(ctx, tx, h, own, KindCancel, false)
}

// merged is the province's part of an item with what is configured here.
func (s *Service) merged(ctx context.Context, q store.Querier, orgs organisations, own, theirs Item) (Item, error) {
	out := own
	out.BasicCode, out.Code, out.Title, out.Reason = theirs.BasicCode, theirs.Code, theirs.Title, "省级事项库更新"
	if own.Organisation == "" {
		out.Organisation, out.Region, out.Level = theirs.Organisation, theirs.Region, theirs.Level
	}
	out.Objects, out.Themes, out.Class, out.Form, out.Online, out.Visits = theirs.Objects, theirs.Themes, theirs.Class, theirs.Form, theirs.Online, theirs.Visits
	out.Scope, out.Content, out.Conditions, out.Quota = theirs.Scope, theirs.Content, theirs.Conditions, theirs.Quota
	out.Statutory, out.Fees, out.Steps, out.Review, out.Result, out.Rights = theirs.Statutory, theirs.Fees, theirs.Steps, theirs.Review, theirs.Result, theirs.Rights
	if own.Summary == "" {
		out.Summary = theirs.Summary
	}
	if s, p := theirs.Statutory.length(), own.Promised.length(); own.Promised.Unit == "" || (s >= 0 && p > s) {
		out.Promised = theirs.Promised
	}
	out.Materials = nil
	for _, m := range theirs.Materials {
		for _, mine := range own.Materials {
			if mine.ID == m.ID { // help that was written here
				if m.Instructions == "" {
					m.Instructions = mine.Instructions
				}
				if m.Sample == (File{}) {
					m.Sample = mine.Sample
				}
				if m.Blank == (File{}) {
					m.Blank = mine.Blank
				}
				if m.Licence == "" {
					m.Licence = mine.Licence
				}
			}
		}
		out.Materials = append(out.Materials, m)
	}
	if gaps := bounds(out); len(gaps) > 0 {
		return out, faultyInput(gaps)
	}
	if !orgs.fill(&out) {
		return out, ErrInput.Wrong("organisation", "没有这个部门："+clip(out.Organisation, 40))
	}
	return out, s.inherit(ctx, q, &out)
}

// same tells whether two versions say the same.
func same(a, b Item) bool {
	for _, it := range []*Item{&a, &b} {
		it.Version, it.State, it.Changed, it.PublishedAt, it.Reason = 0, "", time.Time{}, time.Time{}, ""
	}
	return len(Diff(&a, &b)) == 0
}

// syncDaily asks the province once a day until ctx ends. Of all processes that
// share the database one does it.
func (s *Service) syncDaily(ctx context.Context) {
	if s.Province == nil {
		return
	}
	_ = s.Store.Lead(ctx, "item-sync", func(ctx context.Context) error { // it ends with ctx only
		for {
			wait, err := s.untilSync(ctx)
			if err != nil {
				return err
			}
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(wait):
			}
			if wait > 0 {
				continue // the clock may have been set, and another process may have done it
			}
			r, err := s.Sync(ctx)
			switch {
			case ctx.Err() != nil:
				return nil
			case err != nil:
				s.Log.Warn("province not asked", slog.Any("err", err))
				select {
				case <-ctx.Done():
					return nil
				case <-time.After(syncRetry):
				}
			default:
				s.Log.Info("province's items taken over", slog.Int("read", r.Read), slog.Int("published", r.Published), slog.Int("problems", len(r.Problems)))
			}
		}
	})
}

// Waits of the daily import.
const (
	syncRetry = 15 * time.Minute
	syncLook  = 10 * time.Minute
)

// untilSync is how long the next import has time, 0 if it is due, at most
// syncLook.
func (s *Service) untilSync(ctx context.Context) (time.Duration, error) {
	var last int64
	err := s.Store.Read().QueryRowContext(ctx, `SELECT at FROM item_import WHERE kind = 'province' ORDER BY id DESC LIMIT 1`).Scan(&last)
	if err != nil && !store.IsNone(err) {
		return 0, errors.Join(errors.New("read the last import"), err)
	}
	now := s.Store.Now().In(s.Zone)
	y, m, d := now.Date()
	due := time.Date(y, m, d, 0, 0, 0, 0, s.Zone).Add(s.SyncAt)
	if now.Before(due) {
		due = due.AddDate(0, 0, -1) // yesterday's, if it was missed
	}
	if store.Time(last).Before(due) {
		return 0, nil
	}
	return min(due.AddDate(0, 0, 1).Sub(now), syncLook), nil
}
