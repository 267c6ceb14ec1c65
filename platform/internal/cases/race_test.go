package cases_test

import (
	"fmt"
	"sync"
	"testing"

	"smarthall/platform/internal/cases"
	"smarthall/platform/internal/fault"
)

// TestManyClerksAcceptAtOnce has sixteen of them accept the same case: it is
// accepted once, with one number.
func TestManyClerksAcceptAtOnce(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		d := c.submitted(1)
		_, err := c.Provide(c.clerk(), d.ID, "lease", cases.Provide{Paper: true})
		c.must(err)
		c.good(c.get(d.ID))
		var wg sync.WaitGroup
		var mu sync.Mutex
		accepted, again := 0, 0
		for i := range 16 {
			wg.Go(func() {
				key := ""
				if i%2 == 0 {
					key = "same"
				}
				_, repeated, err := c.Accept(c.clerk(), d.ID, cases.Acceptance{}, key)
				mu.Lock()
				defer mu.Unlock()
				switch f := fault.Of(err); {
				case repeated:
					again++
				case err == nil:
					accepted++
				case f == nil || f.Kind != fault.Conflict:
					t.Errorf("clerk %d: %v", i, err)
				}
			})
		}
		wg.Wait()
		if accepted != 1 {
			t.Errorf("accepted %d times, %d repeated", accepted, again)
		}
		if n := c.count(`SELECT sum(last) FROM case_counter WHERE series LIKE '1133%'`); n != 1 {
			t.Errorf("%d numbers were used", n)
		}
	})
}

// TestManySubmitAtOnce gives every case a number of its own.
func TestManySubmitAtOnce(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		var drafts []cases.Case
		for i := range 8 {
			drafts = append(drafts, c.filled(i))
			_, err := c.SetDelivery(c.person(i), drafts[i].ID, cases.Delivery{Way: cases.Collect})
			c.must(err)
		}
		var wg sync.WaitGroup
		var mu sync.Mutex
		numbers := map[string]bool{}
		for i := range 16 {
			wg.Go(func() {
				d, _, err := c.Submit(c.person(i%8), drafts[i%8].ID, "")
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					t.Errorf("submit %d: %v", i, err)
				}
				numbers[d.Number] = true
			})
		}
		wg.Wait()
		for i := range 8 {
			if !numbers[fmt.Sprintf("SQ20261123%06d", i+1)] {
				t.Errorf("number %d is missing of %v", i+1, numbers)
			}
		}
		if len(numbers) != 8 {
			t.Errorf("%d numbers", len(numbers))
		}
	})
}
