package item

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"smarthall/internal/sqldb"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/store"
)

// Kind is what a version does with its item.
type Kind string

// The kinds.
const (
	KindNew     Kind = "new"     // 新增
	KindChange  Kind = "change"  // 变更
	KindSuspend Kind = "suspend" // 暂停
	KindResume  Kind = "resume"  // 恢复
	KindCancel  Kind = "cancel"  // 取消
	KindSplit   Kind = "split"   // 拆分: into items that are drafts
	KindMerge   Kind = "merge"   // 合并: a draft that takes the place of several
	KindInherit Kind = "inherit" // the catalogue changed
	KindSync    Kind = "sync"    // the province's library or a file brought it
)

// Work is a version in the making.
type Work struct {
	Item
	Kind    Kind     `json:"kind"`
	Others  []string `json:"others,omitempty" doc:"Items that a split makes or a merge takes"`
	Author  string   `json:"author"`
	Edition int      `json:"edition" doc:"Counts the saves; a save names the one it began with"`
	// Gaps keep it from being submitted.
	Gaps []Gap `json:"gaps"`
	// Stage is the review that it waits for, while it is in review.
	Stage   *Stage   `json:"stage,omitempty"`
	Reviews []Review `json:"reviews"`
}

// Review is what one reviewer said.
type Review struct {
	Stage    string    `json:"stage"`
	Passed   bool      `json:"passed"`
	Reviewer string    `json:"reviewer"`
	Comment  string    `json:"comment,omitempty"`
	At       time.Time `json:"at"`
	edition  int
}

// head is the row that all versions of an item share.
type head struct {
	id, basic, code, organisation, region string
	state                                 State
	current, open, latest                 int
}

const headColumns = `id, basic_code, code, organisation, region, state, current, open, latest`

func scanHead(row interface{ Scan(...any) error }) (h head, err error) {
	err = row.Scan(&h.id, &h.basic, &h.code, &h.organisation, &h.region, &h.state, &h.current, &h.open, &h.latest)
	return h, err
}

// lock reads an item's row and keeps other changes of it out until the
// transaction ends.
func lock(ctx context.Context, tx *store.Tx, id string) (head, error) {
	h, err := scanHead(tx.QueryRowContext(ctx, `UPDATE item_head SET latest = latest WHERE id = $1 RETURNING `+headColumns, id))
	if store.IsNone(err) {
		return h, ErrUnknown
	}
	if err != nil {
		return h, fmt.Errorf("lock item %s: %w", id, err)
	}
	return h, nil
}

// mayEdit tells whether the context's caller writes items of an organisation in
// a region (IT-09, IT-32: who compiles maintains).
func (s *Service) mayEdit(ctx context.Context, organisation, region string) bool {
	c := access.From(ctx)
	return c.Has(access.RoleItemEditor) && c.Covers(region) && (c.Org == organisation || s.manages(c))
}

// manages tells whether a caller keeps the catalogue and everybody's items.
func (s *Service) manages(c access.Caller) bool { return slices.Contains(s.Managers, c.Org) }

// maySee tells whether the caller may see versions in the making.
func (s *Service) maySee(ctx context.Context, h head) bool {
	c := access.From(ctx)
	return s.mayEdit(ctx, h.organisation, h.region) || (c.Has(access.RoleItemReviewer) && c.Covers(h.region))
}

// Draft begins a version: of a new item, or, where there is an item with the
// id, of its next version.
func (s *Service) Draft(ctx context.Context, it Item) (Work, error) {
	if err := s.prepare(ctx, &it); err != nil {
		return Work{}, err
	}
	if !s.mayEdit(ctx, it.Organisation, it.Region) {
		return Work{}, ErrRights
	}
	err := s.Store.Write(ctx, "begin a version of an item", func(tx *store.Tx) error {
		kind := KindChange
		h, err := lock(ctx, tx, it.ID)
		switch {
		case errors.Is(err, ErrUnknown):
			kind = KindNew
			if h, err = s.insertHead(ctx, tx, &it); err != nil {
				return err
			}
		case err != nil:
			return err
		case !s.mayEdit(ctx, h.organisation, h.region):
			return ErrTaken // it is somebody else's
		case h.open > 0:
			return ErrOpen
		case h.state == Cancelled:
			return ErrState.With("事项已取消，恢复须重新列入目录并新增事项")
		case h.current == 0:
			kind = KindNew
		}
		if err := s.inherit(ctx, tx, &it); err != nil {
			return err
		}
		if err := s.begin(ctx, tx, &h, it, kind, nil); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "item.draft", Object: it.ID, Detail: fmt.Sprintf("%s version %d", kind, h.latest)})
	})
	if sqldb.IsDuplicate(err) {
		return Work{}, ErrTaken
	}
	if err != nil {
		return Work{}, err
	}
	return s.Work(ctx, it.ID)
}

