package httpd_test

import (
	"encoding/json"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"smarthall/hall-server/internal/store"
	"smarthall/internal/testkit"
)

func TestAKioskReadsItemsAsThePlatformToldThem(t *testing.T) {
	dir := t.TempDir()
	st, err := store.Open(t.Context(), filepath.Join(dir, "hall.db"))
	if err != nil {
		t.Fatal(err)
	}
	const said = `{"name":"食品经营许可","statutory":"20个工作日","bases":[{"law":"《食品安全法》","article":"第三十五条"}],` +
		`"steps":[{"name":"受理","post":"综合窗口"}],"charges":[{"id":"c","text":"工本费：10元","basis":"财税〔2014〕101号"}]}`
	item := &store.Item{ID: "food", Name: "食品经营许可", Services: []string{"tax"}, Body: json.RawMessage(said)}
	if err := st.SaveDown(t.Context(), &store.Down{ID: "e1", At: time.Now(), Item: item}); err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	f := newFixture(t, testkit.Data(dir))
	for query, want := range map[string]int{"": 1, "?service=tax": 1, "?service=other": 0} {
		a := f.as(kiosk, "GET", api+"/items"+query, nil)
		var got struct {
			Items []struct {
				ID   string          `json:"id"`
				Item json.RawMessage `json:"item"`
			} `json:"items"`
		}
		if err := json.Unmarshal([]byte(a.Body), &got); err != nil || a.Status != http.StatusOK || len(got.Items) != want {
			t.Errorf("%s: status %d with %s, %v", query, a.Status, a.Body, err)
			continue
		}
		if want == 1 && (got.Items[0].ID != "food" || string(got.Items[0].Item) != said) {
			t.Errorf("%s: got %s, want %s", query, got.Items[0].Item, said)
		}
	}
}
