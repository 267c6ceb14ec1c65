package search_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"smarthall/platform/internal/search"
)

// doc is a small document.
func doc(id, title, words, rest string, facets map[string][]string) search.Document {
	return search.Document{
		ID: id, Words: strings.Fields(words), Facets: facets,
		Fields: []search.Field{{Text: title, Weight: 10}, {Text: words, Weight: 7}, {Text: rest, Weight: 2}},
	}
}

// hall is an index of a few items.
func hall() *search.Index {
	x := search.New()
	person, legal := map[string][]string{"object": {"person"}}, map[string][]string{"object": {"legal"}}
	x.Put(
		doc("licence", "营业执照设立登记", "注册公司 开公司", "公司章程 住所证明 身份证件", legal),
		doc("licence-change", "营业执照变更登记", "", "营业执照 身份证件", legal),
		doc("food", "食品经营许可证核发", "开饭店", "营业执照副本 身份证件", legal),
		doc("id-card", "居民身份证补领", "身份证丢了", "户口簿", person),
		doc("residence", "居住证申领", "", "身份证件", person),
		doc("social", "社会保险关系转移接续", "社保转移", "身份证件 ETC", person),
		doc("social-card", "社会保障卡申领", "社保卡", "身份证件", person),
		doc("birth", "出生登记", "孩子落户", "出生医学证明 户口簿", person),
		doc("code", "建筑工程施工许可证核发", "", "11440232MB2D06811W4000117051000", legal),
	)
	x.Synonyms(map[string][]string{"开店": {"营业执照"}, "上户口": {"出生登记"}, "饭馆": {"食品经营"}, "社保": {"社会保险", "社会保障卡"}})
	return x
}

func ids(r search.Result) []string {
	var list []string
	for _, h := range r.Hits {
		list = append(list, h.ID)
	}
	return list
}

func TestSearchFindsWhatPeopleType(t *testing.T) {
	x := hall()
	cases := []struct{ name, text, first string }{
		{"a word of two characters", "出生", "birth"},
		{"a title", "居民身份证补领", "id-card"},
		{"the title before the materials", "身份证", "id-card"},
		{"the same words in another order", "登记变更营业执照", "licence-change"},
		{"a synonym", "开店", "licence"},
		{"a synonym within a sentence", "我想给孩子上户口怎么办理", "birth"},
		{"a question", "请问身份证丢了怎么办", "id-card"},
		{"two words", "社保 转移", "social"},
		{"a keyword", "开饭店", "food"},
		{"letters of any size", "ｅｔｃ", "social"},
		{"the front of a code", "11440232mb2d", "code"},
		{"with a mark between", "居住证（申领）", "residence"},
		{"with a mistake in a long word", "营业执招设立登记", "licence"},
		{"one character", "饭", "food"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			got := ids(x.Search(search.Query{Text: tc.text}))
			if len(got) == 0 || got[0] != tc.first {
				t.Errorf("%q finds %v, want %s first", tc.text, got, tc.first)
			}
		})
	}
}

func TestSearchDoesNotFindHalfWords(t *testing.T) {
	x := hall()
	if got := ids(x.Search(search.Query{Text: "居住证"})); !slices.Equal(got, []string{"residence"}) {
		t.Errorf("居住证 finds %v", got)
	}
	if r := x.Search(search.Query{Text: "完全无关"}); r.Total != 0 || len(r.Hits) != 0 {
		t.Errorf("an unknown word finds %v", ids(r))
	}
}

func TestSearchFallsBackToAPart(t *testing.T) {
	r := hall().Search(search.Query{Text: "出生登记 火星移民"})
	if !r.Loose || len(r.Hits) == 0 || r.Hits[0].ID != "birth" {
		t.Errorf("loose %v, %v", r.Loose, ids(r))
	}
}

func TestCorrectionKnowsWhatWasMeant(t *testing.T) {
	x := hall()
	cases := []struct{ typed, meant string }{
		{"社煲卡", "社保卡"}, {"开饭点", "开饭店"}, {"居住证申零", "居住证申领"}, {"居民身份证补零", "居民身份证补领"}, {"保社卡", "社保卡"},
	}
	for _, tc := range cases {
		if got := x.Correct(tc.typed, 3); len(got) == 0 || got[0] != tc.meant {
			t.Errorf("%s is corrected to %v, want %s", tc.typed, got, tc.meant)
		}
	}
	for _, right := range []string{"社保卡", "身份证", "居住证申领", "开店"} {
		if got := x.Correct(right, 3); len(got) > 0 {
			t.Errorf("%s is corrected to %v", right, got)
		}
	}
}