// prepare checks what can't be stored, and gives an item without an id one.
func (s *Service) prepare(ctx context.Context, it *Item) error {
	if it.ID == "" {
		it.ID = newItemID()
	}
	if gaps := bounds(*it); len(gaps) > 0 {
		return faultyInput(gaps)
	}
	if !validID(it.ID) {
		return ErrInput.Wrong("id", "编号须为 2 至 40 位小写字母、数字或连字符")
	}
	if !validRegion(it.Region) {
		return ErrInput.Wrong("region", "行政区划代码须为 6 至 12 位数字")
	}
	orgs, err := s.organisations(ctx)
	if err != nil {
		return err
	}
	if !orgs.fill(it) {
		return ErrInput.Wrong("organisation", "没有这个部门")
	}
	return nil
}

// organisations are implementing bodies by their id.
type organisations map[string]Organisation

func (s *Service) organisations(ctx context.Context) (organisations, error) {
	list, err := s.Organisations(ctx)
	if err != nil {
		return nil, fmt.Errorf("read organisations: %w", err)
	}
	by := organisations{}
	for _, o := range list {
		by[o.ID] = o
	}
	return by, nil
}

// named is the id of the one organisation of a name; empty, if there is none or
// several are called so.
func (by organisations) named(name string) string {
	found := ""
	for id, o := range by {
		if o.Name == name {
			if found != "" {
				return ""
			}
			found = id
		}
	}
	return found
}

// fill gives an item the name of its organisation, and a code unless it has
// one; false means that there is no such organisation.
func (by organisations) fill(it *Item) bool {
	o, ok := by[it.Organisation]
	if !ok {
		return false
	}
	it.OrganisationName = o.Name
	if it.Code == "" {
		it.Code = implementation(o.Code, it.Level, it.BasicCode)
	}
	return true
}

// faultyInput turns gaps into a no that isn't about completeness.
func faultyInput(gaps []Gap) error {
	f := ErrInput
	for _, g := range gaps[:min(len(gaps), 50)] {
		f = f.Wrong(g.Path, g.Message)
	}
	return f
}

// inherit takes the catalogue's part from the catalogue (IT-04).
func (s *Service) inherit(ctx context.Context, q store.Querier, it *Item) error {
	e, err := s.entry(ctx, q, it.BasicCode)
	if err != nil {
		return err
	}
	if e.State == Cancelled {
		return ErrEntry.With("该基本目录已取消，不得实施")
	}
	it.Name, it.Type, it.Bases = e.Name, e.Type, e.Bases
	return nil
}

// insertHead makes the row of a new item. An implementation code that was made
// for it gets the number of the handling item behind it where another item of
// the same body and entry has it already.
func (s *Service) insertHead(ctx context.Context, tx *store.Tx, it *Item) (head, error) {
	code, err := freeCode(ctx, tx, it.Code, it.ID)
	if err != nil {
		return head{}, err
	}
	it.Code = code
	h := head{id: it.ID, basic: it.BasicCode, organisation: it.Organisation, region: it.Region, state: Draft}
	_, err = tx.ExecContext(ctx, `INSERT INTO item_head (id, basic_code, code, organisation, region, state, current, open, latest, rev)
		VALUES ($1, $2, $3, $4, $5, $6, 0, 0, 0, 0)`, it.ID, it.BasicCode, codeKey(it), it.Organisation, it.Region, string(Draft))
	if err != nil {
		return h, fmt.Errorf("add item %s: %w", it.ID, err)
	}
	return h, nil
}

// codeKey is what keeps codes unique; an item without one has its id.
func codeKey(it *Item) string {
	if it.Code == "" {
		return "item:" + it.ID
	}
	return it.Code
}

