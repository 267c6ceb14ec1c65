package item_test

import (
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"testing"

	"smarthall/platform/internal/item"
)

// kioskTexts are what kiosks word for readers of other languages. Their Chinese is
// what a translator begins with.
const kioskTexts = "../../../kiosk-agent/web/src/wording/zh-CN.json"

// TestKiosksWordAllThatHallsAreToldAsData holds that each theme and each way to
// bring a material has a text at the kiosk, and that its Chinese is the platform's.
func TestKiosksWordAllThatHallsAreToldAsData(t *testing.T) {
	data, err := os.ReadFile(kioskTexts)
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	if err := json.Unmarshal(data, &texts); err != nil {
		t.Fatal(err)
	}
	said := func(key string, n int) string {
		return strings.NewReplacer("{n}", strconv.Itoa(n), "{text}", "委托").Replace(texts["wording."+key])
	}
	note := func(m item.Material) string { return m.Note() }
	for key, pair := range map[string][2]string{
		"visits.none":    {said("visits.none", 0), (&item.Item{}).Depth()},
		"visits.most":    {said("visits.most", 2), (&item.Item{Local: item.Local{Visits: 2}}).Depth()},
		"statutory.none": {said("statutory.none", 0), item.Limit{Unit: item.NoLimit}.Text()},
		"shared":         {said("shared", 0), note(item.Material{Source: item.Source{Kind: item.FromSharing}})},
		"show":           {said("show", 0), note(item.Material{Type: item.ShowMaterial})},
		"edoc":           {said("edoc", 0), note(item.Material{Type: item.EDocMaterial})},
		"counts": {
			said("originals", 1) + texts["wording.and"] + said("copies", 2) + texts["wording.also"] + said("when", 0),
			note(item.Material{Type: item.BothMaterial, Originals: 1, Copies: 2, When: "委托"}),
		},
		"tolerable": {said("tolerable", 0), item.Tolerable.Word()},
		"promise":   {said("promise", 0), item.Promise.Word()},
	} {
		if pair[0] != pair[1] || pair[0] == "" {
			t.Errorf("%s: the kiosk says %q, the platform %q", key, pair[0], pair[1])
		}
	}
	known := 0
	for _, theme := range item.Themes() {
		if got := said("theme."+theme.ID, 0); got != theme.Name {
			t.Errorf("theme %s: the kiosk says %q, the platform %q", theme.ID, got, theme.Name)
		}
		known++
	}
	for key := range texts {
		if strings.HasPrefix(key, "wording.theme.") {
			known--
		}
	}
	if known != 0 {
		t.Errorf("the kiosk has %d themes more than the platform", -known)
	}
}
