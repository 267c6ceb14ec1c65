package knowledge

import (
	"context"
	"time"

	"smarthall/platform/internal/store"
)

// Edition is one published version of what staff wrote.
type Edition struct {
	Version   int       `json:"version"`
	State     State     `json:"state"`
	Title     string    `json:"title"`
	Body      string    `json:"body"`
	Author    string    `json:"author,omitempty" doc:"Name"`
	Checker   string    `json:"checker,omitempty" doc:"Name"`
	Note      string    `json:"note,omitempty" doc:"Why it was withdrawn"`
	Published time.Time `json:"published"`
}

// History are the versions of an entry that were published, the newest first.
// Those of an entry made of an item are the item's.
func (s *Service) History(ctx context.Context, id string) ([]Edition, error) {
	all, err := list(ctx, s.Store.Read(), `SELECT version, state, title, body, author, checker, note, published FROM knowledge_version
		WHERE entry = $1 AND published > 0 ORDER BY version DESC LIMIT 100`, func(row interface{ Scan(...any) error }) (v Edition, err error) {
		var at int64
		err = row.Scan(&v.Version, &v.State, &v.Title, &v.Body, &v.Author, &v.Checker, &v.Note, &at)
		v.Published = store.Time(at)
		return v, err
	}, id)
	if err != nil {
		return nil, err
	}
	for i := range all {
		if all[i].Author, err = s.member(ctx, all[i].Author); err != nil {
			return nil, err
		}
		if all[i].Checker, err = s.member(ctx, all[i].Checker); err != nil {
			return nil, err
		}
	}
	return all, nil
}
