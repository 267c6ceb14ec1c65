package escl_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"smarthall/firmware-profiles/engine/enginetest"
	"smarthall/firmware-profiles/engine/escl"
	"smarthall/firmware-profiles/profile"
	"smarthall/internal/device"
)

// lossy is a scanner that has one job at a time, tells of its jobs, and can
// lose its answers.
type lossy struct {
	mu      sync.Mutex
	jobs    map[string]string // state by id; guarded by mu
	age     map[string]int    // seconds; guarded by mu
	next    int               // id of the next job; guarded by mu
	deaf    bool              // it takes everything and says nothing; guarded by mu
	lose    bool              // the answer to the next job; guarded by mu
	begun   chan struct{}     // has a token for each job whose answer was lost
	deleted []string          // guarded by mu
	// answered counts the status questions; guarded by mu.
	answered int
}

func newLossy() *lossy {
	return &lossy{jobs: map[string]string{}, age: map[string]int{}, next: 7, begun: make(chan struct{}, 10)}
}

// change does something to the scanner at once.
func (f *lossy) change(do func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	do()
}

func (f *lossy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body) // so that the server sees a host that hangs up
	f.mu.Lock()
	silent := f.deaf
	if r.Method == http.MethodPost && !f.busy() && len(body) > 0 {
		id := fmt.Sprint(f.next)
		f.next++
		f.jobs[id] = "Processing"
		w.Header().Set("Location", "/eSCL/ScanJobs/"+id)
		if f.lose {
			f.lose, silent = false, true
			f.begun <- struct{}{}
		}
		if !silent {
			w.WriteHeader(http.StatusCreated)
		}
	} else if !silent {
		f.answer(w, r)
	}
	f.mu.Unlock()
	if silent {
		<-r.Context().Done()
	}
}

// busy tells whether a job runs. The caller holds mu.
func (f *lossy) busy() bool {
	for _, state := range f.jobs {
		if state == "Processing" {
			return true
		}
	}
	return false
}

// answer answers what is no new job. The caller holds mu.
func (f *lossy) answer(w http.ResponseWriter, r *http.Request) {
	id, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/eSCL/ScanJobs/"), "/")
	switch {
	case r.URL.Path == "/eSCL/ScannerCapabilities":
		_, _ = io.WriteString(w, capabilities)
	case r.URL.Path == "/eSCL/ScannerStatus":
		f.answered++
		_, _ = io.WriteString(w, "<ScannerStatus><State>Idle</State><AdfState>ScannerAdfLoaded</AdfState><Jobs>")
		for id, state := range f.jobs {
			fmt.Fprintf(w, "<JobInfo><JobUri>http://192.0.2.9/eSCL/ScanJobs/%s</JobUri><JobState>%s</JobState><Age>%d</Age></JobInfo>", id, state, f.age[id])
		}
		_, _ = io.WriteString(w, "</Jobs></ScannerStatus>")
	case r.Method == http.MethodPost:
		w.WriteHeader(http.StatusServiceUnavailable)
	case r.Method == http.MethodDelete:
		f.deleted = append(f.deleted, id)
		delete(f.jobs, id)
	case rest == "NextDocument" && f.jobs[id] == "Processing":
		_, _ = w.Write(page())
	default:
		http.NotFound(w, r)
	}
}

func (f *lossy) state(id string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.jobs[id]
}

func scan(ctx context.Context, d device.DocumentScanner) (int, error) {
	return d.Scan(ctx, device.ScanSettings{}, func(device.Image) error { return nil })
}

// again is over for a scanner that is opened again when it was gone, as agents
// do. Whether it is gone shows soon.
func again(t *testing.T, h http.Handler) (device.DocumentScanner, *enginetest.Sink) {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	p := model()
	p.Timing.Status, p.Timing.Reply = profile.Duration(300*time.Millisecond), profile.Duration(300*time.Millisecond)
	d, err := escl.New(p, device.Config{ID: "scanner", Port: server.URL}, enginetest.Log())
	if err != nil {
		t.Fatal(err)
	}
	sink := &enginetest.Sink{}
	ctx, cancel := context.WithCancel(context.Background())
	ran := make(chan struct{})
	go func() {
		defer close(ran)
		for ctx.Err() == nil {
			if err := d.Run(ctx, sink); ctx.Err() == nil {
				sink.State(device.Offline, err.Error())
			}
		}
	}()
	t.Cleanup(func() { cancel(); <-ran })
	enginetest.WaitFor(t, "a state", func() bool { return sink.Last().State == device.Online })
	return d.(device.DocumentScanner), sink
}

