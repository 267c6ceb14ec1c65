package agent_test

import (
	"path/filepath"
	"sync"
	"testing"
	"time"

	"smarthall/internal/agent"
	"smarthall/internal/link"
)

func openSpool(tb testing.TB, path string) *agent.Spool {
	tb.Helper()
	s, err := agent.OpenSpool(tb.Context(), path, "token")
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func begin(tb testing.TB, s *agent.Spool, job string) bool {
	tb.Helper()
	fresh, err := s.Begin(tb.Context(), job, "ticket of "+job)
	if err != nil {
		tb.Fatal(err)
	}
	return fresh
}

func facts(tb testing.TB, s *agent.Spool) []link.PrintDone {
	tb.Helper()
	messages, err := s.Facts(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	var done []link.PrintDone
	for _, m := range messages {
		var d link.PrintDone
		if err := m.Into(&d); err != nil {
			tb.Fatal(err)
		}
		done = append(done, d)
	}
	return done
}

func TestJobBeginsOnce(t *testing.T) {
	s := openSpool(t, filepath.Join(t.TempDir(), "spool.db"))
	defer func() { _ = s.Close() }()
	var fresh sync.Map
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			ok, err := s.Begin(t.Context(), "job", "ticket")
			if err != nil {
				t.Error(err)
			}
			if ok {
				fresh.Store(i, true)
			}
		})
	}
	wg.Wait()
	n := 0
	fresh.Range(func(any, any) bool { n++; return true })
	if n != 1 {
		t.Errorf("the job began %d times", n)
	}
	if got := facts(t, s); len(got) != 0 {
		t.Errorf("a job that isn't over was reported: %+v", got)
	}
}

func TestJobLeftStartedIsUnknownAfterARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "spool.db")
	s := openSpool(t, path)
	begin(t, s, "job")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openSpool(t, path)
	defer func() { _ = s.Close() }()
	got := facts(t, s)
	if len(got) != 1 || got[0].Outcome != link.PrintUnknown || got[0].Job != "job" || got[0].Ticket != "ticket of job" {
		t.Fatalf("got %+v, want the job as unknown", got)
	}
	if begin(t, s, "job") {
		t.Error("a job that may have been printed began again")
	}
}

func TestReportStaysUntilItIsReceived(t *testing.T) {
	path := filepath.Join(t.TempDir(), "spool.db")
	s := openSpool(t, path)
	begin(t, s, "job")
	if err := s.End(t.Context(), link.PrintDone{Job: "job", Ticket: "t", Outcome: link.PrintPrinted, Device: "online"}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openSpool(t, path)
	defer func() { _ = s.Close() }()
	messages, err := s.Facts(t.Context())
	if err != nil || len(messages) != 1 || messages[0].Type != link.TypePrintDone {
		t.Fatalf("got %+v, %v", messages, err)
	}
	if err := s.Forget(t.Context(), messages[0].ID); err != nil {
		t.Fatal(err)
	}
	if got := facts(t, s); len(got) != 0 {
		t.Errorf("a received report is still there: %+v", got)
	}
	if begin(t, s, "job") {
		t.Error("a printed job began again")
	}
	if got := facts(t, s); len(got) != 1 || got[0].Outcome != link.PrintPrinted {
		t.Errorf("asked again, the spool reports %+v, want printed", got)
	}
	if begin(t, s, "job"); len(facts(t, s)) != 1 {
		t.Error("one job is reported twice at once")
	}
}

func TestPruneKeepsTwoWeeks(t *testing.T) {
	s := openSpool(t, filepath.Join(t.TempDir(), "spool.db"))
	defer func() { _ = s.Close() }()
	begin(t, s, "job")
	if err := s.End(t.Context(), link.PrintDone{Job: "job", Outcome: link.PrintPrinted}); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name  string
		after time.Duration
		fresh bool
	}{
		{"13 days", 13 * 24 * time.Hour, false},
		{"15 days", 15 * 24 * time.Hour, true},
	} {
		if err := s.Prune(t.Context(), time.Now().Add(tt.after)); err != nil {
			t.Fatal(err)
		}
		if got := begin(t, s, "job"); got != tt.fresh {
			t.Errorf("after %s the job is fresh: %v, want %v", tt.name, got, tt.fresh)
		}
	}
}
