package server

import (
	"context"
	"errors"

	"smarthall/platform/internal/evaluation"
	"smarthall/platform/internal/item"
	"smarthall/platform/internal/knowledge"
)

// openKnowledge opens the knowledge base, which reads the items and the
// published answers.
func (c *contexts) openKnowledge(ctx context.Context, conf Config) (err error) {
	c.knowledge, err = knowledge.Open(ctx, knowledge.Config{
		Store: c.store, Audit: c.audit, People: c.identity, Items: knownItems{c.items}, Answers: c.knownAnswers,
		Calendar: c.appointments.RegionCalendar, Log: conf.Log,
	})
	return err
}

// knownItems are the items as the knowledge base wants them.
type knownItems struct{ *item.Service }

// versionsAtOnce is how many items are asked for at once, the most that a
// search gives; versionsTries how often all are, if they change meanwhile.
const (
	versionsAtOnce = 200
	versionsTries  = 3
)

// errMoving says that items were published faster than they were listed.
var errMoving = errors.New("the items changed while they were listed")

// Versions implements knowledge.Library.
func (s knownItems) Versions(ctx context.Context) (map[string]int, error) {
	for range versionsTries {
		all, whole, err := s.versions(ctx)
		if err != nil || whole {
			return all, err
		}
	}
	return nil, errMoving
}

// versions lists all items; whole tells that none was missed.
func (s knownItems) versions(ctx context.Context) (all map[string]int, whole bool, err error) {
	all = map[string]int{}
	for {
		found, err := s.Search(ctx, item.Query{Sort: "name", Limit: versionsAtOnce, Offset: len(all)})
		if err != nil {
			return nil, false, err
		}
		before := len(all)
		for _, h := range found.Hits {
			all[h.ID] = h.Version
		}
		if len(all) >= found.Total || len(all) == before {
			return all, len(all) == found.Total, nil
		}
	}
}

// knownAnswers are the newest answers to consultations that were published.
func (c *contexts) knownAnswers(ctx context.Context, limit int) ([]knowledge.Answer, error) {
	published, _, err := c.evaluation.FindAnswers(ctx, "", evaluation.Consultation, limit, 0)
	answers := make([]knowledge.Answer, len(published))
	for i, a := range published {
		answers[i] = knowledge.Answer{ID: a.ID, Title: a.Title, Question: a.Question, Text: a.Answer, Item: a.Item, Organisation: a.Organisation}
	}
	return answers, err
}
