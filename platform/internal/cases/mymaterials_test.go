package cases_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/cases"
	"smarthall/platform/internal/item"
)

// mine is what stands in the i-th person's space.
func (c *city) mine(i int) []cases.OwnMaterial {
	c.tb.Helper()
	list, err := c.OwnMaterials(c.person(i))
	c.must(err)
	return list
}

func TestWhatSheBroughtStandsInHerSpaceAndServesAgain(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		first := c.submitted(1)
		list := c.mine(1)
		if len(list) != 1 || list[0].Kind != "file" || list[0].Deletable || !list[0].Until.IsZero() {
			t.Fatalf("her space has %+v", list)
		}
		file := list[0].ID
		if u := list[0].Uses; len(u) != 1 || u[0].Case != first.ID || u[0].Number != first.Number || u[0].StateWord == "" {
			t.Errorf("used by %+v", u)
		}
		if len(c.mine(2)) != 0 {
			t.Error("another sees it")
		}
		ctx := c.person(1)
		again, _, err := c.Draft(ctx, cases.Application{Item: "food", Answers: item.Answers{"kind": "rented"}}, "")
		c.must(err)
		_, err = c.Provide(ctx, again.ID, "form", cases.Provide{Files: []string{file}})
		c.must(err)
		if list = c.mine(1); len(list) != 1 || len(list[0].Uses) != 2 || list[0].Uses[0].Case != again.ID || list[0].Deletable || !list[0].Until.IsZero() {
			t.Errorf("used again: %+v", list)
		}
		c.refused(c.DropMaterial(ctx, file), cases.ErrNeeded)
		c.must(c.Delete(ctx, again.ID))
		if got := c.files[file].owners; len(got) != 1 || got[0] != first.ID {
			t.Errorf("owned by %v", got)
		}
	})
}

func TestWhatAClerkScannedForHerServesHerAgain(t *testing.T) {
	c := open(t, sqldbtest.File(t))
	d := c.submitted(1)
	scan := c.upload(c.clerk())
	_, err := c.Provide(c.clerk(), d.ID, "lease", cases.Provide{Files: []string{scan}})
	c.must(err)
	for who, want := range map[int]error{1: nil, 2: errNoFile} {
		ctx := c.person(who)
		draft, _, err := c.Draft(ctx, cases.Application{Item: "food", Answers: item.Answers{"kind": "rented"}}, "")
		c.must(err)
		got, err := c.Provide(ctx, draft.ID, "lease", cases.Provide{Files: []string{scan}})
		if !errors.Is(err, want) {
			t.Errorf("person %d: %v", who, err)
		}
		if want != nil {
			continue
		}
		for _, m := range got.Dossier.Materials {
			if m.ID == "lease" && (m.Source != cases.Upload || m.Trust != cases.TrustC) {
				t.Errorf("it is believed as %s %s: nobody has compared it for this case", m.Source, m.Trust)
			}
		}
	}
}

func TestWhatOnlyADraftHasIsDeletedAtHerWish(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		d := c.filled(1)
		list := c.mine(1)
		if len(list) != 1 || !list[0].Deletable || !list[0].Until.Equal(c.clock().Add(30*24*time.Hour)) {
			t.Fatalf("her space has %+v", list)
		}
		file := list[0].ID
		c.refused(c.DropMaterial(c.person(2), file), cases.ErrFile)
		c.refused(c.DropMaterial(c.person(1), "no-such-file"), cases.ErrFile)
		c.must(c.DropMaterial(c.person(1), file))
		if len(c.mine(1)) != 0 || len(c.files[file].owners) != 0 {
			t.Error("it is still there")
		}
		for _, m := range c.get(d.ID).Dossier.Materials {
			if m.ID == "form" && (m.Source == cases.Upload || len(m.Files) != 0) {
				t.Errorf("the draft still counts it: %+v", m)
			}
		}
	})
}

func TestOthersMaterialsAreNotThereOverHTTP(t *testing.T) {
	c := lone(t)
	h, _ := c.api()
	c.filled(1)
	file := c.mine(1)[0].ID
	if got := ask(h, "p2", "GET", "/me/materials", ""); got.status != 200 || strings.Contains(got.body, file) {
		t.Errorf("another's list: %v", got)
	}
	if got := ask(h, "p2", "DELETE", "/me/materials/"+file, ""); got.status != 404 {
		t.Errorf("another deletes it: %v", got)
	}
	for _, who := range []string{"", centreClerk, "hall"} {
		if got := ask(h, who, "GET", "/me/materials", ""); got.status != 401 && got.status != 403 {
			t.Errorf("%q: %v", who, got)
		}
	}
	if got := ask(h, "p1", "DELETE", "/me/materials/"+file, ""); got.status >= 300 {
		t.Errorf("she can't delete it: %v", got)
	}
}
