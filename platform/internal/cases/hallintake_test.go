package cases_test

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"testing"
	"time"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/cases"
	"smarthall/platform/internal/item"
	"smarthall/platform/internal/store"
)

// The hall that receives in these tests, and what it received.
const (
	intakeID     = "0a4a56d6-8f3e-4f0c-9d2a-5b1c6d7e8f90"
	intakeNumber = "SQ202611239000007"
	intakeCode   = "ABCD2345"
)

// Granted implements cases.Ranges: the demo hall has the numbers 1 to 100.
func (c *city) Granted(_ context.Context, _ store.Querier, hall, name string, n int64) (bool, error) {
	return hall == "demo" && name == cases.RangeOfIntakes && n >= 1 && n <= 100, nil
}

func asHall(t *testing.T, id string) context.Context {
	t.Helper()
	return access.With(t.Context(), access.Caller{Kind: access.Hall, ID: id})
}

// served has the demo hall serve food.
func (c *city) served() {
	it := c.items["food"]
	it.Places = []item.Place{{Hall: "demo", Service: "market"}}
	c.items["food"] = it
}

func announcement() cases.Intake {
	return cases.Intake{Intake: intakeID, Number: intakeNumber, Item: "food", Ticket: "01JD3Q8Y5ZK6X9V2B7N4M1C0HG", Window: "3"}
}

// announce tells of an intake that was made at a moment.
func (c *city) announce(t *testing.T, hall string, in any, at time.Time) error {
	t.Helper()
	data, err := json.Marshal(in)
	c.must(err)
	return c.store.Write(t.Context(), "announce", func(tx *store.Tx) error {
		return c.Announced(t.Context(), tx, hall, store.Event{ID: "e", Type: cases.TypeIntakeMade, At: at, Data: data})
	})
}

func received() cases.Received {
	return cases.Received{
		Intake: intakeID, Name: "周样例", IDNumber: "110000197903080003", Phone: "13900000017", Answers: item.Answers{"kind": "rented"},
		Seen: []string{"lease", "show", "shared", "gone"}, Code: intakeCode,
	}
}

func TestWhatAHallReceivedIsACaseOnceWithTheHallsNumber(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		c.served()
		hall := asHall(t, "demo")
		made := start.Add(-48 * time.Hour) // a Saturday
		_, err := c.Receive(hall, received())
		c.refused(err, cases.ErrIntakeEarly)
		for range 2 {
			c.must(c.announce(t, "demo", announcement(), made))
		}
		var wg sync.WaitGroup
		got := make([]cases.ReceivedCase, 8)
		for i := range got {
			wg.Go(func() {
				var err error
				if got[i], err = c.Receive(hall, received()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for _, g := range got[1:] {
			if g != got[0] || g.Case == "" || g.Number != intakeNumber {
				t.Fatalf("got %+v and %+v", got[0], g)
			}
		}
		clerk := c.clerk()
		v, err := c.Look(clerk, got[0].Case, "test")
		c.must(err)
		if v.State != cases.Submitted || v.Mode != cases.Window || v.Number != intakeNumber || v.QueryCode != intakeCode {
			t.Errorf("got %s %s %s %s", v.State, v.Mode, v.Number, v.QueryCode)
		}
		if v.Hall != "demo" || v.Window != "3" || v.Ticket != announcement().Ticket || !v.SubmittedAt.Equal(made) {
			t.Errorf("got %s %s %s at %s", v.Hall, v.Window, v.Ticket, v.SubmittedAt)
		}
		want := map[string]cases.Source{"form": cases.NotProvided, "lease": cases.OnPaper, "clean": cases.NotProvided, "show": cases.OnPaper, "shared": cases.Shared}
		for _, m := range v.Dossier.Materials {
			if m.Source != want[m.ID] || m.Review != cases.Unseen {
				t.Errorf("material %s is %q, %s", m.ID, m.Source, m.Review)
			}
		}
		if _, err := c.Query(t.Context(), intakeNumber, intakeCode, ""); err != nil {
			t.Errorf("the receipt opens nothing: %v", err)
		}
		if sent := c.sent(); len(sent) != 1 {
			t.Errorf("told %v", sent)
		}
		// What the applicant was promised runs from when the hall received it.
		c.at(made.Add(8 * 24 * time.Hour))
		c.must(c.Wake(t.Context()))
		if v, err = c.Look(clerk, got[0].Case, "test"); err != nil || v.State != cases.Accepted || v.Number != intakeNumber {
			t.Errorf("got %s, %v", v.State, err)
		}
	})
}

func TestWhatAHallReceivedWronglyIsRefusedAndChangesNothing(t *testing.T) {
	for _, tt := range []struct {
		name   string
		in     func(in *cases.Intake)
		change func(r *cases.Received)
		hall   string
		want   error
	}{
		{name: "a number beyond the range", in: func(in *cases.Intake) { in.Number = "SQ202611239000101" }, want: cases.ErrIntakeNumber},
		{name: "a number of the platform's own form", in: func(in *cases.Intake) { in.Number = "SQ20261123000007" }, want: cases.ErrIntakeNumber},
		{name: "a number with another count", in: func(in *cases.Intake) { in.Number = "SQ2026112390000007" }, want: cases.ErrIntakeNumber},
		{name: "a number with script", in: func(in *cases.Intake) { in.Number = "SQ20261123900000x" }, want: cases.ErrIntakeNumber},
		{name: "another hall's number", hall: "west", want: cases.ErrIntakeItem},
		{name: "an item that isn't served there", in: func(in *cases.Intake) { in.Item = "stamp" }, change: func(r *cases.Received) { r.Answers = item.Answers{"where": "n"} }, want: cases.ErrIntakeItem},
		{name: "a suspended item", in: func(in *cases.Intake) { in.Item = "stopped" }, want: cases.ErrItem},
		{name: "no item", in: func(in *cases.Intake) { in.Item = "nothing" }, want: item.ErrUnknown},
		{name: "an unanswered question", change: func(r *cases.Received) { r.Answers = nil }, want: cases.ErrAnswers},
		{name: "the wrong item", change: func(r *cases.Received) { r.Answers = item.Answers{"kind": "none"} }, want: cases.ErrWrongItem},
		{name: "a wrong check digit", change: func(r *cases.Received) { r.IDNumber = "110000197903080004" }, want: cases.ErrPerson},
		{name: "a name with script", change: func(r *cases.Received) { r.Name = "<script>" }, want: cases.ErrPerson},
		{name: "no telephone", change: func(r *cases.Received) { r.Phone = "12" }, want: cases.ErrPerson},
		{name: "a code that can be guessed", change: func(r *cases.Received) { r.Code = "1" }, want: cases.ErrInput},
		{name: "another's intake", change: func(r *cases.Received) { r.Intake = "x" }, want: cases.ErrIntakeEarly},
		{name: "too many materials", change: func(r *cases.Received) { r.Seen = make([]string, 101) }, want: cases.ErrInput},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := lone(t)
			c.served()
			in, r, hall := announcement(), received(), "demo"
			if tt.in != nil {
				tt.in(&in)
			}
			if tt.change != nil {
				tt.change(&r)
			}
			if tt.hall != "" {
				hall = tt.hall
			}
			c.must(c.announce(t, hall, in, start))
			_, err := c.Receive(asHall(t, hall), r)
			c.refused(err, tt.want)
			var n int
			c.must(c.store.Read().QueryRowContext(t.Context(), `SELECT count(*) FROM case_record`).Scan(&n))
			if n != 0 {
				t.Errorf("%d cases", n)
			}
		})
	}
}