// freeCode is code, or, where another item has it, code with the first number of
// a handling item (01 to 99) that is free.
func freeCode(ctx context.Context, tx *store.Tx, code, id string) (string, error) {
	if code == "" {
		return "", nil
	}
	_, whole := national(code, 31)
	for n := range 100 {
		try := code
		if n > 0 {
			if !whole {
				return "", ErrTaken
			}
			try = fmt.Sprintf("%s%02d", code, n)
		}
		var taken int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM item_head WHERE code = $1 AND id <> $2`, try, id).Scan(&taken); err != nil {
			return "", fmt.Errorf("look for code: %w", err)
		}
		if taken == 0 {
			return try, nil
		}
	}
	return "", ErrTaken
}

// begin stores a new draft version.
func (s *Service) begin(ctx context.Context, tx *store.Tx, h *head, it Item, kind Kind, others []string) error {
	h.latest++
	h.open = h.latest
	if err := s.insertVersion(ctx, tx, h.latest, Draft, it, kind, others); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `UPDATE item_head SET open = $1, latest = $1 WHERE id = $2`, h.latest, h.id)
	if err != nil {
		return fmt.Errorf("begin version of item %s: %w", h.id, err)
	}
	return nil
}

func (s *Service) insertVersion(ctx context.Context, tx *store.Tx, version int, state State, it Item, kind Kind, others []string) error {
	data, err := encode(it)
	if err != nil {
		return err
	}
	list, err := encode(append([]string{}, others...))
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO item_version (item, version, kind, state, data, others, author, edition, changed, published)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8, 0)`,
		it.ID, version, string(kind), string(state), data, list, access.From(ctx).ID, store.Millis(tx.Now))
	if err != nil {
		return fmt.Errorf("store version %d of item %s: %w", version, it.ID, err)
	}
	return nil
}

// readWork reads the version in the making; head and caller were checked.
func (s *Service) readWork(ctx context.Context, q store.Querier, h head) (Work, error) {
	var w Work
	var data, others string
	var changed int64
	err := q.QueryRowContext(ctx, `SELECT kind, state, data, others, author, edition, changed FROM item_version WHERE item = $1 AND version = $2`, h.id, h.open).
		Scan(&w.Kind, &w.State, &data, &others, &w.Author, &w.Edition, &changed)
	if store.IsNone(err) {
		return w, ErrVersion.With("该事项没有编制中的版本")
	}
	if err != nil {
		return w, fmt.Errorf("read work on item %s: %w", h.id, err)
	}
	state := w.State
	if err := json.Unmarshal([]byte(data), &w.Item); err != nil {
		return w, fmt.Errorf("read work on item %s: %w", h.id, err)
	}
	if err := json.Unmarshal([]byte(others), &w.Others); err != nil {
		return w, fmt.Errorf("read work on item %s: %w", h.id, err)
	}
	w.ID, w.Version, w.State, w.Changed = h.id, h.open, state, store.Time(changed)
	w.full()
	w.Gaps = append([]Gap{}, Check(&w.Item)...)
	if w.Reviews, err = readReviews(ctx, q, h); err != nil {
		return w, err
	}
	w.Stage = s.stage(w)
	return w, nil
}

func readReviews(ctx context.Context, q store.Querier, h head) ([]Review, error) {
	rows, err := q.QueryContext(ctx, `SELECT round, stage, passed, reviewer, comment, at FROM item_review WHERE item = $1 AND version = $2 ORDER BY id`, h.id, h.open)
	if err != nil {
		return nil, fmt.Errorf("read reviews of item %s: %w", h.id, err)
	}
	defer rows.Close()
	list := []Review{}
	for rows.Next() {
		var r Review
		var passed, at int64
		if err := rows.Scan(&r.edition, &r.Stage, &passed, &r.Reviewer, &r.Comment, &at); err != nil {
			return nil, fmt.Errorf("read reviews of item %s: %w", h.id, err)
		}
		r.Passed, r.At = passed == 1, store.Time(at)
		list = append(list, r)
	}
	return list, rows.Err()
}

// stage is the review that a version waits for, or nil.
func (s *Service) stage(w Work) *Stage {
	if w.State != InReview {
		return nil
	}
	for i := range s.Reviews {
		passed := slices.ContainsFunc(w.Reviews, func(r Review) bool { return r.edition == w.Edition && r.Stage == s.Reviews[i].ID && r.Passed })
		if !passed {
			return &s.Reviews[i]
		}
	}
	return nil
}

// Work returns the version of an item in the making, for its editors and
// reviewers.
func (s *Service) Work(ctx context.Context, id string) (Work, error) {
	h, err := scanHead(s.Store.Read().QueryRowContext(ctx, `SELECT `+headColumns+` FROM item_head WHERE id = $1`, id))
	if store.IsNone(err) || (err == nil && !s.maySee(ctx, h)) {
		return Work{}, ErrUnknown
	}
	if err != nil {
		return Work{}, fmt.Errorf("read item %s: %w", id, err)
	}
	return s.readWork(ctx, s.Store.Read(), h)
}
