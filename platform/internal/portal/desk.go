package portal

import (
	"context"
	"fmt"

	"smarthall/platform/internal/store"
)

// State is where an article stands, as the service desk sees it.
type State string

// The states.
const (
	Published State = "published"
	Scheduled State = "scheduled" // its day is still to come
	Withdrawn State = "withdrawn"
)

// DeskArticle is an article with its state.
type DeskArticle struct {
	Article
	State State `json:"state"`
}

// selectKept are all articles, $1 being now.
const selectKept = `SELECT id, kind, title, source, summary, body, at, state FROM (
	SELECT id, kind, title, source, summary, body, at, CASE WHEN at <= CAST($1 AS BIGINT) THEN 'published' ELSE 'scheduled' END AS state FROM portal_article
	UNION ALL SELECT id, kind, title, source, summary, body, at, 'withdrawn' AS state FROM portal_withdrawn) AS kept`

// DeskFilter says which articles of the service desk are meant; what is empty is
// any.
type DeskFilter struct {
	ID    string
	Kind  Kind
	State State
}

// DeskArticles lists articles of every state, the latest day first, and how many
// there are.
func (s *Service) DeskArticles(ctx context.Context, f DeskFilter, limit, from int) (list []DeskArticle, total int, err error) {
	const where = ` WHERE (CAST($2 AS TEXT) = '' OR kind = $2) AND (CAST($3 AS TEXT) = '' OR state = $3) AND (CAST($4 AS TEXT) = '' OR id = $4)`
	now := store.Millis(s.Store.Now())
	if err := s.Store.Read().QueryRowContext(ctx, `SELECT count(*) FROM (`+selectKept+where+`) AS found`, now, string(f.Kind), string(f.State), f.ID).Scan(&total); err != nil {
		return nil, 0, fmt.Errorf("count articles: %w", err)
	}
	rows, err := s.Store.Read().QueryContext(ctx, selectKept+where+` ORDER BY at DESC, id LIMIT $5 OFFSET $6`, now, string(f.Kind), string(f.State), f.ID, limit, from)
	if err != nil {
		return nil, 0, fmt.Errorf("read articles: %w", err)
	}
	defer rows.Close()
	list = []DeskArticle{}
	for rows.Next() {
		var k DeskArticle
		var at int64
		if err := rows.Scan(&k.ID, &k.Kind, &k.Title, &k.Source, &k.Summary, &k.Body, &at, &k.State); err != nil {
			return nil, 0, fmt.Errorf("read articles: %w", err)
		}
		k.At = store.Time(at)
		list = append(list, k)
	}
	return list, total, rows.Err()
}

// keepWithdrawn keeps the text of an article that is about to be taken away.
func keepWithdrawn(ctx context.Context, tx *store.Tx, id string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO portal_withdrawn (id, kind, title, source, summary, body, at)
		SELECT id, kind, title, source, summary, body, at FROM portal_article WHERE id = $1`, id)
	if err != nil {
		return fmt.Errorf("keep article %s: %w", id, err)
	}
	return nil
}

// backFromWithdrawn forgets what was kept of an article that is published again.
func backFromWithdrawn(ctx context.Context, tx *store.Tx, id string) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM portal_withdrawn WHERE id = $1`, id); err != nil {
		return fmt.Errorf("publish article %s again: %w", id, err)
	}
	return nil
}

type keptInput struct {
	ID    string `query:"id" maxLength:"40"`
	Kind  string `query:"kind" enum:"notice,law"`
	State string `query:"state" enum:"published,scheduled,withdrawn"`
	Limit int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
	From  int    `query:"from" minimum:"0" maximum:"10000"`
}

type keptOutput struct {
	Body struct {
		Articles []DeskArticle `json:"articles"`
		Total    int           `json:"total"`
	}
}

func (s *Service) getKept(ctx context.Context, in *keptInput) (out *keptOutput, err error) {
	out = &keptOutput{}
	out.Body.Articles, out.Body.Total, err = s.DeskArticles(ctx, DeskFilter{in.ID, Kind(in.Kind), State(in.State)}, in.Limit, in.From)
	return out, err
}
