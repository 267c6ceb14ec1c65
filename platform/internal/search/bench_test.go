package search_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"smarthall/platform/internal/search"
)

// many is an index of n items with titles, keywords, materials and facets as
// halls have them.
func many(n int) *search.Index {
	things := []string{"营业执照", "食品经营许可", "居民身份证", "社会保险", "不动产权证书", "建筑工程施工许可", "道路运输经营", "医疗机构执业", "残疾人证", "出生医学证明", "结婚登记", "排水许可", "户外广告", "教师资格", "特种设备"}
	verbs := []string{"申请", "变更", "注销", "补领", "换领", "延续", "备案", "核发", "查询", "转移接续"}
	kinds := []string{"企业", "个体工商户", "个人", "社会团体", "外商投资企业", "农民专业合作社", "民办非企业单位"}
	x := search.New()
	docs := make([]search.Document, n)
	for i := range docs {
		t := fmt.Sprintf("%s%s%s（第%d类）", kinds[i%len(kinds)], things[i/7%len(things)], verbs[i/105%len(verbs)], i/1050)
		docs[i] = search.Document{
			ID: fmt.Sprintf("item-%06d", i), Words: []string{things[i/7%len(things)] + verbs[i/105%len(verbs)]},
			Fields: []search.Field{
				{Text: t, Weight: 10},
				{Text: things[i/7%len(things)] + "办理", Weight: 7},
				{Text: "材料齐全的当场受理，五个工作日内作出决定，可以网上申请，也可以到窗口办理，结果邮寄到家。", Weight: 3},
				{Text: "申请书 身份证明 住所证明 授权委托书 法定代表人身份证复印件 场所平面图 管理制度", Weight: 1},
				{Text: "申请人应当具备相应的条件，符合法律法规规定的要求。办理多久能拿到证？需要本人到场吗？", Weight: 0.8},
			},
			Facets: map[string][]string{
				"object": {[]string{"person", "legal"}[i%2]}, "theme": {fmt.Sprint("t", i%65), fmt.Sprint("t", i%31)}, "organisation": {fmt.Sprint("o", i%40)},
				"level": {fmt.Sprint("l", i%4)}, "online": {fmt.Sprint("n", i%5)}, "type": {fmt.Sprint("y", i%10)}, "hall": {fmt.Sprint("h", i%12)},
			},
		}
	}
	x.Put(docs...)
	x.Synonyms(map[string][]string{"开店": {"营业执照"}, "社保": {"社会保险"}, "房本": {"不动产权证书"}})
	return x
}

var queries = []search.Query{
	{Text: "营业执照"},
	{Text: "开店"},
	{Text: "个体工商户营业执照变更"},
	{Text: "请问残疾人证怎么补领"},
	{Text: "社保转移", Filter: map[string][]string{"object": {"person"}}},
	{Text: "身份证"},
	{Text: "申请"},
	{Text: "房本"},
	{Text: "营业执招"},
	{Filter: map[string][]string{"organisation": {"o3"}, "object": {"legal"}}},
}

func BenchmarkSearch(b *testing.B) {
	for _, n := range []int{1000, 50_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			began := time.Now()
			x := many(n)
			b.Logf("index of %d in %v", n, time.Since(began))
			var took []time.Duration
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				t := time.Now()
				x.Search(queries[i%len(queries)])
				took = append(took, time.Since(t))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
		})
	}
}

func BenchmarkSuggestAndCorrect(b *testing.B) {
	x := many(50_000)
	b.ResetTimer()
	for range b.N {
		x.Suggest("营业", 8)
		x.Correct("营业执招", 3)
	}
}
