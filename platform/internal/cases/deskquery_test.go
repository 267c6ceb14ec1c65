package cases_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/cases"
)

// notes are the audit log's entries of questions at the desk, the newest first.
func (c *city) notes() (list []audit.Entry) {
	c.tb.Helper()
	all, err := c.Audit.Find(c.tb.Context(), audit.Filter{Limit: 100})
	c.must(err)
	for _, e := range all {
		if e.Action == "cases.desk-query" {
			list = append(list, e)
		}
	}
	return list
}

func TestTheDeskTellsACallerHowHerCaseStandsAndItIsNoted(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		d := c.submitted(1)
		desk := c.staff("centre", "330102", access.RoleServiceDesk)
		tail := number(1)[14:]
		got, err := c.DeskQuery(desk, " "+strings.ToLower(d.Number)+" ", strings.ToLower(tail))
		c.must(err)
		if got.ID != d.ID {
			t.Errorf("found %s, want %s", got.ID, d.ID)
		}
		if n := c.notes(); len(n) != 1 || n[0].Object != d.ID || n[0].Outcome != audit.Done || strings.Contains(n[0].Detail, tail) {
			t.Errorf("noted %+v", n)
		}
		for _, wrong := range []string{"", "123", "12345", "<b>x"} {
			if _, err := c.DeskQuery(desk, d.Number, wrong); !errors.Is(err, cases.ErrInput) && !errors.Is(err, cases.ErrQuery) {
				t.Errorf("%q: %v", wrong, err)
			}
		}
		other := "0000"
		if other == tail {
			other = "0001"
		}
		_, err = c.DeskQuery(desk, "SQ0000000000", tail)
		c.refused(err, cases.ErrQuery)
		for range 5 {
			_, err = c.DeskQuery(desk, d.Number, other)
			if !errors.Is(err, cases.ErrQuery) && !errors.Is(err, cases.ErrGuesses) {
				t.Fatal(err)
			}
		}
		if _, err = c.DeskQuery(desk, d.Number, tail); !errors.Is(err, cases.ErrGuesses) {
			t.Errorf("guessed at too often, it is told: %v", err)
		}
		if n := c.notes(); n[0].Outcome != audit.Refused || n[0].Object != "" {
			t.Errorf("a refusal is noted as %+v", n[0])
		}
	})
}

func TestTheDeskSeesNoMoreThanThePublicPage(t *testing.T) {
	c := lone(t)
	d := c.submitted(1)
	h, _ := c.api()
	got := ask(h, "centre/330102/service-desk", "POST", "/desk/case-query", fmt.Sprintf(`{"number":%q,"idTail":%q}`, d.Number, number(1)[14:]))
	if p := decode[cases.Progress](t, got, 200); p.Number != d.Number || p.Applicant != "张*" {
		t.Errorf("it shows %+v", p)
	}
	for _, secret := range []string{number(1), "张三", d.QueryCode} {
		if strings.Contains(got.body, secret) {
			t.Errorf("it tells %q", secret)
		}
	}
	for _, who := range []string{"", "p1", "hall", centreClerk} {
		if got := ask(h, who, "POST", "/desk/case-query", `{"number":"SQ1","idTail":"1234"}`); got.status != 401 && got.status != 403 {
			t.Errorf("%q: %v", who, got)
		}
	}
}
