package flow

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/store"
)

// StepCount is how many tasks of a list are at a step.
type StepCount struct {
	Name string `json:"name"`
	Open int    `json:"open"`
}

// Counts are how many open tasks a list has, however long it is.
type Counts struct {
	Open int `json:"open"`
	// Late are those whose clock runs and is red.
	Late  int         `json:"late"`
	Steps []StepCount `json:"steps"`
}

// Count counts a list of open tasks as a whole.
func (s *Service) Count(ctx context.Context, view View) (c Counts, err error) {
	c.Steps = []StepCount{}
	if view == Done || view == Extensions {
		return c, ErrInput.Wrong("view", "这种列表不计数")
	}
	l, err := s.lookFor(ctx, Filter{View: view})
	if err != nil {
		return c, err
	}
	steps := map[string]int{}
	for _, p := range l.lists {
		if err := l.count(ctx, p, &c, steps); err != nil {
			return c, fmt.Errorf("count tasks: %w", err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(steps)) {
		c.Steps = append(c.Steps, StepCount{name, steps[name]})
	}
	return c, nil
}

// count adds one part of a list.
func (l *listing) count(ctx context.Context, p part, c *Counts, steps map[string]int) error {
	where, args := p.where, append(slices.Clone(p.args), l.from.key, l.from.id)
	if l.view == Claimable { // what one has, one has wherever it is
		args = append(args, access.Stem(access.From(ctx).Region)+"%")
		where += fmt.Sprintf(" AND region LIKE $%d", len(args))
	}
	args = append(args, store.Millis(l.Store.Now()))
	rows, err := l.Store.Read().QueryContext(ctx, fmt.Sprintf(`WITH list AS (SELECT name, red FROM flow_task %s)
		SELECT name, count(*), sum(CASE WHEN red <= CAST($%d AS BIGINT) THEN 1 ELSE 0 END) FROM list GROUP BY name`, where, len(args)), args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		var open, late int
		if err := rows.Scan(&name, &open, &late); err != nil {
			return err
		}
		steps[name] += open
		c.Open += open
		c.Late += late
	}
	return rows.Err()
}
