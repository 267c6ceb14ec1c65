//go:build linux

package bench_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"smarthall/hall-server/internal/hall"
	"smarthall/internal/testkit"
)

// BenchmarkHTTP measures tickets over the API beside a handler that does
// nothing: the same requests of the same keep-alive clients in this process.
func BenchmarkHTTP(b *testing.B) {
	const n = 64
	var empty, full []sample
	for range rounds {
		empty = append(empty, emptySample(b, n))
		full = append(full, hallSample(b, n))
	}
	e, f := medians(empty), medians(full)
	table("POST /tickets over HTTP, 64 requesters (aim: 0.40 of an empty handler)",
		"\tanswers/s\tp50\tp99\tCPU each\tof the empty one\terrors",
		fmt.Sprintf("empty handler\t%.0f\t%s\t%s\t%s\t\t%d", e.perSecond, ms(e.p50), ms(e.p99), us(e.cpu), e.errors),
		fmt.Sprintf("hall\t%.0f\t%s\t%s\t%s\t%.2f\t%d", f.perSecond, ms(f.p50), ms(f.p99), us(f.cpu), ratio(full, empty), f.errors))
	b.ReportMetric(ratio(full, empty), "of-empty-64")
	if f.errors > 0 {
		b.Errorf("%d errors, such as %v", f.errors, f.first)
	}
}

// emptySample asks a handler that reads the request and answers with nothing.
func emptySample(b *testing.B, n int) sample {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusCreated)
	})}
	go func() { _ = s.Serve(listener) }()
	defer s.Close()
	return load(n, span, poster("http://"+listener.Addr().String(), "token"))
}

// hallSample asks a whole hall-server, with its data on the disk under test.
func hallSample(b *testing.B, n int) sample {
	file := filepath.Join(folder(b), "hall.yaml")
	roomy := strings.ReplaceAll(string(hall.Demo), "digits: 3, first: 1, last: 999}", "digits: 6, first: 1, last: 999999}")
	if err := os.WriteFile(file, []byte(roomy), 0o600); err != nil {
		b.Fatal(err)
	}
	h := testkit.Hall(b, testkit.File(file), testkit.Data(folder(b)))
	defer h.Stop()
	return load(n, span, poster(h.URL, h.Token("kiosk", "", "kiosk-1")))
}

// poster returns requesters that take tickets at url, each over a connection of
// its own that stays open.
func poster(url, token string) func(int) func() error {
	transport := &http.Transport{MaxIdleConnsPerHost: 128, MaxConnsPerHost: 128}
	client := &http.Client{Transport: transport}
	body := []byte(`{"service":"tax","channel":"phone"}`)
	var keys atomic.Int64
	return func(int) func() error {
		return func() error {
			req, err := http.NewRequest(http.MethodPost, url+"/api/v1/tickets", bytes.NewReader(body))
			if err != nil {
				return err
			}
			req.Header.Set("Content-Type", "application/json")
			req.Header.Set("Authorization", "Bearer "+token)
			req.Header.Set("Idempotency-Key", strconv.FormatInt(keys.Add(1), 10))
			resp, err := client.Do(req)
			if err != nil {
				return err
			}
			defer resp.Body.Close()
			if _, err := io.Copy(io.Discard, resp.Body); err != nil {
				return err
			}
			if resp.StatusCode != http.StatusCreated {
				return fmt.Errorf("status %d", resp.StatusCode)
			}
			return nil
		}
	}
}
