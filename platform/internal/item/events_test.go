package item_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"smarthall/platform/internal/item"
)

// told is the body of the last event for the demo hall, and its size in bytes.
func (c *city) told() (item.Down, int) {
	c.t.Helper()
	var data string
	if err := c.store.Read().QueryRowContext(c.t.Context(), `SELECT data FROM outbox WHERE hall = 'demo' ORDER BY id DESC LIMIT 1`).Scan(&data); err != nil {
		c.t.Fatal(err)
	}
	var d item.Down
	if err := json.Unmarshal([]byte(data), &d); err != nil {
		c.t.Fatal(err)
	}
	return d, len(data)
}

func TestAHallIsToldWhatItHasToMakePublic(t *testing.T) {
	c := file(t)
	d := example(t)
	d.Items[0].Fees = []item.Fee{{ID: "copy", Name: "工本费", Standard: "10元/证", Basis: "财税〔2014〕101号"}}
	if err := c.AddData(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	it := d.Items[0]
	got, _ := c.told()
	if !reflect.DeepEqual(got.Bases, d.Catalogue[0].Bases) {
		t.Errorf("the law is %+v, want %+v", got.Bases, d.Catalogue[0].Bases)
	}
	if len(got.Steps) != len(it.Steps) || got.Steps[1] != (item.DownStep{Name: it.Steps[1].Name, Text: it.Steps[1].Text, Post: it.Steps[1].Post}) {
		t.Errorf("the steps are %+v, want those of %+v", got.Steps, it.Steps)
	}
	if got.Statutory != "3个工作日" || got.Promised != "1个工作日" {
		t.Errorf("the limits are %q and %q", got.Statutory, got.Promised)
	}
	if want := []item.Charge{{ID: "copy", Text: "工本费：10元/证", Name: "工本费", Standard: "10元/证", Basis: "财税〔2014〕101号"}}; !reflect.DeepEqual(got.Charges, want) {
		t.Errorf("the charges are %+v, want %+v", got.Charges, want)
	}
	if got.Name != it.Title || got.Organisation != "市场监督管理局" || len(got.Conditions) != len(it.Conditions) || len(got.Materials) != len(it.Materials) {
		t.Errorf("got %q of %q with %d conditions, %d materials", got.Name, got.Organisation, len(got.Conditions), len(got.Materials))
	}
}

func TestAHallIsToldAsDataWhatThePlatformPutsInWords(t *testing.T) {
	c := file(t)
	d := example(t)
	it := &d.Items[0]
	it.Visits, it.Fees = 0, nil
	it.Promised, it.Statutory = item.Limit{Unit: item.WorkingDays, Days: 1}, item.Limit{Unit: item.WorkingDays, Days: 3}
	it.Materials = []item.Material{
		{
			ID: "letter", Name: "委托书", Type: item.BothMaterial, Originals: 1, Copies: 2, Need: item.Tolerable, Source: item.Source{Kind: item.FromApplicant},
			Standard: "签字齐全", Sample: item.File{Name: "示例", Text: "委托书"}, When: "委托他人办理",
		},
		{ID: "shared", Name: "营业执照", Type: item.EDocMaterial, Need: item.Must, Source: item.Source{Kind: item.FromSharing, Name: "市场监督管理局"}, Standard: "核对信息"},
	}
	it.Situation = item.Situation{}
	i := slices.IndexFunc(it.Places, func(p item.Place) bool { return p.Hall == "demo" })
	it.Places[i].Window, it.Places[i].Hours = "3、7号窗口", "周一至周五 9:00-17:00（法定节假日除外）"
	if err := c.AddData(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	got, _ := c.told()
	if got.PromisedLimit != it.Promised || got.StatutoryLimit != it.Statutory || got.VisitsMost == nil || *got.VisitsMost != 0 || !got.Free {
		t.Errorf("the limits are %+v and %+v, the visits %v, free %v", got.PromisedLimit, got.StatutoryLimit, got.VisitsMost, got.Free)
	}
	if got.Promised != "1个工作日" || got.Visits != "一次都不用跑" || got.Fee != "不收费" {
		t.Errorf("in words: %q, %q, %q", got.Promised, got.Visits, got.Fee)
	}
	want := []item.Bring{
		{
			ID: "letter", Name: "委托书", Note: "原件1份、复印件2份；可容缺后补；委托他人办理时提供", Type: item.BothMaterial, Originals: 1, Copies: 2, Source: item.FromApplicant,
			Need: item.Tolerable, When: "委托他人办理", Sample: item.File{Name: "示例", Text: "委托书"},
		},
		{ID: "shared", Name: "营业执照", Note: "部门共享，免于提交", Type: item.EDocMaterial, Source: item.FromSharing, Need: item.Must},
	}
	if diff := cmp.Diff(want, got.Materials); diff != "" {
		t.Error(diff)
	}
	place := got.Places[0]
	if !slices.Equal(place.WindowNumbers, []string{"3", "7"}) || place.Window != "3、7号窗口" || place.Hours != it.Places[i].Hours {
		t.Errorf("the place is %+v", place)
	}
	opening := &item.OpeningHours{ExceptHolidays: true, Parts: []item.Opening{{Days: []int{1, 2, 3, 4, 5}, Times: []item.TimeSpan{{From: "9:00", To: "17:00"}}}}}
	if diff := cmp.Diff(opening, place.Opening); diff != "" {
		t.Error(diff)
	}
}

func TestTheLongestLawAndStepsStayWithinWhatAHallTakes(t *testing.T) {
	c := file(t)
	d := example(t)
	c.load()
	_, usual := c.told()

	// The character that takes the most bytes in JSON.
	long := func(n int) string { return strings.Repeat("<", n) }
	c = file(t)
	d.Catalogue[0].Bases, d.Items[0].Steps = nil, nil
	for range 60 {
		d.Catalogue[0].Bases = append(d.Catalogue[0].Bases, item.Basis{Law: long(200), Article: long(100), Text: long(2000)})
	}
	for range 30 {
		d.Items[0].Steps = append(d.Items[0].Steps, item.Step{Name: long(60), Text: long(600), Post: long(100), Limit: item.Limit{Unit: item.OnTheSpot}})
	}
	if err := c.AddData(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	got, size := c.told()
	if len(got.Bases) != 60 || len(got.Steps) != 30 || got.Bases[59].Law != long(200) {
		t.Errorf("%d bases and %d steps came", len(got.Bases), len(got.Steps))
	}
	if text := got.Bases[0].Text; utf8.RuneCountInString(text) != 301 || !strings.HasSuffix(text, "…") {
		t.Errorf("a long article came as %d characters", utf8.RuneCountInString(text))
	}
	if text := got.Steps[0].Text; utf8.RuneCountInString(text) != 301 || !strings.HasSuffix(text, "…") {
		t.Errorf("a long step came as %d characters", utf8.RuneCountInString(text))
	}
	if size-usual > 512<<10 {
		t.Errorf("they take %d bytes", size-usual)
	}
}