// A job whose beginning nobody heard of would keep the scanner busy until it
// gives up by itself, minutes later.
func TestAJobWhoseBeginningWasNotHeardIsEnded(t *testing.T) {
	tests := []struct {
		name string
		// how the caller waits for the answer that doesn't come
		wait func(t *testing.T, f *lossy) context.Context
		want error
	}{
		{"the answer is too late", func(t *testing.T, _ *lossy) context.Context { return t.Context() }, device.ErrTimeout},
		{"the caller gives up", func(t *testing.T, f *lossy) context.Context {
			ctx, cancel := context.WithCancel(t.Context())
			go func() { <-f.begun; cancel() }()
			return ctx
		}, context.Canceled},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newLossy()
			d, _ := over(t, f)
			f.change(func() {
				f.lose, f.jobs["1"], f.jobs["2"] = true, "Completed", "Canceled"
			})
			if _, err := scan(tt.wait(t, f), d); !errors.Is(err, tt.want) {
				t.Fatalf("got %v", err)
			}
			enginetest.WaitFor(t, "the end of the job", func() bool { return f.state("7") == "" })
			if n, err := scan(t.Context(), d); n != 1 || err != nil {
				t.Errorf("the next scan: %d pages, %v", n, err)
			}
			f.mu.Lock()
			defer f.mu.Unlock()
			if len(f.deleted) < 1 || f.deleted[0] != "7" || f.jobs["1"] == "" || f.jobs["2"] == "" {
				t.Errorf("removed %q", f.deleted)
			}
		})
	}
}

// A scanner that stalls in the middle and comes back is free for the next scan.
func TestAScannerThatStallsAndComesBackIsFree(t *testing.T) {
	for _, during := range []string{"the answer to the job", "a page"} {
		t.Run(during, func(t *testing.T) {
			f := newLossy()
			d, sink := again(t, f)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if during == "a page" {
				// The page comes; whoever takes it finds the scanner stalled.
				_, err := d.Scan(ctx, device.ScanSettings{}, func(device.Image) error {
					f.change(func() { f.deaf = true })
					return errors.New("enough")
				})
				if err == nil {
					t.Fatal("a refused page is no error")
				}
			} else {
				f.change(func() { f.lose = true })
				go func() { <-f.begun; f.change(func() { f.deaf = true }); cancel() }()
				if _, err := scan(ctx, d); !errors.Is(err, context.Canceled) {
					t.Fatalf("got %v", err)
				}
			}
			enginetest.WaitFor(t, "the scanner to be gone", func() bool { return sink.Last().State == device.Offline })
			if f.state("7") == "" {
				t.Fatal("a scanner that hears nothing has ended its job")
			}
			f.change(func() { f.deaf = false })
			enginetest.WaitFor(t, "the end of the job", func() bool { return f.state("7") == "" })
			enginetest.WaitFor(t, "the scanner to be back", func() bool { return sink.Last().State == device.Online })
			enginetest.WaitFor(t, "a page", func() bool { n, err := scan(t.Context(), d); return n == 1 && err == nil })
		})
	}
}

// What other programs scan is none of ours.
func TestTheJobsOfOthersAreLeftAlone(t *testing.T) {
	tests := []struct {
		name   string
		others func(f *lossy)
	}{
		{"one that began long before", func(f *lossy) { f.jobs["50"], f.age["50"] = "Processing", 3600 }},
		{"two that began just now", func(f *lossy) { f.jobs["50"], f.jobs["51"] = "Processing", "Processing" }},
		{"one that has ended", func(f *lossy) { f.jobs["50"] = "Aborted" }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newLossy()
			d, _ := over(t, f)
			f.change(func() { f.lose = true })
			ctx, cancel := context.WithCancel(t.Context())
			go func() {
				<-f.begun
				f.change(func() { delete(f.jobs, "7"); tt.others(f) }) // ours came to nothing
				cancel()
			}()
			if _, err := scan(ctx, d); !errors.Is(err, context.Canceled) {
				t.Fatalf("got %v", err)
			}
			var answered int
			f.change(func() { answered = f.answered })
			enginetest.WaitFor(t, "three more looks", func() bool {
				f.mu.Lock()
				defer f.mu.Unlock()
				return f.answered >= answered+3
			})
			f.mu.Lock()
			defer f.mu.Unlock()
			if len(f.deleted) != 0 {
				t.Errorf("removed %q", f.deleted)
			}
		})
	}
}
