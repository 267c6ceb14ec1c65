package item_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/item"
)

// similar are n items made of the example.
func similar(tb testing.TB, n int) item.Data {
	tb.Helper()
	d := example(tb)
	words := []string{"营业执照", "食品经营许可", "道路运输", "医疗机构", "户外广告", "排水许可"}
	for i := range n - 1 {
		it := d.Items[0]
		it.ID, it.Title, it.Code = fmt.Sprintf("item-%05d", i), fmt.Sprintf("%s登记第%d类", words[i%len(words)], i), fmt.Sprintf("local-%05d", i)
		d.Items = append(d.Items, it)
	}
	return d
}

func TestSearchIsTheSameOnBothEnginesAndInEveryProcess(t *testing.T) {
	d := similar(t, 60)
	var want []string
	sqldbtest.Each(t, func(t *testing.T, target string) {
		c := open(t, target)
		if err := c.AddData(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		other := open(t, target) // another process on the same database
		for _, text := range []string{"食品经营许可登记", "执照", "身份证件", "第3类"} {
			var got []string
			for _, s := range []*city{c, other} {
				found, err := s.Search(t.Context(), item.Query{Text: text, Limit: 200})
				if err != nil {
					t.Fatal(err)
				}
				line := fmt.Sprint(text, found.Total)
				for _, h := range found.Hits {
					line += fmt.Sprintf(" %s:%.9f", h.ID, h.Score)
				}
				got = append(got, line)
			}
			if got[0] != got[1] {
				t.Errorf("two processes: %s\n%s", got[0], got[1])
			}
			if slices.Contains(want, got[0]) || c.store.Engine().String() == "SQLite" {
				want = append(want, got[0])
				continue
			}
			t.Errorf("the engines differ: %s", got[0])
		}
		w, err := other.Draft(other.editor(), withSummary(t, c, "另一个进程改的"))
		if err != nil {
			t.Fatal(err)
		}
		other.publish(w.ID)
		waitFor(t, func() bool {
			it, err := c.Get(t.Context(), w.ID)
			return err == nil && it.Summary == "另一个进程改的"
		})
	})
}

// withSummary is the example with another summary.
func withSummary(t *testing.T, c *city, summary string) item.Item {
	t.Helper()
	it, err := c.Get(t.Context(), "business-licence")
	if err != nil {
		t.Fatal(err)
	}
	it.Summary = summary
	return it
}

func TestReadersAndEditorsAtOnce(t *testing.T) {
	c := file(t)
	it := c.load()
	var wg sync.WaitGroup
	stop := make(chan struct{})
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if _, err := c.Search(t.Context(), item.Query{Text: "营业执照"}); err != nil {
					t.Error(err)
					return
				}
				if _, err := c.Get(t.Context(), it.ID); err != nil {
					t.Error(err)
					return
				}
				c.Seen(it.ID, item.ActView)
			}
		})
	}
	for i := range 5 {
		it.Summary = fmt.Sprint("第", i, "次修改")
		if _, err := c.Draft(c.editor(), it); err != nil {
			t.Fatal(err)
		}
		c.publish(it.ID)
		got, err := c.Get(t.Context(), it.ID)
		if err != nil || got.Summary != it.Summary {
			t.Fatalf("just published %q, read %q, %v", it.Summary, got.Summary, err)
		}
	}
	close(stop)
	wg.Wait()
}

func BenchmarkLoad(b *testing.B) {
	c := file(b)
	began := time.Now()
	if err := c.AddData(b.Context(), similar(b, 1000)); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(time.Since(began).Seconds(), "s-to-add-1000")
	b.Run("get", func(b *testing.B) {
		for range b.N {
			if _, err := c.Get(b.Context(), "item-00007"); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("search", func(b *testing.B) {
		var took []time.Duration
		for range b.N {
			t := time.Now()
			if _, err := c.Search(b.Context(), item.Query{Text: "食品经营许可"}); err != nil {
				b.Fatal(err)
			}
			took = append(took, time.Since(t))
		}
		slices.Sort(took)
		b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
		b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
	})
}