func TestSuggestionsBeginAsTyped(t *testing.T) {
	got := hall().Suggest("社", 5)
	if len(got) < 3 || !strings.HasPrefix(got[0], "社") {
		t.Errorf("社 suggests %v", got)
	}
	if got := hall().Suggest("执照", 5); len(got) == 0 || !strings.Contains(got[0], "执照") {
		t.Errorf("执照 suggests %v", got)
	}
	if got := hall().Suggest("  ", 5); got != nil {
		t.Errorf("nothing suggests %v", got)
	}
}

func TestFacetsCountAsIfTheirOwnFilterWereGone(t *testing.T) {
	r := hall().Search(search.Query{Filter: map[string][]string{"object": {"person"}}})
	if r.Total != 5 {
		t.Errorf("%d for people", r.Total)
	}
	want := []search.Count{{"person", 5}, {"legal", 4}}
	if !slices.Equal(r.Facets["object"], want) {
		t.Errorf("facets %v, want %v", r.Facets["object"], want)
	}
	if r := hall().Search(search.Query{Filter: map[string][]string{"object": {"' OR 1=1"}}}); r.Total != 0 {
		t.Errorf("an unknown value keeps %d", r.Total)
	}
}

func TestMarksCoverWhatWasFound(t *testing.T) {
	r := hall().Search(search.Query{Text: "身份证"})
	pieces := r.Mark("居民<b>身份证</b>补领")
	var all, hit strings.Builder
	for _, p := range pieces {
		all.WriteString(p.Text)
		if p.Hit {
			hit.WriteString(p.Text)
		}
	}
	if all.String() != "居民<b>身份证</b>补领" || hit.String() != "身份证" {
		t.Errorf("pieces %v", pieces)
	}
}

func TestBoostComesFirstWithoutAText(t *testing.T) {
	x := hall()
	x.Boost(map[string]float64{"birth": 1, "food": 0.5})
	if got := ids(x.Search(search.Query{Limit: 2})); !slices.Equal(got, []string{"birth", "food"}) {
		t.Errorf("hot are %v", got)
	}
}

func TestOrderDoesNotDependOnHowDocumentsCame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 40).Draw(t, "n")
		docs := make([]search.Document, n)
		for i := range docs {
			title := rapid.StringOfN(rapid.RuneFrom([]rune("营业执照登记身份证件")), 2, 8, -1).Draw(t, "title")
			docs[i] = doc(fmt.Sprintf("d%03d", i), title, "", "", map[string][]string{"f": {title[:3]}})
		}
		query := search.Query{Text: rapid.StringOfN(rapid.RuneFrom([]rune("营业执照登记身份 ")), 0, 10, -1).Draw(t, "query"), Limit: 200}
		once := search.New()
		once.Put(docs...)
		// Another index has seen them change and go before.
		other := search.New()
		for _, i := range rapid.Permutation(indexes(n)).Draw(t, "order") {
			other.Put(doc(docs[i].ID, "别的名称", "", "", nil))
			other.Delete(docs[i].ID)
			other.Put(docs[i])
		}
		a, b := once.Search(query), other.Search(query)
		if !slices.Equal(a.Hits, b.Hits) || a.Total != b.Total || !slices.Equal(a.Facets["f"], b.Facets["f"]) {
			t.Fatalf("%v and %v", a, b)
		}
	})
}

func indexes(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

func TestHostileQueriesAreBounded(t *testing.T) {
	x := hall()
	for _, q := range []string{
		strings.Repeat("营业执照", 100_000), strings.Repeat(" a", 100_000), "\x00\xff\xfe", "'; DROP TABLE item; --", "<script>alert(1)</script>", "%_*?[]()", "\u202e\u200b",
	} {
		r := x.Search(search.Query{Text: q, Limit: -1, From: -5})
		_ = r.Mark(q[:min(len(q), 1000)])
		if len(r.Hits) > 200 {
			t.Errorf("%d hits", len(r.Hits))
		}
		x.Suggest(q, 5)
		x.Correct(q, 5)
	}
}
