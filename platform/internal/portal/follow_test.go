package portal_test

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/item"
	"smarthall/platform/internal/message"
	"smarthall/platform/internal/portal"
	"smarthall/platform/internal/store"
)

// letters are the notices that were sent.
type letters struct{ all []message.Notice }

func (l *letters) Send(_ context.Context, _ *store.Tx, n message.Notice) error {
	l.all = append(l.all, n)
	return nil
}

// words are what the letters since the last call say, by the person.
func (l *letters) words() map[string]string {
	said := map[string]string{}
	for _, n := range l.all {
		said[n.To.Person] += n.Vars["name"] + n.Vars["what"]
	}
	l.all = nil
	return said
}

// changing are items one of which is shown otherwise.
type changing struct {
	portal.Items
	version int
	state   item.State
	gone    bool
}

func (c *changing) Summaries(ctx context.Context, ids ...string) ([]item.Summary, error) {
	list, err := c.Items.Summaries(ctx, ids...)
	if c.gone {
		return nil, err
	}
	for i := range list {
		if list[i].ID == "business-licence" && c.version > 0 {
			list[i].Version, list[i].State = c.version, c.state
		}
	}
	return list, err
}

func TestWhoFollowsAnItemIsToldOnceOfEachChange(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, target string) {
		town := newTown(t, target)
		post, items := &letters{}, &changing{Items: town.items}
		town.Messages, town.Items, town.Favourites = post, items, kept{}
		form := url.Values{"item": {"business-licence"}}
		if w := town.post("/follows", form); w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), "/login?") {
			t.Errorf("who isn't signed in: %d, %q", w.Code, w.Header().Get("Location"))
		}
		for _, id := range []string{"p1", "p2"} {
			town.caller = access.Caller{Kind: access.Person, ID: id}
			for range 2 {
				if w := town.post("/follows", form); w.Header().Get("Location") != "/favourites?followed=business-licence" {
					t.Fatalf("%d %s", w.Code, w.Body)
				}
			}
		}
		has(t, town.page(t, "/favourites?followed=business-licence"), "已关注：", "取消关注")
		if w := town.post("/follows/drop", form); w.Code != http.StatusSeeOther {
			t.Errorf("unfollow: %d", w.Code)
		}
		told := func(want string) {
			t.Helper()
			must(t, town.TellFollowers(t.Context()))
			said := post.words()
			if !strings.HasSuffix(said["p1"], want) || (want == "") != (said["p1"] == "") || said["p2"] != "" {
				t.Errorf("told %v, want %q", said, want)
			}
		}
		told("")
		items.version, items.state = 2, item.Published
		told("办事指南有更新")
		told("")
		items.state = item.Suspended
		told("已暂停办理")
		items.state = item.Published
		told("已恢复办理")
		items.gone = true
		told("已不再办理")
		items.gone = false
		told("已恢复办理")
	})
}

func TestNewsThatNameAFollowedItemAreToldOnce(t *testing.T) {
	town := newTown(t, sqldbtest.File(t))
	post := &letters{}
	town.Messages = post
	it, err := town.items.Get(t.Context(), "business-licence")
	must(t, err)
	must(t, town.Follow(access.With(t.Context(), access.Caller{Kind: access.Person, ID: "p1"}), it))
	desk := access.With(t.Context(), access.Caller{Kind: access.Staff, ID: "s", Region: "330100", Roles: []access.Role{access.RoleServiceDesk}})
	for id, body := range map[string]string{"about-it": "自下周起，" + it.DisplayName() + "改在二楼办理。", "about-others": "大厅周末延时服务。"} {
		must(t, town.store.Write(desk, "publish", func(tx *store.Tx) error {
			return town.PutArticle(desk, tx, portal.Article{ID: id, Kind: portal.Notice, Title: "关于" + id, Body: body, At: town.now.Add(-time.Hour)})
		}))
	}
	for i := range 2 {
		must(t, town.TellFollowers(t.Context()))
		said := post.words()["p1"]
		if got := strings.Count(said, "有新的公告：“关于about-it”"); got != 1-i || strings.Contains(said, "others") {
			t.Errorf("time %d she was told %q", i, said)
		}
	}
}

func TestItemsAreRecommendedWithReasons(t *testing.T) {
	food := func(id string, change func(*item.Item)) item.Data {
		d := example(t)
		it := d.Items[0]
		it.ID, it.Title, it.Code, it.Before, it.After = id, "事项"+id, "", nil, nil
		change(&it)
		return item.Data{Items: []item.Item{it}}
	}
	town := newTown(t, sqldbtest.File(t),
		food("food-licence", func(it *item.Item) {}), // the example says that it comes after
		food("name-check", func(it *item.Item) { it.After = []string{"business-licence"} }))
	handled := []portal.Handled{{Item: "business-licence", Name: "营业执照设立登记", Done: true}}
	town.History = func(context.Context) ([]portal.Handled, error) { return handled, nil }
	her := access.With(t.Context(), access.Caller{Kind: access.Person, ID: "p1"})
	reasons := func(ctx context.Context) map[string]string {
		t.Helper()
		list, err := town.Recommend(ctx)
		must(t, err)
		by := map[string]string{}
		for _, r := range list {
			by[r.ID] = strings.Join(r.Reasons, "；")
			if r.Name == "" || len(r.Reasons) == 0 {
				t.Errorf("recommended %+v", r)
			}
		}
		return by
	}
	got := reasons(her)
	if !strings.Contains(got["food-licence"], "因为您办过“营业执照设立登记”，接着通常办这项") {
		t.Errorf("after a licence: %v", got)
	}
	if _, again := got["business-licence"]; again {
		t.Error("what she did is recommended again")
	}
	handled[0].Done = false
	if got := reasons(her); !strings.Contains(got["name-check"], "您正在办“营业执照设立登记”，通常要先办这项") {
		t.Errorf("while it is on its way: %v", got)
	}
	handled[0].GivenUp = true
	if got := reasons(her); strings.Contains(got["food-licence"], "您") {
		t.Errorf("after she gave it up: %v", got)
	}
	town.Unit = func(context.Context) (portal.Unit, error) {
		return portal.Unit{Name: "小样食品店", Code: "92330102MADEM0910X"}, nil
	}
	unit := access.With(t.Context(), access.Caller{Kind: access.Person, ID: "p1", For: "l1"})
	if got := slices.Collect(maps.Values(reasons(unit))); !slices.ContainsFunc(got, func(r string) bool { return strings.Contains(r, "小样食品店") }) {
		t.Errorf("for a unit: %v", got)
	}
}
