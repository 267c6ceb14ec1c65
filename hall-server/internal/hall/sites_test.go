package hall_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"smarthall/hall-server/internal/hall"
	"smarthall/internal/link"
)

// withParts is the demo hall with more at its end, instead of its own cards and sites.
func withParts(t *testing.T, more string) (*hall.Hall, error) {
	t.Helper()
	before, rest, found := strings.Cut(string(hall.Demo), "\ncitizen_cards:")
	_, after, ended := strings.Cut(rest, "\nplan:")
	if !found || !ended {
		t.Fatal("the demo hall has its cards and sites elsewhere")
	}
	return hall.Parse([]byte(before + "\nplan:" + after + "\n" + more))
}

func TestSitesAreOfTheWebOrThePlatform(t *testing.T) {
	for address, want := range map[string]bool{
		"https://www.gov.cn/zhengce/":        true,
		"https://zwfw.example.cn:8443/a?b=1": true,
		"/items":                             true,
		"http://www.gov.cn/":                 false,
		"https://127.0.0.1/":                 false,
		"https://10.0.0.1/":                  false,
		"https://[::1]/":                     false,
		"https://intranet/":                  false,
		"https://user:pw@www.gov.cn/":        false,
		"https://*.gov.cn/":                  false,
		"//evil.example/":                    false,
		"javascript:alert(1)":                false,
		"data:text/html,x":                   false,
		"file:///etc/passwd":                 false,
		"https://a.example/; script-src *":   false,
		"https://a.example/<script>":         false,
		"":                                   false,
		"https://a.example/" + strings.Repeat("x", 500): false,
	} {
		_, err := withParts(t, fmt.Sprintf("sites:\n  - {name: 网站, address: %q}\n", address))
		if (err == nil) != want {
			t.Errorf("%q: %v", address, err)
		}
		var ms hall.Mistakes
		if err != nil && (!errors.As(err, &ms) || len(ms) != 1 || ms[0].Line < 2) {
			t.Errorf("%q isn't told in one line: %v", address, err)
		}
	}
}

func TestWhatPeopleReadOfSitesAndCardsIsBounded(t *testing.T) {
	for name, more := range map[string]string{
		"a site without a name":    "sites: [{address: https://a.example/}]",
		"a long name":              "sites: [{name: " + strings.Repeat("网", 21) + ", address: https://a.example/}]",
		"the same twice":           "sites: [{name: a, address: https://a.example/}, {name: b, address: https://a.example/}]",
		"too many":                 "sites: [" + strings.Repeat("{name: a, address: https://a.example/},", 25) + "]",
		"another member":           "sites: [{name: a, address: https://a.example/, script: x}]",
		"a card that is anything":  `citizen_cards: [{name: 市民卡, pattern: ".*"}]`,
		"a card that is no code":   `citizen_cards: [{name: 市民卡, pattern: "a("}]`,
		"a card without a name":    `citizen_cards: [{pattern: "DHM[0-9]{12}"}]`,
		"the same card twice":      `citizen_cards: [{name: a, pattern: "DHM[0-9]{12}"}, {name: b, pattern: "DHM[0-9]{12}"}]`,
		"more cards than are kept": "citizen_cards: [" + strings.Repeat(`{name: a, pattern: "DHM[0-9]{12}"},`, 11) + "]",
	} {
		if _, err := withParts(t, more); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

func TestThePlatformsSitesAreShownWhereItHasPages(t *testing.T) {
	h, err := withParts(t, "sites: [{name: 门户, intro: 找事项, address: /items}, {name: 中国政府网, address: https://www.gov.cn/}]\n")
	if err != nil {
		t.Fatal(err)
	}
	want := []link.SiteView{{Name: "门户", Intro: "找事项", Address: "https://zwfw.example.cn/items"}, {Name: "中国政府网", Address: "https://www.gov.cn/"}}
	if got := h.SiteViews(&link.PlatformView{Pages: "https://zwfw.example.cn"}); !slices.Equal(got, want) {
		t.Errorf("got %+v", got)
	}
	if got := h.SiteViews(nil); !slices.Equal(got, want[1:]) {
		t.Errorf("without a platform: %+v", got)
	}
	before, err := hall.Parse(hall.Demo)
	if err != nil {
		t.Fatal(err)
	}
	if got := h.NewSites(before); !slices.Equal(got, []string{"门户", "中国政府网"}) || len(h.NewSites(h)) != 0 {
		t.Errorf("new are %v", got)
	}
}
