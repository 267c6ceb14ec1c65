package item

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"sync"
	"time"

	"smarthall/platform/internal/store"
)

// Act is something that people do with an item and that is counted.
type Act string

// The acts.
const (
	ActView   Act = "view"   // the guide was opened
	ActBook   Act = "book"   // an appointment was made
	ActApply  Act = "apply"  // an application was sent
	ActAsk    Act = "ask"    // somebody asked about it
	ActReturn Act = "return" // an application was sent back for materials
)

// acts are all acts, with what one is worth for being hot.
var acts = map[Act]float64{ActView: 1, ActBook: 5, ActApply: 10, ActAsk: 2, ActReturn: 0}

// count is what is counted.
type count struct {
	item string
	day  string
	act  Act
}

// Bounds of counting.
const (
	flushEvery = 10 * time.Second
	maxCounts  = 100_000 // kept before they are stored; what is beyond isn't counted
	hotDays    = 90
	halfLife   = 30.0 // days in which an act loses half its worth
)

// Seen counts an act. It is stored within a while: a crash loses a few seconds
// of them.
func (s *Service) Seen(item string, act Act) {
	key := count{item, s.Store.Now().In(s.Zone).Format(time.DateOnly), act}
	s.counting.Lock()
	defer s.counting.Unlock()
	if _, ok := s.counts[key]; ok || len(s.counts) < maxCounts {
		s.counts[key]++
	}
}

// Flush stores what was counted.
func (s *Service) Flush(ctx context.Context) error {
	s.counting.Lock()
	counts := s.counts
	s.counts = map[count]int64{}
	s.counting.Unlock()
	if len(counts) == 0 {
		return nil
	}
	err := s.Store.Write(ctx, "store how often items were looked at", func(tx *store.Tx) error {
		for key, n := range counts {
			if _, err := tx.ExecContext(ctx, `INSERT INTO item_count (item, day, kind, n) VALUES ($1, $2, $3, $4)
				ON CONFLICT (item, day, kind) DO UPDATE SET n = item_count.n + excluded.n`, key.item, key.day, string(key.act), n); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		return nil
	}
	s.counting.Lock()
	defer s.counting.Unlock()
	for key, n := range counts {
		s.counts[key] += n
	}
	return err
}

// Run stores counts now and then, asks the province once a day, and tells halls
// again what they know in an older shape, until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	var jobs sync.WaitGroup
	jobs.Go(func() { s.syncDaily(ctx) })
	jobs.Go(func() { s.renewAll(ctx) })
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			jobs.Wait()
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			return s.Flush(last)
		case <-tick.C:
			if err := s.Flush(ctx); err != nil && ctx.Err() == nil {
				s.Log.Warn("counts wait", slog.Any("err", err))
			}
		}
	}
}

// boost tells the index which items people look for: 0 to 1, by what was done
// with them lately.
func (s *Service) boost(ctx context.Context) error {
	now := s.Store.Now().In(s.Zone)
	rows, err := s.Store.Read().QueryContext(ctx, `SELECT item, day, kind, n FROM item_count WHERE day >= $1 ORDER BY item, day, kind`,
		now.AddDate(0, 0, -hotDays).Format(time.DateOnly))
	if err != nil {
		return fmt.Errorf("read what is hot: %w", err)
	}
	defer rows.Close()
	heat, most := map[string]float64{}, 0.0
	for rows.Next() {
		var item, day string
		var act Act
		var n int64
		if err := rows.Scan(&item, &day, &act, &n); err != nil {
			return fmt.Errorf("read what is hot: %w", err)
		}
		at, err := time.ParseInLocation(time.DateOnly, day, s.Zone)
		if err != nil {
			continue // not one of ours
		}
		age := math.Floor(now.Sub(at).Hours() / 24)
		heat[item] += float64(n) * acts[act] * math.Exp2(-age/halfLife)
		most = max(most, heat[item])
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read what is hot: %w", err)
	}
	for item, h := range heat {
		heat[item] = math.Log1p(h) / math.Log1p(most)
	}
	s.index.Boost(heat)
	s.mu.Lock()
	s.boosted = time.Now()
	s.mu.Unlock()
	return nil
}

