package portal

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/httpd"
	"smarthall/platform/internal/item"
	"smarthall/platform/internal/message"
	"smarthall/platform/internal/store"
)

// Bounds and times of following items.
const (
	maxFollows  = 100
	followEvery = 10 * time.Second
	newsAge     = 3 * 24 * time.Hour
	// followBatch is how many followers are written to in one change.
	followBatch = 200
)

// noticeFollowed is the letter to those who follow an item.
const noticeFollowed = "item.followed"

// gone is the state of an item that is offered no more.
const gone = "gone"

// ErrFollows says that there are too many already.
var ErrFollows = fault.New(fault.Conflict, "portal.follows", "关注已满，请先取消一些不再需要的事项")

func (s *Service) followRoutes(r *httpd.Router) {
	op := func(id, path string) httpd.Operation {
		return httpd.Operation{ID: "portal-" + id, Method: http.MethodPost, Path: path, Who: access.Everybody(), Tag: "portal"}
	}
	r.Page(op("follow", "/follows"), s.postFollow)
	r.Page(op("unfollow", "/follows/drop"), s.postUnfollow)
}

// Follow lets the context's caller be told when an item changes. Once more
// changes nothing.
func (s *Service) Follow(ctx context.Context, it item.Item) error {
	person := access.From(ctx).ID
	return s.Store.Write(ctx, "follow an item", func(tx *store.Tx) error {
		var n int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM portal_follow WHERE person = $1`, person).Scan(&n); err != nil {
			return err
		}
		if n >= maxFollows {
			return ErrFollows
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO portal_follow (person, item, at) VALUES ($1, $2, $3) ON CONFLICT (person, item) DO NOTHING`,
			person, it.ID, store.Millis(tx.Now)); err != nil {
			return err
		}
		// Who is the first to follow it is told of what changes from now on.
		_, err := tx.ExecContext(ctx, `INSERT INTO portal_followed (item, version, state, name) VALUES ($1, $2, $3, $4) ON CONFLICT (item) DO NOTHING`,
			it.ID, it.Version, string(it.State), it.DisplayName())
		return err
	})
}

