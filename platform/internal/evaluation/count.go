package evaluation

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/store"
)

// By is what ratings are counted by.
type By string

// What ratings are counted by.
const (
	ByOrganisation By = "organisation"
	ByItem         By = "item"
	ByClerk        By = "clerk"
	ByHall         By = "hall"
	ByMonth        By = "month"
)

// Count is how satisfied people are with one of what they are counted by.
type Count struct {
	Key  string `json:"key"`
	Name string `json:"name"`
	// N are all ratings, Scores how many of them have each score from 1 to 5.
	N      int    `json:"n"`
	Scores [5]int `json:"scores"`
	// Satisfied is the share of 3 and more, in percent (国办发〔2019〕51号).
	Satisfied float64 `json:"satisfied"`
	// Rectified is how many of the bad ratings' rectifications are closed,
	// Late how many were not closed in time.
	Rectified int `json:"rectified"`
	Late      int `json:"late"`
}

// grouped are the queries that count ratings, by what they are counted by. The
// clerk's key holds the hall, because halls name their clerks themselves.
var grouped = map[By]string{
	ByOrganisation: countRatings("g.organisation", "''"),
	ByItem:         countRatings("g.item", "MAX(g.item_name)"),
	ByClerk:        countRatings("g.hall || '/' || g.clerk", "MAX(g.clerk)"),
	ByHall:         countRatings("g.hall", "''"),
	ByMonth:        countRatings("g.month", "g.month"),
}

// countRatings is the query that counts ratings by an expression. Both are
// constants of this file.
func countRatings(key, name string) string {
	return `SELECT ` + key + `, ` + name + `, count(*), SUM(CASE WHEN g.score = 1 THEN 1 ELSE 0 END), SUM(CASE WHEN g.score = 2 THEN 1 ELSE 0 END),
	SUM(CASE WHEN g.score = 3 THEN 1 ELSE 0 END), SUM(CASE WHEN g.score = 4 THEN 1 ELSE 0 END), SUM(CASE WHEN g.score = 5 THEN 1 ELSE 0 END),
	SUM(CASE WHEN r.state = 'closed' THEN 1 ELSE 0 END), SUM(CASE WHEN r.late = 1 THEN 1 ELSE 0 END)
	FROM evaluation_rating g LEFT JOIN evaluation_rectification r ON r.rating = g.id
	WHERE g.at >= $1 AND g.at < $2 AND g.region LIKE $3 GROUP BY ` + key + ` ORDER BY count(*) DESC, 1 LIMIT 500`
}

func scanCount(row interface{ Scan(...any) error }) (c Count, err error) {
	err = row.Scan(&c.Key, &c.Name, &c.N, &c.Scores[0], &c.Scores[1], &c.Scores[2], &c.Scores[3], &c.Scores[4], &c.Rectified, &c.Late)
	c.Satisfied = satisfied(c.Scores)
	return c, err
}

// satisfied is the share of those who are at least 基本满意, in percent to one
// place.
func satisfied(by [5]int) float64 {
	n := 0
	for _, k := range by {
		n += k
	}
	if n == 0 {
		return 0
	}
	return float64((by[2]+by[3]+by[4])*1000/n) / 10
}

// Statistics counts the ratings of a time in the region of the context's
// caller.
func (s *Service) Statistics(ctx context.Context, by By, from, to time.Time) ([]Count, error) {
	query, ok := grouped[by]
	if !ok {
		return nil, ErrInput
	}
	all, err := list(ctx, s.Store.Read(), query, scanCount, store.Millis(from), store.Millis(to), covered(access.From(ctx)))
	if err != nil {
		return nil, err
	}
	return all, s.name(ctx, by, all)
}

// name fills in the names that other contexts know.
func (s *Service) name(ctx context.Context, by By, all []Count) error {
	orgs, err := s.organisations(ctx)
	if err != nil {
		return err
	}
	for i := range all {
		c := &all[i]
		hall, clerk, _ := strings.Cut(c.Key, "/")
		switch by {
		case ByOrganisation:
			c.Name = orgs[c.Key].Name
		case ByHall, ByClerk:
			name := "线上"
			if hall != "" {
				h, err := s.Hall(ctx, hall)
				if name = h.Name; err != nil {
					name = hall
				}
			}
			c.Name = name
			if by == ByClerk && clerk != "" {
				c.Name = name + " " + clerk
			}
		}
		if c.Name == "" {
			c.Name = "未注明"
		}
	}
	return nil
}

// covered is the pattern of the regions that a member of staff's roles hold in.
func covered(c access.Caller) string {
	return access.Stem(c.Region) + "%"
}

// Filter narrows what staff list. Empty fields narrow nothing.
type Filter struct {
	Kind         Kind
	State        string
	Organisation string
	Text         string
	Late         bool
	// Bad keeps ratings of at most 2, Worded those with words.
	Bad, Worded bool
	Limit, From int
}

// mineOnly is whose things a member of staff sees: the desk and supervision see
// their region's, others what is with their organisation. It is the pair of the
// region's pattern and the organisation; an organisation of % is any.
func mineOnly(c access.Caller) (region, organisation string) {
	if c.Has(access.RoleServiceDesk, access.RoleSupervisor) {
		return covered(c), "%"
	}
	if c.Org == "" {
		return "-", "-"
	}
	return "%", escapeLike(c.Org)
}

// escapeLike makes a text stand for itself in a pattern.
func escapeLike(text string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text)
}

// waiting is the state of a Filter that stands for all before the end.
const waiting = "waiting"