// Statistics tell what items there are and what is done with them (IT-14).
type Statistics struct {
	Items     int `json:"items" doc:"Published or suspended"`
	Suspended int `json:"suspended"`
	Catalogue int `json:"catalogue"`
	// Online are items that go wholly on line, AtMostOnce those for which one
	// comes once at most.
	Online     int `json:"online"`
	AtMostOnce int `json:"atMostOnce"`
	Bookable   int `json:"bookable"`
	InReview   int `json:"inReview"`
	Drafts     int `json:"drafts"`
	// Hot are the items of which most was done, Difficult those whose
	// applications are sent back most, or asked about, for each application.
	Hot       []Ranked           `json:"hot"`
	Difficult []Ranked           `json:"difficult"`
	By        map[string][]Count `json:"by" doc:"Counts by facet"`
}

// Ranked is an item in a ranking.
type Ranked struct {
	ID    string  `json:"id"`
	Name  string  `json:"name"`
	Value float64 `json:"value"`
}

// Stats counts over the days since from.
func (s *Service) Stats(ctx context.Context, from time.Time) (Statistics, error) {
	found, err := s.Search(ctx, Query{Limit: 1})
	if err != nil {
		return Statistics{}, err
	}
	st := Statistics{Items: found.Total, By: found.Facets, Hot: []Ranked{}, Difficult: []Ranked{}}
	read := s.Store.Read()
	if err := read.QueryRowContext(ctx, `SELECT count(*) FROM item_catalogue WHERE state = $1`, string(Published)).Scan(&st.Catalogue); err != nil {
		return st, fmt.Errorf("count items: %w", err)
	}
	if err := read.QueryRowContext(ctx, `SELECT coalesce(sum(CASE WHEN v.state = $1 THEN 1 ELSE 0 END), 0), coalesce(sum(CASE WHEN v.state = $2 THEN 1 ELSE 0 END), 0)
		FROM item_head h JOIN item_version v ON v.item = h.id AND v.version = h.open WHERE h.open > 0`, string(InReview), string(Draft)).Scan(&st.InReview, &st.Drafts); err != nil {
		return st, fmt.Errorf("count items: %w", err)
	}
	s.mu.RLock()
	for _, sum := range s.summaries {
		st.Suspended += int(store.Bool(sum.State == Suspended))
		st.Online += int(store.Bool(sum.Online == OnlineWhole))
		st.AtMostOnce += int(store.Bool(sum.Visits <= 1))
		st.Bookable += int(store.Bool(sum.Bookable))
	}
	s.mu.RUnlock()
	return st, s.rank(ctx, from, &st)
}

// ranking is how many items a ranking shows.
const ranking = 20

// rank fills the rankings.
func (s *Service) rank(ctx context.Context, from time.Time, st *Statistics) error {
	rows, err := s.Store.Read().QueryContext(ctx, `SELECT item, kind, sum(n) FROM item_count WHERE day >= $1 GROUP BY item, kind ORDER BY item, kind`,
		from.In(s.Zone).Format(time.DateOnly))
	if err != nil {
		return fmt.Errorf("rank items: %w", err)
	}
	defer rows.Close()
	done := map[string]map[Act]float64{}
	for rows.Next() {
		var item string
		var act Act
		var n float64
		if err := rows.Scan(&item, &act, &n); err != nil {
			return fmt.Errorf("rank items: %w", err)
		}
		if done[item] == nil {
			done[item] = map[Act]float64{}
		}
		done[item][act] += n
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("rank items: %w", err)
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	for id, by := range done {
		sum, ok := s.summaries[id]
		if !ok {
			continue
		}
		heat := 0.0
		for act, n := range by {
			heat += n * acts[act]
		}
		st.Hot = append(st.Hot, Ranked{id, sum.Name, heat})
		if trouble := by[ActReturn]*5 + by[ActAsk]; trouble > 0 {
			st.Difficult = append(st.Difficult, Ranked{id, sum.Name, trouble / (by[ActApply] + by[ActView]/100 + 1)})
		}
	}
	st.Hot, st.Difficult = top(st.Hot), top(st.Difficult)
	return nil
}