// Unfollow ends it.
func (s *Service) Unfollow(ctx context.Context, id string) error {
	return s.Store.Write(ctx, "unfollow an item", func(tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM portal_follow WHERE person = $1 AND item = $2`, access.From(ctx).ID, id)
		return err
	})
}

// Follows are the ids of the items that the context's caller follows, the latest
// first.
func (s *Service) Follows(ctx context.Context) ([]string, error) {
	return texts(ctx, s.Store.Read(), `SELECT item FROM portal_follow WHERE person = $1 ORDER BY at DESC, item`, access.From(ctx).ID)
}

// texts reads a list of one text each.
func texts(ctx context.Context, q store.Querier, query string, args ...any) ([]string, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read what is followed: %w", err)
	}
	defer rows.Close()
	list := []string{}
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, fmt.Errorf("read what is followed: %w", err)
		}
		list = append(list, text)
	}
	return list, rows.Err()
}

// postFollow follows an item. Who isn't signed in comes back to its guide.
func (s *Service) postFollow(w http.ResponseWriter, req *http.Request) error {
	req.Body = http.MaxBytesReader(w, req.Body, maxForm)
	it, err := s.Items.Get(req.Context(), req.PostFormValue("item"))
	if err != nil {
		return err
	}
	if !readerOf(w, req, "/items/"+url.PathEscape(it.ID)) {
		return nil
	}
	if err := s.Follow(req.Context(), it); err != nil {
		return err
	}
	http.Redirect(w, req, favouritesPath+"?followed="+url.QueryEscape(it.ID), http.StatusSeeOther)
	return nil
}

func (s *Service) postUnfollow(w http.ResponseWriter, req *http.Request) error {
	req.Body = http.MaxBytesReader(w, req.Body, maxForm)
	if !readerOf(w, req, favouritesPath) {
		return nil
	}
	if err := s.Unfollow(req.Context(), req.PostFormValue("item")); err != nil {
		return err
	}
	http.Redirect(w, req, favouritesPath, http.StatusSeeOther)
	return nil
}

// runFollow tells followers what has changed until ctx ends. Of all processes
// that share the database one does it at a time.
func (s *Service) runFollow(ctx context.Context) error {
	return s.Store.Lead(ctx, "portal-follow", func(ctx context.Context) error {
		tick := time.NewTicker(followEvery)
		defer tick.Stop()
		for {
			if err := s.TellFollowers(ctx); err != nil && ctx.Err() == nil {
				s.Log.Error("followers aren't told", slog.Any("err", err))
			}
			select {
			case <-ctx.Done():
				return nil
			case <-tick.C:
			}
		}
	})
}

// TellFollowers writes to those who follow an item that was changed, suspended,
// taken up again or given up since they were told last, and to those whose item
// a new article is about.
func (s *Service) TellFollowers(ctx context.Context) error {
	if s.Messages == nil {
		return nil
	}
	known, err := s.followed(ctx)
	if err != nil {
		return err
	}
	for _, was := range known {
		now, err := s.present(ctx, was)
		if err != nil {
			return err
		}
		if now == was {
			continue
		}
		told := fmt.Sprint(now.version, " ", now.state)
		if err := s.tellEach(ctx, now, changeWords(was, now), told, func(tx *store.Tx) error {
			_, err := tx.ExecContext(ctx, `UPDATE portal_followed SET version = $1, state = $2, name = $3 WHERE item = $4`, now.version, now.state, now.name, now.item)
			return err
		}); err != nil {
			return err
		}
	}
	return s.tellNews(ctx, known)
}

// standing is how an item stands for its followers.
type standing struct {
	item    string
	version int
	state   string
	name    string
}

func (s *Service) followed(ctx context.Context) ([]standing, error) {
	rows, err := s.Store.Read().QueryContext(ctx, `SELECT item, version, state, name FROM portal_followed ORDER BY item`)
	if err != nil {
		return nil, fmt.Errorf("read followed items: %w", err)
	}
	defer rows.Close()
	var all []standing
	for rows.Next() {
		var v standing
		if err := rows.Scan(&v.item, &v.version, &v.state, &v.name); err != nil {
			return nil, fmt.Errorf("read followed items: %w", err)
		}
		all = append(all, v)
	}
	return all, rows.Err()
}

// present is how an item stands now.
func (s *Service) present(ctx context.Context, was standing) (standing, error) {
	list, err := s.Items.Summaries(ctx, was.item)
	if err != nil {
		return was, err
	}
	if len(list) == 0 {
		was.state = gone
		return was, nil
	}
	return standing{was.item, list[0].Version, string(list[0].State), list[0].Name}, nil
}

// changeWords say what has become of an item.
func changeWords(was, now standing) string {
	switch {
	case now.state == gone:
		return "已不再办理"
	case now.state == string(item.Suspended) && was.state != now.state:
		return "已暂停办理"
	case was.state != now.state:
		return "已恢复办理"
	default:
		return "办事指南有更新"
	}
}

// tellEach writes to all followers of an item, and then keeps that it was told.
// A letter that was written before a breakdown is not written again.
func (s *Service) tellEach(ctx context.Context, now standing, what, told string, done func(tx *store.Tx) error) error {
	after := ""
	for {
		people, err := texts(ctx, s.Store.Read(), `SELECT person FROM portal_follow WHERE item = $1 AND person > $2 ORDER BY person LIMIT $3`, now.item, after, followBatch)
		if err != nil {
			return err
		}
		last := len(people) < followBatch
		err = s.Store.Write(ctx, "tell followers", func(tx *store.Tx) error {
			for _, p := range people {
				if err := s.Messages.Send(ctx, tx, message.Notice{
					Template: noticeFollowed, Key: noticeFollowed + "/" + now.item + "/" + told + "/" + p, To: message.To{Person: p},
					Vars: map[string]string{"name": clipRunes(now.name, 60), "what": clipRunes(what, 100)},
				}); err != nil {
					return err
				}
			}
			if last && done != nil {
				return done(tx)
			}
			return nil
		})
		if err != nil || last {
			return err
		}
		after = people[len(people)-1]
	}
}

// clipRunes cuts a text to n characters.
func clipRunes(text string, n int) string {
	if r := []rune(text); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return text
}

// tellNews tells of articles that came out lately and name an item that is
// followed, each once.
func (s *Service) tellNews(ctx context.Context, known []standing) error {
	if len(known) == 0 {
		return nil
	}
	now := s.Store.Now()
	ids, err := texts(ctx, s.Store.Read(), `SELECT a.id FROM portal_article a WHERE a.at <= $1 AND a.at > $2
		AND NOT EXISTS (SELECT 1 FROM portal_follow_news n WHERE n.article = a.id) ORDER BY a.at, a.id LIMIT 50`, store.Millis(now), store.Millis(now.Add(-newsAge)))
	if err != nil {
		return err
	}
	for _, id := range ids {
		a, err := scanArticle(s.Store.Read().QueryRowContext(ctx, selectArticle+` WHERE id = $1`, id))
		if err != nil {
			return fmt.Errorf("read article %s: %w", id, err)
		}
		text := a.Title + "\n" + a.Summary + "\n" + a.Body
		for _, k := range known {
			if k.name == "" || !strings.Contains(text, k.name) {
				continue
			}
			if err := s.tellEach(ctx, k, "有新的公告：“"+clipRunes(a.Title, 60)+"”", "news "+id+" "+strconv.FormatInt(store.Millis(a.At), 10), nil); err != nil {
				return err
			}
		}
		if err := s.Store.Write(ctx, "note an article as told", func(tx *store.Tx) error {
			_, err := tx.ExecContext(ctx, `INSERT INTO portal_follow_news (article, at) VALUES ($1, $2) ON CONFLICT (article) DO NOTHING`, id, store.Millis(tx.Now))
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}
