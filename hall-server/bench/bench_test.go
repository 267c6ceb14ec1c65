//go:build linux

// Package bench measures the hall beside what it stands on: durable tickets
// beside the disk and the bare database, the API beside an empty handler, a
// broadcast beside bare socket writes. Every figure is a ratio of two things
// measured in turn in one run, since disks and neighbours differ; medians of
// several rounds are printed as tables.
//
//	go test -run '^$' -bench . ./hall-server/bench
package bench_test

import (
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"text/tabwriter"
	"time"

	"golang.org/x/sys/unix"

	"smarthall/hall-server/server"
)

// TestMain sets what the hall-server's main sets, for all that is measured.
func TestMain(m *testing.M) {
	debug.SetGCPercent(server.GCPercent)
	if os.Getenv(clientRole) != "" {
		os.Exit(runClients(os.Stdin, os.Stdout))
	}
	os.Exit(m.Run())
}

// How long one measurement runs, and how often all are repeated in turn.
const (
	span   = 1500 * time.Millisecond
	rounds = 5
)

// sample is one measurement of requesters that ask again and again.
type sample struct {
	perSecond float64
	p50, p99  time.Duration
	// cpu is what this process used for each, requesters included: a figure that
	// neighbours disturb least.
	cpu    time.Duration
	errors int
	first  error
}

// load lets n requesters call do for span, each as soon as its last call is
// answered, after a short time to warm up. make returns one requester's do.
func load(n int, span time.Duration, requester func(i int) func() error) sample {
	var s sample
	var mu sync.Mutex
	var counting, stop atomic.Bool
	var all []time.Duration
	var wg sync.WaitGroup
	for i := range n {
		do := requester(i)
		wg.Go(func() {
			var took []time.Duration
			for !stop.Load() {
				counted := counting.Load()
				begun := time.Now()
				err := do()
				if err != nil {
					mu.Lock()
					s.errors++
					s.first = err
					mu.Unlock()
				}
				if counted && err == nil {
					took = append(took, time.Since(begun))
				}
			}
			mu.Lock()
			defer mu.Unlock()
			all = append(all, took...)
		})
	}
	time.Sleep(span / 5)
	counting.Store(true)
	begun, used := time.Now(), cpuTime()
	time.Sleep(span)
	stop.Store(true)
	took, used := time.Since(begun), cpuTime()-used
	wg.Wait()
	slices.Sort(all)
	s.perSecond = float64(len(all)) / took.Seconds()
	if len(all) > 0 {
		s.p50, s.p99 = all[len(all)/2], all[len(all)*99/100]
		s.cpu = used / time.Duration(len(all))
	}
	return s
}

// cpuTime is what this process has used so far.
func cpuTime() time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// median of values; the mean of the middle two would be no truer.
func median[T int | float64 | time.Duration](values []T) T {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	return sorted[len(sorted)/2]
}

// medians is the sample of medians, with every error.
func medians(samples []sample) sample {
	var rates []float64
	var p50, p99, cpu []time.Duration
	var out sample
	for _, s := range samples {
		rates, p50, p99 = append(rates, s.perSecond), append(p50, s.p50), append(p99, s.p99)
		cpu = append(cpu, s.cpu)
		out.errors += s.errors
		if s.first != nil {
			out.first = s.first
		}
	}
	out.perSecond, out.p50, out.p99, out.cpu = median(rates), median(p50), median(p99), median(cpu)
	return out
}

// ratio is the median of a/b over the rounds.
func ratio(a, b []sample) float64 {
	var out []float64
	for i := range a {
		if b[i].perSecond > 0 {
			out = append(out, a[i].perSecond/b[i].perSecond)
		}
	}
	return median(out)
}

// table prints rows of cells parted by tabs.
func table(title string, rows ...string) {
	fmt.Println("\n" + title)
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, row := range rows {
		fmt.Fprintln(w, strings.TrimRight(row, "\n")+"\t")
	}
	_ = w.Flush()
	fmt.Println()
}

func us(d time.Duration) string { return fmt.Sprintf("%.1f µs", float64(d.Nanoseconds())/1000) }

func ms(d time.Duration) string { return fmt.Sprintf("%.2f ms", float64(d.Microseconds())/1000) }

// folder is where a benchmark's files go: the disk under test. TMPDIR moves it.
func folder(b *testing.B) string {
	b.Helper()
	return b.TempDir()
}
