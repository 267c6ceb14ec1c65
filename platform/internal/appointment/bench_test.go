package appointment_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/appointment"
)

// BenchmarkRush has a number of people look at the offers and book at the same
// moment, through the whole HTTP surface of the context: once for 200 places
// that all of them want, once for places enough. It tells the time from each
// person's request to its answer.
//
//	go test -run '^$' -bench Rush -benchtime 1x ./platform/internal/appointment
func BenchmarkRush(b *testing.B) {
	for engine, target := range map[string]func(testing.TB) string{"SQLite": sqldbtest.File, "PostgreSQL": sqldbtest.Postgres} {
		for _, people := range []int{50, 500, 5000} {
			for name, places := range map[string]int{"200-places": 200, "enough": 10_000} {
				b.Run(fmt.Sprintf("%s/%d-people/%s", engine, people, name), func(b *testing.B) {
					for b.Loop() {
						b.StopTimer()
						c := open(b, target(b))
						plan := tax
						plan.Share, plan.Periods = 100, periods(places)
						c.must(c.PutService(c.staff("330100"), plan))
						for i := range people {
							c.person(i)
						}
						b.StartTimer()
						rush(b, c, people)
					}
				})
			}
		}
	}
}

// rush is one round of BenchmarkRush.
func rush(b *testing.B, c *city, people int) {
	h, _ := c.api()
	looks, books := make([]time.Duration, people), make([]time.Duration, people)
	outcomes := map[int]int{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	gate := make(chan struct{})
	for i := range people {
		wg.Go(func() {
			<-gate
			begun := time.Now()
			look := ask(h, "", "GET", "/appointments/offers?item=invoice&hall=east", "")
			looks[i] = time.Since(begun)
			begun = time.Now()
			book := ask(h, fmt.Sprintf("p%d", i), "POST", "/appointments", good)
			books[i] = time.Since(begun)
			mu.Lock()
			defer mu.Unlock()
			outcomes[book.status]++
			if look.status != 200 || book.status != 201 && book.code() != appointment.ErrFull.Code {
				b.Errorf("%s, %s", look, book)
			}
		})
	}
	begun := time.Now()
	close(gate)
	wg.Wait()
	took := time.Since(begun)
	slices.Sort(looks)
	slices.Sort(books)
	at := func(sorted []time.Duration, percent int) float64 {
		return float64(sorted[min(len(sorted)-1, len(sorted)*percent/100)].Microseconds()) / 1000
	}
	b.ReportMetric(at(looks, 50), "offers-p50-ms")
	b.ReportMetric(at(looks, 99), "offers-p99-ms")
	b.ReportMetric(at(books, 50), "book-p50-ms")
	b.ReportMetric(at(books, 99), "book-p99-ms")
	b.ReportMetric(float64(2*people)/took.Seconds(), "requests/s")
	b.ReportMetric(float64(outcomes[201]), "booked")
}
