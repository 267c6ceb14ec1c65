package portal

import (
	"context"
	"fmt"
	"strings"
	"time"

	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/store"
)

// Kind is what sort of article it is.
type Kind string

// The kinds.
const (
	Notice Kind = "notice" // 通知公告
	Law    Kind = "law"    // 法律、法规、规章和政策
)

// Article is a text that the portal publishes (P-24).
type Article struct {
	// ID is a part of its address: lower-case letters, digits and hyphens.
	ID    string `json:"id"`
	Kind  Kind   `json:"kind"`
	Title string `json:"title"`
	// Source is who issued it, with its number if it has one.
	Source  string `json:"source"`
	Summary string `json:"summary,omitempty"`
	// Body is its text; each line is a paragraph.
	Body string `json:"body"`
	// At is the day of its publication.
	At time.Time `json:"at"`
}

// The ways this context says no.
var (
	ErrArticle      = fault.New(fault.NotFound, "portal.unknown-article", "没有这篇文章，或者已经撤下。")
	ErrArticleInput = fault.New(fault.Invalid, "portal.article-input", "填写的内容有误")
)

// checkArticle checks what somebody wants to publish.
func checkArticle(a Article) error {
	wrong := ErrArticleInput
	if !isID(a.ID) {
		wrong = wrong.Wrong("id", "编号须为 2 至 40 位小写字母、数字或连字符")
	}
	if a.Kind != Notice && a.Kind != Law {
		wrong = wrong.Wrong("kind", "类别有误")
	}
	if n := len([]rune(strings.TrimSpace(a.Title))); n < 2 || n > 120 {
		wrong = wrong.Wrong("title", "标题须为 2 至 120 个字")
	}
	if n := len([]rune(a.Source)); n > 120 {
		wrong = wrong.Wrong("source", "来源不超过 120 个字")
	}
	if n := len([]rune(a.Summary)); n > 300 {
		wrong = wrong.Wrong("summary", "摘要不超过 300 个字")
	}
	if n := len([]rune(strings.TrimSpace(a.Body))); n < 1 || n > 20_000 {
		wrong = wrong.Wrong("body", "正文须为 1 至 20000 个字")
	}
	if a.At.IsZero() {
		wrong = wrong.Wrong("at", "请填写发布日期")
	}
	if len(wrong.Fields) > 0 {
		return wrong
	}
	return nil
}

// isID tells whether an id can be a part of an address.
func isID(id string) bool {
	return len(id) >= 2 && len(id) <= 40 &&
		!strings.ContainsFunc(id, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' })
}

// PutArticle publishes an article, instead of the one with the same id, in the
// transaction. Halls hear of it.
func (s *Service) PutArticle(ctx context.Context, tx *store.Tx, a Article) error {
	a.Title, a.Body = strings.TrimSpace(a.Title), strings.TrimSpace(a.Body)
	if err := checkArticle(a); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO portal_article (id, kind, title, source, summary, body, at) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, title = excluded.title, source = excluded.source, summary = excluded.summary,
		body = excluded.body, at = excluded.at`, a.ID, string(a.Kind), a.Title, a.Source, a.Summary, a.Body, store.Millis(a.At))
	if err != nil {
		return fmt.Errorf("store article %s: %w", a.ID, err)
	}
	if err := backFromWithdrawn(ctx, tx, a.ID); err != nil {
		return err
	}
	if _, err := s.tell(ctx, tx); err != nil {
		return err
	}
	return s.Audit.Add(ctx, tx, audit.Entry{Action: "portal.publish-article", Object: a.ID, Detail: string(a.Kind)})
}

// DropArticle takes an article away, from the halls as well. Its text is kept
// for the service desk.
func (s *Service) DropArticle(ctx context.Context, id string) error {
	return s.Store.Write(ctx, "take an article away", func(tx *store.Tx) error {
		if err := keepWithdrawn(ctx, tx, id); err != nil {
			return err
		}
		result, err := tx.ExecContext(ctx, `DELETE FROM portal_article WHERE id = $1`, id)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil {
			return err
		} else if n == 0 {
			return ErrArticle
		}
		if _, err := s.tell(ctx, tx); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "portal.drop-article", Object: id})
	})
}

const selectArticle = `SELECT id, kind, title, source, summary, body, at FROM portal_article`

func scanArticle(row interface{ Scan(...any) error }) (a Article, err error) {
	var kind string
	var at int64
	err = row.Scan(&a.ID, &kind, &a.Title, &a.Source, &a.Summary, &a.Body, &at)
	a.Kind, a.At = Kind(kind), store.Time(at)
	return a, err
}

// Article returns the article of a kind with the id, or ErrArticle. One that
// has a day to come isn't there yet.
func (s *Service) Article(ctx context.Context, kind Kind, id string) (Article, error) {
	a, err := scanArticle(s.Store.Read().QueryRowContext(ctx, selectArticle+` WHERE kind = $1 AND id = $2 AND at <= $3`, string(kind), id, store.Millis(s.Store.Now())))
	if store.IsNone(err) {
		return a, ErrArticle
	}
	if err != nil {
		return a, fmt.Errorf("read article %s: %w", id, err)
	}
	return a, nil
}

// Articles are those of a kind, the newest first, and how many there are.
func (s *Service) Articles(ctx context.Context, kind Kind, limit, from int) ([]Article, int, error) {
	now := store.Millis(s.Store.Now())
	var total int
	if err := s.Store.Read().QueryRowContext(ctx, `SELECT count(*) FROM portal_article WHERE kind = $1 AND at <= $2`, string(kind), now).Scan(&total); err != nil {
		return nil, 0, fmt.Errorf("count articles: %w", err)
	}
	rows, err := s.Store.Read().QueryContext(ctx, selectArticle+` WHERE kind = $1 AND at <= $2 ORDER BY at DESC, id LIMIT $3 OFFSET $4`, string(kind), now, limit, from)
	if err != nil {
		return nil, 0, fmt.Errorf("read articles: %w", err)
	}
	defer rows.Close()
	list := []Article{}
	for rows.Next() {
		a, err := scanArticle(rows)
		if err != nil {
			return nil, 0, fmt.Errorf("read articles: %w", err)
		}
		list = append(list, a)
	}
	return list, total, rows.Err()
}
