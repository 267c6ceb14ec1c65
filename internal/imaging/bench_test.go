//go:build linux

package imaging_test

import (
	"bytes"
	"flag"
	"fmt"
	"image/jpeg"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"text/tabwriter"
	"time"

	"smarthall/internal/imaging"
)

var (
	sheets = flag.Int("sheets", 200, "how many sheets the benchmark looks at")
	pixels = flag.Float64("pixels", 8e6, "how many pixels the benchmark's photographs have")
	seed   = flag.Uint64("seed", 11, "the seed of the benchmark's sheets")
)

// least is the part of the sheets whose corners must be right, once there are
// enough of them to tell.
const (
	least  = 0.97
	enough = 200
)

// result is what came of some sheets.
type result struct {
	off                         []float64
	within, cut                 int
	process, find, decode, code []time.Duration
}

func (r *result) add(e float64, found bool) {
	r.off = append(r.off, e)
	if e <= 1 {
		r.within++
		if found {
			r.cut++
		}
	}
}

// BenchmarkSheets makes pages of photographs of 8 megapixels on one core, and
// prints how far the corners are off and how long it takes, beside decoding
// and encoding the same picture alone. Run it by
//
//	go test -run - -bench Sheets -benchtime 1x ./internal/imaging
func BenchmarkSheets(b *testing.B) {
	for b.Loop() {
		all := map[string]*result{}
		for n := range uint64(*sheets) {
			p := photograph(b, *seed, n, *pixels)
			b.StopTimer()
			e, found, times := timed(b, p)
			b.StartTimer()
			for _, group := range []string{"all", "paper " + p.paper, "on " + p.background} {
				if all[group] == nil {
					all[group] = &result{}
				}
				all[group].add(e, found)
			}
			r := all["all"]
			r.process, r.find = append(r.process, times[0]), append(r.find, times[1])
			r.decode, r.code = append(r.decode, times[2]), append(r.code, times[3])
		}
		report(b, all)
	}
}

// timed works on one photograph with one core: the whole of it, finding, and
// what the JPEG alone takes.
func timed(b *testing.B, p *photo) (off float64, found bool, times [4]time.Duration) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	runtime.GC()
	clock := spent(b)
	lap := func(i int) {
		now := spent(b)
		times[i], clock = now-clock, now
	}
	page, err := imaging.Process(b.Context(), p.file, imaging.Edit{})
	if err != nil {
		b.Fatal(err)
	}
	lap(0)
	corners, _, err := imaging.Find(b.Context(), p.file)
	if err != nil {
		b.Fatal(err)
	}
	lap(1)
	img, err := jpeg.Decode(bytes.NewReader(p.file))
	if err != nil {
		b.Fatal(err)
	}
	lap(2)
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, &jpeg.Options{Quality: 85}); err != nil {
		b.Fatal(err)
	}
	lap(3)
	return p.off(corners), page.Found, times
}

// spent is the processor time of this program so far, which other programs on
// the machine don't make longer, as they do the time of day.
func spent(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func report(b *testing.B, all map[string]*result) {
	var out bytes.Buffer
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "sheets\tn\tmedian %\tp95 %\twithin 1 %\tcut right")
	groups := make([]string, 0, len(all))
	for g := range all {
		groups = append(groups, g)
	}
	slices.Sort(groups)
	for _, g := range groups {
		r := all[g]
		slices.Sort(r.off)
		n := len(r.off)
		fmt.Fprintf(w, "%s\t%d\t%.3f\t%.2f\t%.1f\t%.1f\n", g, n, r.off[n/2], r.off[n*95/100], 100*float64(r.within)/float64(n), 100*float64(r.cut)/float64(n))
	}
	r := all["all"]
	fmt.Fprintln(w, "\nprocessor milliseconds\tmedian\tp95")
	for _, t := range []struct {
		name  string
		times []time.Duration
	}{{"Process", r.process}, {"Find (with decoding)", r.find}, {"decode alone", r.decode}, {"encode alone", r.code}} {
		slices.Sort(t.times)
		ms := func(i int) float64 { return float64(t.times[i].Microseconds()) / 1000 }
		fmt.Fprintf(w, "%s\t%.0f\t%.0f\n", t.name, ms(len(t.times)/2), ms(len(t.times)*95/100))
	}
	w.Flush()
	fmt.Printf("\n%.0f megapixels, seed %d; corner errors are those of the worst corner, in parts of a hundred of the sheet's diagonal\n%s\n", *pixels/1e6, *seed, out.String())
	b.ReportMetric(100*float64(r.within)/float64(len(r.off)), "%within1")
	b.ReportMetric(r.off[len(r.off)*95/100], "%p95")
	b.ReportMetric(float64(r.process[len(r.process)/2].Microseconds())/1000, "ms/page")
	if within := float64(r.within) / float64(len(r.off)); len(r.off) >= enough && within < least {
		b.Errorf("%.1f %% of the corners within 1 %% of the diagonal, want %.0f %%", 100*within, 100*least)
	}
}
