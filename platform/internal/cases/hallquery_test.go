package cases_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/cases"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/store"
)

// closed is accepted, decided and handed over.
func (c *city) closed(i int) cases.Case {
	c.tb.Helper()
	d := c.accepted(i)
	c.must(c.in(func(tx *store.Tx) error {
		return c.Ended(c.tb.Context(), tx, d.ID, cases.Decision{Approved: true, Reason: "符合条件"})
	}))
	c.must(c.in(func(tx *store.Tx) error { return c.Delivered(c.tb.Context(), tx, d.ID, "本人签收") }))
	return c.get(d.ID)
}

// TestAKioskShowsWhatIsToBeDone follows one case from its supplement to its end,
// as a screen in the hall shows it.
func TestAKioskShowsWhatIsToBeDone(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		hall := access.With(t.Context(), access.Caller{Kind: access.Hall, ID: "demo"})
		d := c.deferred(1)
		card := cases.Proof{IDNumber: number(1), Kiosk: "kiosk-1"}
		show := func() cases.Shown {
			t.Helper()
			got, err := c.ShowAtHall(hall, card)
			c.must(err)
			if len(got.Cases) != 1 || len(got.Scores) == 0 {
				t.Fatalf("%+v", got)
			}
			return got.Cases[0]
		}
		got := show()
		if got.CaseNo != d.CaseNo || len(got.Todo) != 1 || got.Todo[0].Kind != "deferred" || got.Todo[0].Until != "2026-12-01" || got.Left == nil || got.Rate {
			t.Errorf("deferred: %+v", got)
		}
		if !strings.HasPrefix(got.Link, "https://donghu.example/progress?number=") || len(got.Documents) == 0 {
			t.Errorf("link %q, documents %v", got.Link, got.Documents)
		}
		text, err := json.Marshal(got)
		c.must(err)
		for _, secret := range []string{number(1), "13800000001", "张三"} {
			if strings.Contains(string(text), secret) {
				t.Errorf("a screen would show %s", secret)
			}
		}
		byNumber, err := c.ShowAtHall(hall, cases.Proof{Number: d.CaseNo, IDTail: number(1)[14:], Kiosk: "kiosk-1"})
		c.must(err)
		if len(byNumber.Cases) != 1 || byNumber.Cases[0].Number != d.Number {
			t.Errorf("by number: %+v", byNumber)
		}
	})
}

// TestAFinishedCaseIsRatedOnceAtAKiosk by whoever proves that it is hers.
func TestAFinishedCaseIsRatedOnceAtAKiosk(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		hall := access.With(t.Context(), access.Caller{Kind: access.Hall, ID: "demo"})
		d, open := c.closed(1), c.accepted(2)
		mine, hers := cases.Proof{IDNumber: number(1)}, cases.Proof{IDNumber: number(2)}
		if got, err := c.ShowAtHall(hall, mine); err != nil || !got.Cases[0].Rate {
			t.Fatalf("%+v %v", got, err)
		}
		c.refused(c.RateAtHall(hall, hers, d.CaseNo, 1, nil), cases.ErrUnknown)
		c.refused(c.RateAtHall(hall, hers, open.CaseNo, 5, nil), cases.ErrState)
		c.refused(c.RateAtHall(hall, mine, "", 5, nil), cases.ErrUnknown)
		c.refused(c.RateAtHall(hall, cases.Proof{Number: d.CaseNo, Code: "WRONG"}, d.CaseNo, 5, nil), cases.ErrQuery)
		c.must(c.RateAtHall(hall, mine, strings.ToLower(d.CaseNo), 1, []string{"多次跑动"}))
		c.refused(c.RateAtHall(hall, cases.Proof{Number: d.Number, Code: d.QueryCode}, d.Number, 5, nil), cases.ErrRated)
		if !slices.Equal(c.said, []string{"kiosk 1 [多次跑动]"}) {
			t.Errorf("said %q", c.said)
		}
		if got, err := c.ShowAtHall(hall, mine); err != nil || got.Cases[0].Rate || got.Cases[0].Rated != 1 {
			t.Errorf("%+v %v", got, err)
		}
	})
}

// TestAKioskCantBeUsedToGuess: neither one machine nor all of a hall, and the
// next hall's people don't notice.
func TestAKioskCantBeUsedToGuess(t *testing.T) {
	c := lone(t)
	d := c.accepted(1)
	hall := access.With(t.Context(), access.Caller{Kind: access.Hall, ID: "demo"})
	right := cases.Proof{Number: d.Number, Code: d.QueryCode, Kiosk: "kiosk-1"}
	for range 30 { // who knows it may look often
		_, err := c.AtHall(hall, right)
		c.must(err)
	}
	tried := 0
	for _, kiosk := range []string{"kiosk-1", "kiosk-2", "kiosk-3", "kiosk-4", "kiosk-5", "kiosk-6", "kiosk-7", "kiosk-8", "kiosk-9"} {
		for range 20 {
			_, err := c.AtHall(hall, cases.Proof{Number: "SQ20261123999999", IDTail: "0001", Kiosk: kiosk})
			if errors.Is(err, cases.ErrKiosk) {
				break
			}
			c.refused(err, cases.ErrQuery)
			tried++
		}
	}
	if tried != 60 {
		t.Errorf("a hall guessed %d times", tried)
	}
	_, err := c.AtHall(hall, right)
	c.refused(err, cases.ErrKiosk)
	_, err = c.AtHall(access.With(t.Context(), access.Caller{Kind: access.Hall, ID: "west"}), right)
	c.must(err)
	c.at(start.Add(20 * time.Minute))
	_, err = c.AtHall(hall, right)
	c.must(err)
	for i := range 21 {
		_, err = c.AtHall(hall, cases.Proof{IDNumber: number(i), Kiosk: "kiosk-1"})
	}
	c.refused(err, cases.ErrKiosk)
}

// TestWhatAHallAsksWrongly is refused in one way, and nothing is looked up.
func TestWhatAHallAsksWrongly(t *testing.T) {
	c := lone(t)
	hall := access.With(t.Context(), access.Caller{Kind: access.Hall, ID: "demo"})
	long := strings.Repeat("9", 5000)
	for name, body := range map[string]string{
		"nothing": `{}`, "no JSON": `{`, "another type": `[1]`, "a long card": `{"idNumber":"` + long + `"}`, "a long number": `{"number":"` + long + `","code":"X"}`,
		"SQL": `{"number":"' OR 1=1 --","idTail":"0001"}`, "a long code": `{"number":"SQ20261123000001","code":"` + long + `"}`,
	} {
		if _, err := c.AskedQuery(hall, "kiosk-1", json.RawMessage(body)); !errors.Is(err, cases.ErrQuery) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, body := range map[string]string{"no JSON": `{`, "many tags": `{"tags":["1","2","3","4","5","6","7","8","9","10","11"]}`, "no proof": `{"case":"SQ20261123000001","score":5}`} {
		if _, err := c.AskedRate(hall, "kiosk-1", json.RawMessage(body)); fault.Of(err) == nil {
			t.Errorf("rate, %s: %v", name, err)
		}
	}
}
