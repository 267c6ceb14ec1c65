package supervision

import (
	"context"
	"fmt"
	"slices"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/limit"
	"smarthall/platform/internal/store"
)

// Preview is what a rule would change.
type Preview struct {
	// Looked is how many running cases that aren't red were looked at, those
	// that turn red first; More tells that there are others.
	Looked int  `json:"looked"`
	More   bool `json:"more"`
	// Before and After are how many of them are yellow by the rules that hold
	// and by the new one.
	Before int `json:"before"`
	After  int `json:"after"`
}

// maxPreview is how many cases a preview looks at. What turns red later than
// so many others isn't yellow by any sensible rule.
const maxPreview = 5000

// Preview counts how many cases would be yellow by a rule. It changes nothing.
func (s *Service) Preview(ctx context.Context, rule Rule) (Preview, error) {
	var p Preview
	if !access.From(ctx).Covers(rule.Region) {
		return p, ErrUnknown
	}
	rules, err := s.Rules(ctx)
	if err != nil {
		return p, err
	}
	rules = slices.DeleteFunc(rules, func(r Rule) bool { return r.Region == rule.Region })
	clocks, more, err := s.runningClocks(ctx, rule.Region)
	if err != nil {
		return p, err
	}
	p.Looked, p.More = len(clocks), more
	now := s.Store.Now()
	for _, c := range clocks {
		r, err := s.reckon(ctx, c.region)
		if err != nil {
			return p, err
		}
		yellow := func(r limit.Reckoner) (bool, error) {
			for _, one := range c.clocks {
				read, err := r.Read(one, "", now)
				if err != nil {
					return false, fmt.Errorf("read a clock of case %s: %w", c.id, err)
				}
				if read.Light == limit.Yellow {
					return true, nil
				}
			}
			return false, nil
		}
		is, err := yellow(r)
		if err != nil {
			return p, err
		}
		if governs(rule.Region, c.region, rules) {
			r.Warn = limit.Warning{Share: rule.Share, Left: rule.Days}
		}
		will, err := yellow(r)
		if err != nil {
			return p, err
		}
		p.Before, p.After = p.Before+int(store.Bool(is)), p.After+int(store.Bool(will))
	}
	return p, nil
}

// governs tells whether a region's rule is the narrowest around a place.
func governs(region, place string, others []Rule) bool {
	return access.Within(place, region) && !slices.ContainsFunc(others, func(r Rule) bool {
		return len(access.Stem(r.Region)) > len(access.Stem(region)) && access.Within(place, r.Region)
	})
}

// running are the clocks of one case and of its open steps.
type running struct {
	id, region string
	clocks     []limit.Clock
}

// runningClocks reads the clocks of the running cases of a region that aren't
// red, what turns red first, and tells whether there are more.
func (s *Service) runningClocks(ctx context.Context, region string) (list []*running, more bool, err error) {
	from, to := access.Span(region)
	rows, err := s.Store.Read().QueryContext(ctx, `SELECT c.id, c.region, c.promised, c.statutory, coalesce(v.clock, '') FROM (
			SELECT id, region, promised, statutory, rank, red_at FROM supervision_case
			WHERE running = 1 AND rank > 0 AND region >= $1 AND region < $2 ORDER BY rank, red_at, id LIMIT $3
		) AS c LEFT JOIN supervision_step AS v ON v.case_id = c.id AND v.done_at = 0 ORDER BY c.rank, c.red_at, c.id`, from, to, maxPreview+1)
	if err != nil {
		return nil, false, fmt.Errorf("read running clocks: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var c running
		var texts [3]string
		if err := rows.Scan(&c.id, &c.region, &texts[0], &texts[1], &texts[2]); err != nil {
			return nil, false, fmt.Errorf("read running clocks: %w", err)
		}
		if n := len(list); n > 0 && list[n-1].id == c.id { // another step of the same case
			texts[0], texts[1] = "", ""
		} else if n == maxPreview {
			return list, true, nil
		} else {
			list = append(list, &c)
		}
		last := list[len(list)-1]
		for _, text := range texts {
			clock, err := readClock(text)
			if err != nil {
				return nil, false, err
			}
			if clock != nil {
				last.clocks = append(last.clocks, *clock)
			}
		}
	}
	return list, false, rows.Err()
}
