package cases_test

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"smarthall/platform/internal/cases"
	"smarthall/platform/internal/item"
	"smarthall/platform/internal/store"
)

// The visit of these tests, and what its label says.
const (
	visitTicket = "01JD3Q8Y5ZK6X9V2B7N4M1C0HG"
	visitLabel  = "20261123A012"
)

// took tells of a ticket that somebody took at a hall.
func (c *city) took(hall, ticket, day, called string) error {
	c.tb.Helper()
	data, err := json.Marshal(map[string]string{"ticket": ticket, "day": day, "number": called, "service": "police"})
	c.must(err)
	return c.in(func(tx *store.Tx) error {
		return c.VisitTaken(c.tb.Context(), tx, hall, store.Event{ID: "e", Type: cases.TypeVisitTaken, Subject: ticket, At: start, Data: data})
	})
}

// atVisit begins a case of the stamp at a window, from a visit.
func (c *city) atVisit(i int, ticket, key string) cases.Case {
	c.tb.Helper()
	d, _, err := c.MakeAtWindow(c.staff("police", "330102"), cases.AtWindow{
		Item: "stamp", Answers: item.Answers{"where": "y"}, Name: "张三", IDNumber: number(i), Phone: "13800000005", Hall: "east", Window: "2号", Ticket: ticket,
	}, key)
	c.must(err)
	return d
}

func (c *city) idsFor(text string, orgs ...string) (ids []string) {
	c.tb.Helper()
	org := "police"
	if len(orgs) > 0 {
		org = orgs[0]
	}
	found, err := c.Find(c.staff(org, "330102"), cases.Filter{Text: text})
	c.must(err)
	for _, d := range found.Cases {
		ids = append(ids, d.ID)
	}
	return ids
}

func TestALabelThatWasPrintedBeforeTheCaseFindsItOnAnyDay(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		c.must(c.took("east", visitTicket, "2026-11-23", "A012"))
		if ids := c.idsFor(visitLabel); len(ids) != 0 {
			t.Errorf("before there is a case: %v", ids)
		}
		d := c.atVisit(5, visitTicket, "w1")
		c.must(c.took("east", visitTicket, "2026-11-23", "A012")) // halls may say a thing again
		c.at(start.Add(26 * time.Hour))
		for _, text := range []string{visitLabel, "20261123a012", " " + visitLabel + "\n", visitTicket, "https://hall.example/t/" + visitTicket} {
			if ids := c.idsFor(text); !slices.Equal(ids, []string{d.ID}) {
				t.Errorf("%q finds %v", text, ids)
			}
		}
		for _, other := range []string{"20261124A012", "20261123A013", "20261123", "A012"} {
			if ids := c.idsFor(other); len(ids) != 0 {
				t.Errorf("%q finds %v", other, ids)
			}
		}
		if ids := c.idsFor(visitLabel, "market"); len(ids) != 0 {
			t.Errorf("another office finds %v", ids)
		}
	})
}

func TestALabelNamesTheVisitOfItsOwnHallAndAllItsCases(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		const elsewhere = "01JD3Q8Y5ZK6X9V2B7N4M1C0HH"
		c.must(c.took("east", visitTicket, "2026-11-23", "A012"))
		c.must(c.took("west", visitTicket, "2026-11-23", "A099")) // a hall that names another's ticket
		c.must(c.took("east", elsewhere, "2026-11-23", "A013"))
		first, second := c.atVisit(5, visitTicket, "w1"), c.atVisit(6, visitTicket, "w2")
		c.atVisit(7, elsewhere, "w3")
		if ids := c.idsFor(visitLabel); !slices.Equal(ids, []string{second.ID, first.ID}) {
			t.Errorf("found %v, want %v", ids, []string{second.ID, first.ID})
		}
		if ids := c.idsFor("20261123A099"); len(ids) != 0 {
			t.Errorf("by the word of another hall: %v", ids)
		}
	})
}

func TestALabelAndWhatOnlyTheApplicantKnowsShowHerCase(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		c.must(c.took("east", visitTicket, "2026-11-23", "A012"))
		d := c.atVisit(5, visitTicket, "w1")
		police := c.staff("police", "330102")
		_, err := c.Query(t.Context(), visitLabel, "", number(5)[14:])
		c.refused(err, cases.ErrQuery) // a draft
		d, err = c.Fill(police, d.ID, map[string]any{"shop": "湖畔面馆", "address": "湖滨路 1 号"}, d.Edition)
		c.must(err)
		_, err = c.Provide(police, d.ID, "form", cases.Provide{Files: []string{c.upload(police)}})
		c.must(err)
		_, err = c.Examine(police, d.ID, []cases.Finding{{Material: "form", Result: cases.Good}, {Material: "old", Result: cases.Good}})
		c.must(err)
		d, _, err = c.Accept(police, d.ID, cases.Acceptance{}, "w2")
		c.must(err)
		c.at(start.Add(26 * time.Hour))
		got, err := c.Query(t.Context(), visitLabel, "", number(5)[14:])
		c.must(err)
		if got.ID != d.ID {
			t.Errorf("found %s, want %s", got.ID, d.ID)
		}
		for range 5 {
			if _, err = c.Query(t.Context(), visitLabel, "WRONG234", ""); !errors.Is(err, cases.ErrQuery) {
				t.Fatal(err)
			}
		}
		_, err = c.Query(t.Context(), visitLabel, "", number(5)[14:])
		c.refused(err, cases.ErrGuesses)
	})
}

func TestVisitsThatMakeNoSenseAreRefusedAndOldOnesForgotten(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		for _, bad := range []struct{ ticket, day string }{{"", "2026-11-23"}, {visitTicket, "23.11.2026"}, {visitTicket + visitTicket, "2026-11-23"}} {
			c.refused(c.took("east", bad.ticket, bad.day, "A012"), cases.ErrVisit)
		}
		c.must(c.took("east", visitTicket, "2026-11-23", "号一")) // no barcode holds it
		const gone, kept = "01JD3Q8Y5ZK6X9V2B7N4M1C0HJ", "01JD3Q8Y5ZK6X9V2B7N4M1C0HK"
		c.must(c.took("east", gone, "2026-11-23", "A014"))
		c.must(c.took("east", kept, "2026-11-23", "A015"))
		d := c.atVisit(5, kept, "w1")
		c.must(c.Sweep(t.Context()))
		c.at(start.Add(92 * 24 * time.Hour))
		c.must(c.Sweep(t.Context()))
		if ids := c.idsFor("20261123A015"); !slices.Equal(ids, []string{d.ID}) {
			t.Errorf("the visit of a case finds %v", ids)
		}
		c.atVisit(6, gone, "w2")
		if ids := c.idsFor("20261123A014"); len(ids) != 0 {
			t.Errorf("a forgotten visit finds %v", ids)
		}
	})
}
