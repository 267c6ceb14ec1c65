package portal_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"smarthall/internal/sqldb/sqldbtest"
)

// sink takes an answer without keeping it.
type sink struct {
	header http.Header
	status int
	bytes  int
}

func (w *sink) Header() http.Header         { return w.header }
func (w *sink) WriteHeader(status int)      { w.status = status }
func (w *sink) Write(p []byte) (int, error) { w.bytes += len(p); return len(p), nil }

// reads tells how long one request takes, from the router's door.
func (t *town) reads(tb testing.TB, path string) time.Duration {
	req := newRequest(path)
	req.Header.Set("Accept-Encoding", "gzip")
	w := &sink{header: http.Header{}, status: http.StatusOK}
	begun := time.Now()
	t.web.ServeHTTP(w, req)
	took := time.Since(begun)
	if w.status != http.StatusOK || w.bytes == 0 {
		tb.Errorf("%s answers %d with %d bytes", path, w.status, w.bytes)
	}
	return took
}

// BenchmarkKept reads pages that the cache has.
func BenchmarkKept(b *testing.B) {
	town := newTown(b, sqldbtest.File(b))
	for name, path := range map[string]string{"home": "/", "item": "/items/business-licence", "search": "/search?q=" + url.QueryEscape("营业执照")} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				town.reads(b, path)
			}
		})
	}
}

// BenchmarkRendered reads pages that are rendered each time, because their
// addresses are too long to be kept.
func BenchmarkRendered(b *testing.B) {
	town := newTown(b, sqldbtest.File(b))
	long := "x=" + strings.Repeat("x", 300)
	for name, path := range map[string]string{"home": "/?" + long, "item": "/items/business-licence?" + long, "search": "/search?q=" + url.QueryEscape("营业执照") + "&" + long} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				town.reads(b, path)
			}
		})
	}
}

// BenchmarkReaders has 500 readers ask for the item's page over connections of
// their own, over and over, as the tender counts them; the readers share the
// machine with the portal.
func BenchmarkReaders(b *testing.B) {
	town := newTown(b, sqldbtest.File(b))
	web := httptest.NewServer(town.web)
	defer web.Close()
	const readers = 500
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: readers, DisableCompression: true}}
	read := func() time.Duration {
		req, err := http.NewRequestWithContext(b.Context(), http.MethodGet, web.URL+"/items/business-licence", http.NoBody)
		must(b, err)
		req.Header.Set("Accept-Encoding", "gzip")
		begun := time.Now()
		resp, err := client.Do(req)
		if err != nil {
			b.Error(err)
			return 0
		}
		defer resp.Body.Close()
		if n, err := io.Copy(io.Discard, resp.Body); err != nil || n == 0 || resp.StatusCode != http.StatusOK {
			b.Errorf("%d with %d bytes: %v", resp.StatusCode, n, err)
		}
		return time.Since(begun)
	}
	each := max(10, b.N/readers)
	took := make([]time.Duration, readers*each)
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range readers {
		wg.Go(func() {
			read() // the connection
			<-start
			for j := range each {
				took[i*each+j] = read()
			}
		})
	}
	b.ResetTimer()
	begun := time.Now()
	close(start)
	wg.Wait()
	b.ReportMetric(float64(len(took))/time.Since(begun).Seconds(), "pages/s")
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
}
