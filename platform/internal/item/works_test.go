package item_test

import (
	"context"
	"fmt"
	"testing"
)

func TestTheListOfWorkTellsForWhomAVersionWaits(t *testing.T) {
	c := file(t)
	it := c.load()
	it.Summary = "改一下"
	w, err := c.Draft(c.editor(), it)
	if err != nil {
		t.Fatal(err)
	}
	r := c.reviewers()
	everybody := map[string]context.Context{"editor": c.editor(), "legal": r[0], "government": r[1], "centre": r[2]}
	waits := func(step, who string) {
		t.Helper()
		for name, ctx := range everybody {
			list, err := c.Works(ctx, "", 10)
			if err != nil || len(list) != 1 {
				t.Fatalf("%s: %s sees %v, %v", step, name, list, err)
			}
			if list[0].Waits != (name == who) {
				t.Errorf("%s: it waits for %s: %v", step, name, list[0].Waits)
			}
		}
	}
	review := func(by context.Context, pass bool) {
		t.Helper()
		if err := c.Review(by, it.ID, w.Edition, pass, "意见"); err != nil {
			t.Fatal(err)
		}
	}
	submit := func() {
		t.Helper()
		if w, err = c.Submit(c.editor(), it.ID, w.Edition); err != nil {
			t.Fatal(err)
		}
	}
	waits("begun", "editor")
	submit()
	waits("submitted", "legal")
	review(r[0], true)
	// The next stage has no body of its own: both reviewers who said nothing yet.
	for name, want := range map[string]bool{"editor": false, "legal": false, "government": true, "centre": true} {
		list, err := c.Works(everybody[name], "", 10)
		if err != nil || len(list) != 1 || list[0].Waits != want {
			t.Errorf("at the second stage: %s", fmt.Sprint(name, list, err))
		}
	}
	review(r[1], false)
	waits("returned", "editor")
}
