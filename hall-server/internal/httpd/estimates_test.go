package httpd_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"smarthall/internal/link"
	"smarthall/internal/testkit"
)

// estimates is the answer of GET /estimates, as far as it matters here.
type estimates struct {
	At       time.Time
	Services []struct {
		Service   string
		Ahead     int
		Low, High *int
		NoWindow  bool
	}
	Tickets []struct {
		Ticket, Number, Service string
		Low, High               *int
		NoWindow                bool
	}
	Accuracy *struct{ N int }
}

func TestEstimatesAreShown(t *testing.T) {
	f := newFixture(t)
	f.open()
	id := f.take()
	var got estimates
	testkit.WaitFor(t, "the ticket has an estimate", func() bool {
		got = estimates{}
		f.must(http.StatusOK, "GET", api+"/estimates", nil, &got)
		return len(got.Tickets) > 0
	})
	if e := got.Tickets[0]; e.Ticket != id || e.Service != "tax" || e.Number == "" || e.Low == nil || e.High == nil || *e.Low > *e.High || e.NoWindow {
		t.Errorf("got %+v", e)
	}
	seen := map[string]bool{}
	for _, s := range got.Services {
		seen[s.Service] = true
		open := s.Service == "tax"
		if open && (s.Low == nil || s.Ahead != 1 || s.NoWindow) {
			t.Errorf("got %+v for a service with a window", s)
		}
		if (s.Low == nil) != s.NoWindow {
			t.Errorf("got %+v: numbers without a window, or neither", s)
		}
	}
	if !seen["tax"] || got.Accuracy == nil || got.At.IsZero() {
		t.Errorf("got %+v", got)
	}
	var ticket link.TicketView
	f.must(http.StatusOK, "GET", api+"/tickets/"+id, nil, &ticket)
	if ticket.WaitLow == nil || ticket.WaitHigh == nil {
		t.Errorf("the ticket shows no range: %+v", ticket)
	}
}

func TestEstimatesOfTicketsAreForStaff(t *testing.T) {
	f := newFixture(t)
	f.open()
	f.take()
	testkit.WaitFor(t, "there are estimates", func() bool {
		var got estimates
		f.must(http.StatusOK, "GET", api+"/estimates", nil, &got)
		return len(got.Tickets) > 0
	})
	for i, who := range everybody {
		a := f.as(who, "GET", api+"/estimates", nil)
		if want := [7]int{401, 200, 200, 200, 200, 200, 200}[i]; a.Status != want {
			t.Errorf("%s: got %d, want %d", who, a.Status, want)
		}
		var got estimates
		if a.Status == 200 {
			if err := json.Unmarshal([]byte(a.Body), &got); err != nil {
				t.Fatal(err)
			}
		}
		if staff := i > 2; (len(got.Tickets) > 0) != staff || (got.Accuracy != nil) != staff {
			t.Errorf("%s sees %d tickets, accuracy %v", who, len(got.Tickets), got.Accuracy)
		}
		if a, want := f.as(who, "GET", api+"/estimates/report", nil), [7]int{401, 403, 403, 200, 200, 200, 200}[i]; a.Status != want {
			t.Errorf("%s: got %d for the report, want %d", who, a.Status, want)
		}
	}
}

func TestThePromisesThatCameTrueAreReported(t *testing.T) {
	f := newFixture(t)
	f.open()
	id := f.take()
	testkit.WaitFor(t, "the ticket has an estimate", func() bool {
		var got estimates
		f.must(http.StatusOK, "GET", api+"/estimates", nil, &got)
		return len(got.Tickets) > 0
	})
	f.must(http.StatusOK, "POST", api+"/windows/4/call", map[string]any{"ticket": id}, nil)
	var report struct {
		From, To string
		Total    struct{ N int }
		Services []struct {
			Service, Name string
			Total         struct{ N int }
			Hours         []struct{ Hour, N int }
		}
	}
	testkit.WaitFor(t, "the promise is in the report", func() bool {
		f.must(http.StatusOK, "GET", api+"/estimates/report", nil, &report)
		return report.Total.N == 1
	})
	if len(report.Services) != 1 || report.Services[0].Service != "tax" || report.Services[0].Name == "" || len(report.Services[0].Hours) != 1 || report.Services[0].Hours[0].N != 1 || report.From == "" {
		t.Errorf("got %+v", report)
	}
	var board link.BoardView
	f.must(http.StatusOK, "GET", api+"/board", nil, &board)
	if board.Accuracy == nil || board.Accuracy.N != 1 {
		t.Errorf("the board shows accuracy %+v", board.Accuracy)
	}
	for path, want := range map[string]string{
		"?from=2026-12-02&to=2026-12-01": "statistics.range", "?from=yesterday": "request.invalid",
	} {
		if a := f.as(manager, "GET", api+"/estimates/report"+path, nil); a.Status != 422 || f.problem(a).Code != want {
			t.Errorf("%s: got %d %s, want %s", path, a.Status, a.Body, want)
		}
	}
}
