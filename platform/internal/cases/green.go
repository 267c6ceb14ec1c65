package cases

import (
	"context"
	"strconv"
	"strings"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/limit"
	"smarthall/platform/internal/store"
)

// Green is an item of the green channel (PA-06).
type Green struct {
	Item   string `json:"item" maxLength:"40"`
	Days   int    `json:"days" minimum:"1" maximum:"30" doc:"Promised limit in working days"`
	Reason string `json:"reason" maxLength:"300"`
}

// errNoGreen says that an item isn't in the green channel.
var errNoGreen = ErrState.With("该事项没有开通绿色通道")

// toGreen gives a case the green channel's limit.
func (s *Service) toGreen(ctx context.Context, tx *store.Tx, c *Case) error {
	var days int
	err := tx.QueryRowContext(ctx, `SELECT days FROM case_green WHERE item = $1`, c.Item).Scan(&days)
	if store.IsNone(err) {
		return errNoGreen
	}
	if err != nil {
		return err
	}
	c.Green, c.Time.Promised = true, limit.Term{Unit: limit.WorkingDays, Days: days}
	return nil
}

// Greens are the items of the green channel.
func (s *Service) Greens(ctx context.Context) ([]Green, error) {
	rows, err := s.Store.Read().QueryContext(ctx, `SELECT item, days, reason FROM case_green ORDER BY item LIMIT 1000`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	list := []Green{}
	for rows.Next() {
		var g Green
		if err := rows.Scan(&g.Item, &g.Days, &g.Reason); err != nil {
			return nil, err
		}
		list = append(list, g)
	}
	return list, rows.Err()
}

// SetGreen opens the green channel for an item, or closes it with no days.
func (s *Service) SetGreen(ctx context.Context, g Green) error {
	it, err := s.Items.Get(ctx, g.Item)
	if err != nil {
		return err
	}
	if c := (&Case{Organisation: it.Organisation, Region: it.Region, Standing: Standing{State: Submitted}}); !s.covers(access.From(ctx), c) {
		return ErrUnknown.With("没有这个事项")
	}
	if g.Days < 0 || g.Days > maxDays || tooLong(g.Reason, 300) || g.Days > 0 && strings.TrimSpace(g.Reason) == "" {
		return ErrInput.Wrong("days", "承诺时限应在 1 至 30 个工作日之间，并写明理由")
	}
	return s.Store.Write(ctx, "set the green channel", func(tx *store.Tx) error {
		if g.Days == 0 {
			if _, err := tx.ExecContext(ctx, `DELETE FROM case_green WHERE item = $1`, g.Item); err != nil {
				return err
			}
			return s.Audit.Add(ctx, tx, audit.Entry{Action: "cases.green", Object: g.Item, Detail: "closed"})
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO case_green (item, days, reason, changed) VALUES ($1, $2, $3, $4)
			ON CONFLICT (item) DO UPDATE SET days = excluded.days, reason = excluded.reason, changed = excluded.changed`,
			g.Item, g.Days, g.Reason, store.Millis(tx.Now))
		if err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "cases.green", Object: g.Item, Detail: strconv.Itoa(g.Days)})
	})
}
