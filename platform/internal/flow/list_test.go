package flow_test

import (
	"fmt"
	"testing"

	"smarthall/platform/internal/flow"
	"smarthall/platform/internal/limit"
)

// What is looked for is found wherever in the list it is, and the list goes on
// until all of it was shown.
func TestAListFindsWhatLiesBeyondItsFirstPage(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		for i := range 70 {
			o.begin(fmt.Sprintf("c%02d", i), "", nil)
		}
		first := o.find("ann", "review")
		total := len(o.list("ann", flow.Claimable))
		if total != 70 {
			t.Fatalf("%d tasks wait", total)
		}
		all := func(f flow.Filter) (ids []string) {
			t.Helper()
			for range 20 {
				p, err := o.Find(o.as("ann"), f)
				o.must(err)
				for _, task := range p.Tasks {
					ids = append(ids, task.Case)
				}
				if f.After = p.Next; p.Next == "" {
					return ids
				}
			}
			t.Fatal("the list doesn't end")
			return nil
		}
		for name, c := range map[string]struct {
			f    flow.Filter
			want int
		}{
			"page by page":          {flow.Filter{Most: 20}, 70},
			"a number":              {flow.Filter{Text: "noC69", Most: 20}, 1},
			"a part of numbers":     {flow.Filter{Text: "c6", Most: 3}, 10},
			"a title":               {flow.Filter{Text: "食品", Most: 50}, 70},
			"a sign of patterns":    {flow.Filter{Text: "c%9", Most: 50}, 0},
			"another sign":          {flow.Filter{Text: "c_9", Most: 50}, 0},
			"a quote":               {flow.Filter{Text: "' OR 1=1 --", Most: 50}, 0},
			"a step by its name":    {flow.Filter{Node: first.Name, Most: 50}, 70},
			"a step by its id":      {flow.Filter{Node: first.Node, Most: 50}, 70},
			"a step nobody drew":    {flow.Filter{Node: "survey", Most: 50}, 0},
			"those that are late":   {flow.Filter{Light: limit.Red, Most: 50}, 0},
			"those that stand":      {flow.Filter{Light: limit.Paused, Most: 50}, 0},
			"those that have time":  {flow.Filter{Light: limit.Green, Most: 7}, 70},
			"a number and its step": {flow.Filter{Text: "c01", Node: first.Name, Most: 50}, 1},
		} {
			c.f.View = flow.Claimable
			if got := all(c.f); len(got) != c.want {
				t.Errorf("%s: %d tasks, want %d", name, len(got), c.want)
			}
		}
		o.at(monday.AddDate(0, 0, 7))
		o.do("ann", first.ID, "claim", flow.Request{})
		o.do("ann", first.ID, "hold", flow.Request{Reason: "survey", Days: 3, Opinion: "周三现场"})
		if late := all(flow.Filter{View: flow.Claimable, Light: limit.Red, Most: 50}); len(late) != 69 {
			t.Errorf("%d tasks are late", len(late))
		}
		count, err := o.Count(o.as("ann"), flow.Claimable)
		o.must(err)
		if count.Open != 69 || count.Late != 69 || len(count.Steps) != 1 || count.Steps[0] != (flow.StepCount{Name: first.Name, Open: 69}) {
			t.Errorf("counted %+v", count)
		}
	})
}
