package portal_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/portal"
	"smarthall/platform/internal/store"
)

// heard is what a hall hears from now on: the types and subjects of events since
// the last call, and the last body.
func (t *town) heard(tb testing.TB, hall string) (list []string, last portal.Article) {
	tb.Helper()
	rows, err := t.store.Read().QueryContext(tb.Context(), `SELECT type, subject, data FROM outbox WHERE hall = $1 AND type LIKE 'article.%' ORDER BY n`, hall)
	must(tb, err)
	defer rows.Close()
	for rows.Next() {
		var kind, subject, data string
		must(tb, rows.Scan(&kind, &subject, &data))
		list = append(list, kind+" "+subject)
		last = portal.Article{}
		must(tb, json.Unmarshal([]byte(data), &last))
	}
	must(tb, rows.Err())
	must(tb, t.store.Write(tb.Context(), "hear", func(tx *store.Tx) error {
		_, err := tx.ExecContext(tb.Context(), `DELETE FROM outbox WHERE hall = $1`, hall)
		return err
	}))
	return list, last
}

func TestHallsHearWhatThePortalPublishesAndTakesAway(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		town := newTown(t, target)
		town.halls = append(town.halls, portal.Hall{ID: "west"})
		a := portal.Article{ID: "new-year", Kind: portal.Notice, Title: "元旦放假安排", Source: "政务办", Body: "一、照常。\n二、周六开放。", At: town.now.Add(-time.Hour)}
		town.notice(t, a)
		for _, hall := range []string{"demo", "west"} {
			list, got := town.heard(t, hall)
			if diff := cmp.Diff([]string{"article.published new-year"}, list); diff != "" {
				t.Errorf("%s (-want +got):\n%s", hall, diff)
			}
			if got.Title != a.Title || got.Body != a.Body || !got.At.Equal(a.At) || got.Kind != portal.Notice {
				t.Errorf("%s heard %+v", hall, got)
			}
		}
		town.notice(t, a)
		if list, _ := town.heard(t, "demo"); len(list) > 0 {
			t.Errorf("what hasn't changed was told again: %v", list)
		}
		a.Title = "元旦放假安排（更新）"
		town.notice(t, a)
		if list, got := town.heard(t, "demo"); len(list) != 1 || got.Title != a.Title {
			t.Errorf("heard %v, %q", list, got.Title)
		}
		must(t, town.DropArticle(t.Context(), a.ID))
		if list, _ := town.heard(t, "demo"); len(list) != 1 || list[0] != "article.withdrawn new-year" {
			t.Errorf("heard %v", list)
		}
		if err := town.DropArticle(t.Context(), a.ID); !errors.Is(err, portal.ErrArticle) {
			t.Errorf("dropped again: %v", err)
		}
		if list, _ := town.heard(t, "demo"); len(list) > 0 {
			t.Errorf("heard %v", list)
		}
	})
}

func TestAHallThatBeginsHearsOfAllThatIsNew(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		town := newTown(t, target)
		must(t, town.store.Write(t.Context(), "publish", func(tx *store.Tx) error {
			for i := range 130 {
				a := portal.Article{ID: fmt.Sprintf("n-%03d", i), Kind: portal.Notice, Title: "通知公告", Body: "正文", At: town.now.AddDate(0, 0, -i)}
				if _, err := tx.ExecContext(t.Context(), `INSERT INTO portal_article (id, kind, title, source, summary, body, at) VALUES ($1, 'notice', $2, '', '', $3, $4)`,
					a.ID, a.Title, a.Body, store.Millis(a.At)); err != nil {
					return err
				}
			}
			return town.PutArticle(t.Context(), tx, portal.Article{ID: "law-1", Kind: portal.Law, Title: "行政许可法", Body: "第一条", At: town.now.AddDate(-20, 0, 0)})
		}))
		town.heard(t, "demo")
		resend := func() {
			t.Helper()
			must(t, town.store.Write(t.Context(), "begin", func(tx *store.Tx) error { return town.Resend(t.Context(), tx, "demo") }))
		}
		for range 2 { // a hall that has lost its store begins again
			resend()
			list, _ := town.heard(t, "demo")
			if len(list) != 101 || list[0] != "article.published law-1" || list[100] != "article.published n-099" {
				t.Errorf("%d events, %s to %s", len(list), list[0], list[len(list)-1])
			}
		}
		// A newer one takes the place of the oldest.
		town.notice(t, portal.Article{ID: "today", Kind: portal.Notice, Title: "今天的公告", Body: "正文", At: town.now})
		list, _ := town.heard(t, "demo")
		if diff := cmp.Diff([]string{"article.published today", "article.withdrawn n-099"}, list); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}
