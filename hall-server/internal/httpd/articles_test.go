package httpd_test

import (
	"encoding/json"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"smarthall/hall-server/internal/store"
	"smarthall/internal/testkit"
)

func TestAKioskReadsTheArticlesOfThePlatform(t *testing.T) {
	dir := t.TempDir()
	st, err := store.Open(t.Context(), filepath.Join(dir, "hall.db"))
	if err != nil {
		t.Fatal(err)
	}
	for i, a := range []store.Article{
		{ID: "law-1", Kind: "law", Title: "行政许可法", Body: "第一条", At: time.Date(2003, 8, 26, 16, 30, 0, 0, time.UTC)},
		{ID: "hours", Kind: "notice", Title: "放假安排", Source: "政务办", Body: " 一\r\n\n二 <script>", At: time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)},
		{ID: "later", Kind: "notice", Title: "明天的", Body: "一", At: time.Now().AddDate(20, 0, 0)},
	} {
		if err := st.SaveDown(t.Context(), &store.Down{ID: string(rune('a' + i)), At: time.Now(), Article: &a}); err != nil {
			t.Fatal(err)
		}
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	f := newFixture(t, testkit.Data(dir))
	a := f.as(kiosk, "GET", api+"/articles", nil)
	type article struct {
		ID, Kind, Title, Source, Date string
		Text                          []string
	}
	var got struct{ Articles []article }
	if err := json.Unmarshal([]byte(a.Body), &got); err != nil || a.Status != http.StatusOK {
		t.Fatalf("status %d with %s, %v", a.Status, a.Body, err)
	}
	want := []article{
		{"hours", "notice", "放假安排", "政务办", "2026-11-02", []string{"一", "二 <script>"}},
		{"law-1", "law", "行政许可法", "", "2003-08-27", []string{"第一条"}}, // by the hall's own days
	}
	if diff := cmp.Diff(want, got.Articles); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
