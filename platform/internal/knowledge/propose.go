package knowledge

import (
	"context"
	"fmt"
	"log/slog"
	"time"
	"unicode/utf8"

	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/identity"
	"smarthall/platform/internal/store"
)

// How often published answers are looked at, and how many of the newest.
const (
	proposeEvery = time.Minute
	proposeBatch = 100
)

// Run proposes entries from published answers until ctx ends. Of all processes
// that share the database one does it at a time.
func (s *Service) Run(ctx context.Context) error {
	if s.Answers == nil {
		<-ctx.Done()
		return nil
	}
	return s.Store.Lead(ctx, "knowledge", func(ctx context.Context) error {
		tick := time.NewTicker(proposeEvery)
		defer tick.Stop()
		for {
			if n, err := s.Propose(ctx); err != nil && ctx.Err() == nil {
				s.Log.Error("no entries proposed", slog.Any("err", err))
			} else if n > 0 {
				s.Log.Info("entries proposed from answers", slog.Int("entries", n))
			}
			select {
			case <-ctx.Done():
				return nil
			case <-tick.C:
			}
		}
	})
}

// Propose makes a draft of each published answer that there was none of yet,
// for the department that answered, and tells how many. The department sends it
// on, changes it or drops it.
func (s *Service) Propose(ctx context.Context) (n int, err error) {
	answers, err := s.Answers(ctx, proposeBatch)
	if err != nil {
		return 0, fmt.Errorf("read published answers: %w", err)
	}
	orgs, err := s.organisations(ctx)
	if err != nil {
		return 0, err
	}
	for _, a := range answers {
		var known int
		if err := s.Store.Read().QueryRowContext(ctx, `SELECT count(*) FROM knowledge_entry WHERE source = $1`, a.ID).Scan(&known); err != nil {
			return n, fmt.Errorf("look for a proposal: %w", err)
		}
		if known > 0 {
			continue
		}
		made, err := s.propose(ctx, a, orgs)
		if err != nil {
			return n, err
		}
		if made {
			n++
		}
	}
	return n, nil
}

// propose makes a draft of an answer; false: nobody would keep it.
func (s *Service) propose(ctx context.Context, a Answer, orgs map[string]identity.Organisation) (bool, error) {
	home, itemID, err := s.home(ctx, a, orgs)
	if err != nil || home.ID == "" {
		return false, err
	}
	body := tidy(a.Text)
	if q := tidy(a.Question); q != "" && q != tidy(a.Title) {
		body = "问：" + q + "\n答：" + body
	}
	w := Work{
		Text: Text{Kind: Question, Item: itemID, Title: cut(tidy(a.Title), maxTitle), Body: cut(body, maxBody)},
		ID:   store.NewID(), Version: 1, State: Draft, Origin: FromAnswer, Organisation: home.ID, Region: home.Region,
	}
	err = s.Store.Write(ctx, "propose an entry", func(tx *store.Tx) error {
		w.Changed = tx.Now
		if err := insert(ctx, tx, w, a.ID); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Actor: audit.System, Action: "knowledge.propose", Object: w.ID})
	})
	return err == nil, err
}

// home is the organisation that keeps what an answer says: that of its item,
// else the one that answered. The item is empty if it isn't published any more.
func (s *Service) home(ctx context.Context, a Answer, orgs map[string]identity.Organisation) (home identity.Organisation, itemID string, err error) {
	if a.Item != "" {
		it, err := s.Items.Get(ctx, a.Item)
		if f := fault.Of(err); err != nil && (f == nil || f.Kind != fault.NotFound) {
			return home, "", fmt.Errorf("read item %s: %w", a.Item, err)
		}
		if o, ok := orgs[it.Organisation]; ok && err == nil {
			return o, a.Item, nil
		}
	}
	for _, o := range orgs {
		if o.Name == a.Organisation && (home.ID == "" || o.ID < home.ID) {
			home = o
		}
	}
	return home, "", nil
}

// cut bounds a text, in characters.
func cut(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most-1]) + "…"
}
