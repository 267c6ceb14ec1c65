package uplink_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"smarthall/hall-server/internal/store"
)

func article(title string, day time.Time) map[string]any {
	return map[string]any{"kind": "notice", "title": title, "source": "政务办", "body": "第一段\n第二段", "at": day}
}

func TestNoticesOfThePlatformStayAndVanishWithIt(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	f := newFixture(t, p)
	shown := func() (titles []string) {
		list, err := f.store.Articles(t.Context(), opening)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range list {
			titles = append(titles, a.Title)
		}
		return titles
	}
	p.say("e1", "article.published", "old", article("放假安排", opening.AddDate(0, 0, -9)))
	p.say("e2", "article.published", "new", article("延时服务", opening.AddDate(0, 0, -1)))
	p.say("e3", "article.published", "later", article("明年的安排", opening.AddDate(0, 1, 0)))
	eventually(t, "the notices", func() bool {
		all, err := f.store.Articles(t.Context(), opening.AddDate(0, 2, 0)) // the last that was said isn't shown yet
		return err == nil && len(all) == 3
	})
	if got := strings.Join(shown(), " "); got != "延时服务 放假安排" {
		t.Errorf("shown: %s", got)
	}
	f.restart() // the platform may be away then
	if got := strings.Join(shown(), " "); got != "延时服务 放假安排" {
		t.Errorf("after a restart: %s", got)
	}
	if list, err := f.store.Articles(t.Context(), opening.AddDate(0, 2, 0)); err != nil || len(list) != 3 || list[0].Title != "明年的安排" || list[1].Body != "第一段\n第二段" {
		t.Errorf("two months later: %+v, %v", list, err)
	}
	p.say("e4", "article.published", "old", article("放假安排（更新）", opening.AddDate(0, 0, -9)))
	p.say("e5", "article.withdrawn", "new", struct{}{})
	eventually(t, "the withdrawal", func() bool { return strings.Join(shown(), " ") == "放假安排（更新）" })
	p.say("e6", "article.withdrawn", "none", struct{}{})
	p.say("e7", "article.withdrawn", "old", struct{}{})
	eventually(t, "nothing", func() bool { return len(shown()) == 0 })
}

func TestWhatIsNoArticleChangesNothing(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	f := newFixture(t, p)
	spoilt := func(spoil func(map[string]any)) map[string]any {
		a := article("公告", opening.AddDate(0, 0, -1))
		spoil(a)
		return a
	}
	for id, body := range map[string]any{
		"kind":   spoilt(func(a map[string]any) { a["kind"] = "advertisement" }),
		"title":  spoilt(func(a map[string]any) { a["title"] = " " }),
		"long":   spoilt(func(a map[string]any) { a["title"] = strings.Repeat("长", 301) }),
		"empty":  spoilt(func(a map[string]any) { a["body"] = "\n " }),
		"huge":   spoilt(func(a map[string]any) { a["body"] = strings.Repeat("长", 20_001) }),
		"no-day": spoilt(func(a map[string]any) { delete(a, "at") }),
		"list":   []int{1}, "number": 7,
		strings.Repeat("x", 101): article("公告", opening),
		"":                       article("公告", opening),
	} {
		p.say("e-"+id, "article.published", id, body)
	}
	p.say("last", "article.published", "last", article("最后一篇", opening.AddDate(0, 0, -1)))
	var list []store.Article
	eventually(t, "the last one", func() bool {
		var err error
		list, err = f.store.Articles(t.Context(), opening.AddDate(9, 0, 0))
		return err == nil && len(list) > 0
	})
	if len(list) != 1 || list[0].ID != "last" {
		said, _ := json.Marshal(list)
		t.Errorf("got %s", said)
	}
}
