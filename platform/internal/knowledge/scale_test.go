package knowledge_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"smarthall/platform/internal/item"
	"smarthall/platform/internal/knowledge"
)

// full is a city with about n entries.
func full(tb testing.TB, n int) *city {
	c := file(tb)
	things := []string{"营业执照", "食品经营许可", "居民身份证", "社会保险", "不动产权证书", "施工许可", "道路运输", "医疗机构", "残疾人证", "教师资格"}
	all := map[string]item.Item{}
	for i := range n / 7 {
		it := food(1)
		it.ID, it.Name = fmt.Sprintf("item-%05d", i), fmt.Sprintf("%s变更第%d类", things[i%len(things)], i/len(things))
		all[it.ID] = it
	}
	c.items = all
	return c
}

// BenchmarkSearch measures what a clerk waits for among 10,000 entries.
func BenchmarkSearch(b *testing.B) {
	c := full(b, 10_000)
	queries := []string{"营业执照", "平面图", "健康证", "身份证 有效期", "教师资格变更", "照面", "面积"}
	ctx := c.lin()
	if _, err := c.Search(ctx, knowledge.Query{Text: "照"}); err != nil {
		b.Fatal(err)
	}
	var took []time.Duration
	for i := 0; b.Loop(); i++ {
		begun := time.Now()
		if _, err := c.Search(ctx, knowledge.Query{Text: queries[i%len(queries)]}); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(begun))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
}