func TestAnnouncementsThatMakeNoSenseAreFaults(t *testing.T) {
	c := lone(t)
	for name, in := range map[string]any{
		"no object": "x", "nothing": cases.Intake{}, "script": func() cases.Intake { a := announcement(); a.Window = "<b>"; return a }(),
		"too long": func() cases.Intake { a := announcement(); a.Ticket = intakeID + intakeID; return a }(),
	} {
		if err := c.announce(t, "demo", in, start); !errors.Is(err, cases.ErrInput) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestOnlyAHallBringsWhatItReceived(t *testing.T) {
	c := lone(t)
	c.served()
	c.must(c.announce(t, "demo", announcement(), start))
	for _, caller := range []access.Caller{{}, {Kind: access.Person, ID: "p"}, {Kind: access.Staff, ID: "s", Org: "centre"}} {
		ctx := access.With(t.Context(), caller)
		_, err := c.Receive(ctx, received())
		c.refused(err, cases.ErrInput)
		c.refused(c.ReceiveFiles(ctx, cases.ReceivedFiles{Intake: intakeID, Material: "lease", Files: []string{"f"}}), cases.ErrInput)
	}
	_, err := c.Receive(asHall(t, "west"), received())
	c.refused(err, cases.ErrIntakeEarly)
}

func TestFilesFollowOnceAndLeaveWhatAClerkFound(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		c.served()
		hall := asHall(t, "demo")
		c.must(c.announce(t, "demo", announcement(), start))
		file := c.upload(hall)
		follow := cases.ReceivedFiles{Intake: intakeID, Material: "lease", Files: []string{file}}
		c.refused(c.ReceiveFiles(hall, follow), cases.ErrIntakeEarly)
		got, err := c.Receive(hall, received())
		c.must(err)
		clerk := c.clerk()
		_, err = c.Examine(clerk, got.Case, []cases.Finding{{Material: "lease", Result: cases.Good}})
		c.must(err)
		for range 2 {
			c.must(c.ReceiveFiles(hall, follow))
		}
		v, err := c.Look(clerk, got.Case, "test")
		c.must(err)
		for _, m := range v.Dossier.Materials {
			if m.ID == "lease" && (len(m.Files) != 1 || m.Source != cases.Scanned || m.Review != cases.Good) {
				t.Errorf("got %d files, %s, %s", len(m.Files), m.Source, m.Review)
			}
		}
		follow.Material = "gone"
		c.refused(c.ReceiveFiles(hall, follow), cases.ErrMaterial)
	})
}
