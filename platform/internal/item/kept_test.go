package item_test

import (
	"testing"
	"time"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/item"
)

// BenchmarkAskedAgain is a search as pages ask it, with all its filters named,
// once more: it is answered from what is kept.
func BenchmarkAskedAgain(b *testing.B) {
	c := open(b, sqldbtest.File(b))
	q := item.Query{Text: "营业执照", Limit: 20, Filter: map[string][]string{}}
	for _, facet := range []string{item.FacetObject, item.FacetService} {
		q.Filter[facet] = nil
	}
	begun := time.Now()
	if _, err := c.Search(b.Context(), q); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(time.Since(begun).Nanoseconds()), "first-ns")
	for b.Loop() {
		if _, err := c.Search(b.Context(), q); err != nil {
			b.Fatal(err)
		}
	}
}