// The conditions and the order of the lists of voices. What waits is found by
// its state, the first due first; of all else the newest comes first.
const (
	voicesWhere = ` WHERE region LIKE $1 AND organisation LIKE $2 ESCAPE '\'
		AND (kind <> 'complaint' OR $3 = '' OR state = 'dispatched' AND assignee IN ('', $3))
		AND (kind = $4 OR $4 = '') AND (state = $5 OR $5 = '')
		AND (about = $6 OR $6 = '') AND (late = 1 OR $7 = 0)
		AND ($8 = '' OR number = $8 OR title LIKE $9 ESCAPE '\' OR body LIKE $9 ESCAPE '\')`
	voicesWaiting = ` AND state IN ('asked', 'dispatched', 'explained')`
	byDue         = ` ORDER BY due, id LIMIT $10 OFFSET $11`
	byAge         = ` ORDER BY id DESC LIMIT $10 OFFSET $11`
)

// Voices are those that the context's caller may see, and how many there are.
func (s *Service) Voices(ctx context.Context, f Filter) ([]Voice, int, error) {
	c := access.From(ctx)
	region, organisation := mineOnly(c)
	own := ""
	if organisation != "%" {
		own = c.ID
	}
	where, order := voicesWhere, byAge
	if f.State == waiting {
		where, order, f.State = voicesWhere+voicesWaiting, byDue, ""
	}
	args := []any{region, organisation, own, string(f.Kind), f.State, f.Organisation, store.Bool(f.Late), f.Text, "%" + escapeLike(f.Text) + "%"}
	var total int
	if err := s.Store.Read().QueryRowContext(ctx, `SELECT count(*) FROM evaluation_voice`+where, args...).Scan(&total); err != nil {
		return nil, 0, fmt.Errorf("count voices: %w", err)
	}
	all, err := list(ctx, s.Store.Read(), selectVoice+where+order, scanVoice, append(args, f.Limit, f.From)...)
	return all, total, err
}

// Ratings are those of the region of the context's caller, the newest first.
func (s *Service) Ratings(ctx context.Context, f Filter) ([]Rating, error) {
	return list(ctx, s.Store.Read(), selectRating+` WHERE region LIKE $1 AND (organisation = $2 OR $2 = '') AND (score <= 2 OR $3 = 0) AND (body <> '' OR $4 = 0)
		ORDER BY at DESC, id DESC LIMIT $5 OFFSET $6`, scanRating,
		covered(access.From(ctx)), f.Organisation, store.Bool(f.Bad), store.Bool(f.Worded), f.Limit, f.From)
}

// Rectifications are those that the context's caller may see, the first due
// first.
func (s *Service) Rectifications(ctx context.Context, f Filter) ([]Rectification, int, error) {
	region, organisation := mineOnly(access.From(ctx))
	const where = ` WHERE r.region LIKE $1 AND r.organisation LIKE $2 ESCAPE '\' AND (r.state = $3 OR $3 = '' OR $3 = 'waiting' AND r.state <> 'closed') AND (r.late = 1 OR $4 = 0)`
	args := []any{region, organisation, f.State, store.Bool(f.Late)}
	var total int
	if err := s.Store.Read().QueryRowContext(ctx, `SELECT count(*) FROM evaluation_rectification r`+where, args...).Scan(&total); err != nil {
		return nil, 0, fmt.Errorf("count rectifications: %w", err)
	}
	all, err := list(ctx, s.Store.Read(), selectRectification+where+` ORDER BY CASE WHEN r.state = 'closed' THEN 1 ELSE 0 END, r.due, r.id LIMIT $5 OFFSET $6`,
		scanRectification, append(args, f.Limit, f.From)...)
	return all, total, err
}

// Public is how satisfied people are, and what they said, as everybody may see
// it.
type Public struct {
	All           Count
	Organisations []Count
	Words         []Rating
}

// publicWords is how many of the published words a page shows.
const publicWords = 50

// publicFresh is how old what everybody sees of ratings may be: counting goes
// through all of a year.
const publicFresh = 30 * time.Second

// held is what everybody sees of ratings, counted at a time.
type held struct {
	mu     sync.Mutex
	at     time.Time // guarded by mu, like public
	public Public
}

// PublicRatings are the ratings of the last year for everybody.
func (s *Service) PublicRatings(ctx context.Context) (Public, error) {
	h := &s.public
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.at.IsZero() && time.Since(h.at) < publicFresh {
		return h.public, nil
	}
	p, err := s.countPublic(ctx)
	if err == nil {
		h.public, h.at = p, time.Now()
	}
	return p, err
}

// recount has the next look at the ratings count them.
func (h *held) recount() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at = time.Time{}
}

func (s *Service) countPublic(ctx context.Context) (Public, error) {
	var p Public
	now := s.Store.Now()
	var err error
	from, to := store.Millis(now.AddDate(-1, 0, 0)), store.Millis(now.Add(time.Minute))
	if p.Organisations, err = list(ctx, s.Store.Read(), grouped[ByOrganisation], scanCount, from, to, "%"); err != nil {
		return p, err
	}
	if err := s.name(ctx, ByOrganisation, p.Organisations); err != nil {
		return p, err
	}
	for _, c := range p.Organisations {
		p.All.N += c.N
		p.All.Rectified += c.Rectified
		for i, k := range c.Scores {
			p.All.Scores[i] += k
		}
	}
	p.All.Satisfied = satisfied(p.All.Scores)
	p.Words, err = list(ctx, s.Store.Read(), selectRating+` WHERE shown <> '' AND at >= $1 ORDER BY at DESC, id DESC LIMIT $2`, scanRating, from, publicWords)
	return p, err
}
