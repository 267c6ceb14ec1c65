package uplink_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func item(id, name string, places []map[string]any, materials ...any) map[string]any {
	return map[string]any{"id": id, "version": 3, "name": name, "materials": materials, "places": places}
}

func at(hall, service string) []map[string]any {
	return []map[string]any{{"hall": hall, "service": service, "name": "窗口"}}
}

func TestItemsOfThePlatformTellWhatToBring(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	f := newFixture(t, p)
	if got := f.items.Materials("tax"); got != nil {
		t.Errorf("got %v", got)
	}
	p.say("e1", "item.published", "i1", item("i1", "个人所得税汇算", at("east", "tax"), map[string]any{"name": "身份证", "need": "must"}, "申报表"))
	p.say("e2", "item.published", "i2", item("i2", "发票领用", at("east", "tax"), "身份证", "税控设备"))
	p.say("e3", "item.published", "i3", item("i3", "别的大厅的事项", at("west", "tax"), "别的"))
	want := []string{"税控设备", "申报表", "身份证"}
	sorted := func() []string { return slices.Sorted(slices.Values(f.items.Materials("tax"))) }
	slices.Sort(want)
	eventually(t, "the materials", func() bool { return slices.Equal(sorted(), want) })
	f.restart() // the platform may be away then
	if !slices.Equal(sorted(), want) {
		t.Errorf("after a restart: %v", sorted())
	}
	p.say("e4", "item.published", "i1", item("i1", "个人所得税汇算", at("east", "tax"), "居民身份证"))
	eventually(t, "the new version", func() bool { return slices.Contains(f.items.Materials("tax"), "居民身份证") })
	p.say("e5", "item.suspended", "i2", map[string]any{"id": "i2"})
	eventually(t, "the suspension", func() bool { return slices.Equal(f.items.Materials("tax"), []string{"居民身份证"}) })
	p.say("e6", "item.withdrawn", "i1", map[string]any{"id": "i1"})
	eventually(t, "the withdrawal", func() bool { return f.items.Materials("tax") == nil })
	list, err := f.store.Items(t.Context())
	if err != nil || len(list) != 1 || list[0].ID != "i3" || !strings.Contains(string(list[0].Body), `"version":3`) {
		t.Errorf("got %+v, %v", list, err)
	}
}

func TestALongListOfMaterialsIsCutShort(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	f := newFixture(t, p)
	var many []any
	for i := range 100 {
		many = append(many, fmt.Sprint("材料", i))
	}
	p.say("e1", "item.published", "i1", map[string]any{"id": "i1", "name": "n", "services": []string{"tax"}, "materials": many})
	eventually(t, "the materials", func() bool { return len(f.items.Materials("tax")) == 12 })
}

func TestWhatThePlatformSaysOfAnItemIsKeptWhole(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	f := newFixture(t, p)
	said := map[string]any{
		"item": "i1", "name": "食品经营许可", "services": []any{"tax"}, "statutory": "20个工作日", "organisation": "市场监督管理局",
		"bases":   []any{map[string]any{"law": "《食品安全法》", "article": "第三十五条", "text": "<b>许可</b>"}},
		"steps":   []any{map[string]any{"name": "受理", "text": "当场受理", "post": "综合窗口"}},
		"charges": []any{map[string]any{"id": "c", "text": "工本费：10元", "basis": "财税〔2014〕101号"}},
		"later":   "of a newer platform",
	}
	p.say("e1", "item.published", "i1", said)
	eventually(t, "the item", func() bool {
		list, err := f.store.Items(t.Context())
		return err == nil && len(list) == 1
	})
	f.restart()
	list, err := f.store.Items(t.Context())
	if err != nil || len(list) != 1 {
		t.Fatalf("got %+v, %v", list, err)
	}
	var kept map[string]any
	if err := json.Unmarshal(list[0].Body, &kept); err != nil || !reflect.DeepEqual(kept, said) {
		t.Errorf("kept %s, %v", list[0].Body, err)
	}
}
