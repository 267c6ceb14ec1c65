package supervision

import (
	"context"
	"errors"
	"fmt"
	"time"

	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/store"
)

// ErrCounts says that counts that are kept aren't what counting anew finds.
var ErrCounts = errors.New("kept counts aren't what counting anew finds")

// opened brings the counts of open signals and urging notices up to date, in
// the transaction that opens (1) or closes (-1) some of them.
func opened(ctx context.Context, tx *store.Tx, organisation, region string, signals, orders int) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO supervision_open AS o (organisation, region, signals, orders) VALUES ($1, $2, $3, $4)
		ON CONFLICT (organisation, region) DO UPDATE SET signals = o.signals + excluded.signals, orders = o.orders + excluded.orders`,
		organisation, region, signals, orders)
	if err != nil {
		return fmt.Errorf("count what is open: %w", err)
	}
	return nil
}

// countsApart are the places whose kept counts differ from counting all cases
// anew, and by how much. It is one statement, and so one moment of the database,
// whoever changes cases meanwhile. $1 is what the city's clock is ahead, in
// milliseconds.
const countsApart = `SELECT day, organisation, hall, region, max(name) AS name, sum(red) AS red, sum(yellow) AS yellow, sum(rest) AS rest, sum(accepted) AS accepted,
		sum(ended) AS ended, sum(late) AS late
	FROM (
		SELECT 0 AS day, organisation, hall, region, organisation_name AS name, CASE WHEN rank = 0 THEN 1 ELSE 0 END AS red, CASE WHEN rank = 1 THEN 1 ELSE 0 END AS yellow,
			CASE WHEN rank = 2 THEN 1 ELSE 0 END AS rest, 0 AS accepted, 0 AS ended, 0 AS late
		FROM supervision_case WHERE running = 1
		UNION ALL
		SELECT (accepted_at + CAST($1 AS BIGINT)) / 86400000, organisation, hall, region, organisation_name, 0, 0, 0, 1, 0, 0 FROM supervision_case WHERE accepted_at > 0
		UNION ALL
		SELECT (ended_at + CAST($1 AS BIGINT)) / 86400000, organisation, hall, region, organisation_name, 0, 0, 0, 0, 1, CASE WHEN light = 'red' THEN 1 ELSE 0 END
		FROM supervision_case WHERE ended_at > 0
		UNION ALL
		SELECT day, organisation, hall, region, name, -red, -yellow, -rest, -accepted, -ended, -late FROM supervision_count
	) AS counted
	GROUP BY day, organisation, hall, region
	HAVING sum(red) <> 0 OR sum(yellow) <> 0 OR sum(rest) <> 0 OR sum(accepted) <> 0 OR sum(ended) <> 0 OR sum(late) <> 0`

// openApart is the same of what is open.
const openApart = `SELECT organisation, region, sum(signals) AS signals, sum(orders) AS orders
	FROM (
		SELECT organisation, region, 1 AS signals, 0 AS orders FROM supervision_signal WHERE state <> 'closed'
		UNION ALL
		SELECT organisation, region, 0, 1 FROM supervision_order WHERE state <> 'closed'
		UNION ALL
		SELECT organisation, region, -signals, -orders FROM supervision_open
	) AS counted
	GROUP BY organisation, region
	HAVING sum(signals) <> 0 OR sum(orders) <> 0`

// ahead is what the city's clock is ahead of UTC, in milliseconds.
func (s *Service) ahead() int64 {
	_, offset := s.Store.Now().In(s.Zone).Zone()
	return int64(time.Duration(offset) * time.Second / time.Millisecond)
}

// VerifyCounts counts anew what the overview shows and tells how many places it
// compared; ErrCounts comes with how many differ. The platform may run meanwhile.
func (s *Service) VerifyCounts(ctx context.Context) (places int, err error) {
	var apart, open int
	q := s.Store.Read()
	if err := q.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM supervision_count) + (SELECT count(*) FROM supervision_open)`).Scan(&places); err != nil {
		return 0, fmt.Errorf("count the counts: %w", err)
	}
	if err := q.QueryRowContext(ctx, `SELECT count(*) FROM (`+countsApart+`) AS apart`, s.ahead()).Scan(&apart); err != nil {
		return places, fmt.Errorf("count watched cases anew: %w", err)
	}
	if err := q.QueryRowContext(ctx, `SELECT count(*) FROM (`+openApart+`) AS apart`).Scan(&open); err != nil {
		return places, fmt.Errorf("count signals anew: %w", err)
	}
	if apart+open > 0 {
		return places, fmt.Errorf("%w: %d places of %d", ErrCounts, apart+open, places)
	}
	return places, nil
}

// Recount mends the kept counts and tells how many were wrong. It adds what they
// lack rather than writes what there is, so that cases may change meanwhile:
// whatever a running transaction adds to both sides stays.
func (s *Service) Recount(ctx context.Context) (mended int, err error) {
	err = s.Store.Write(ctx, "count watched cases anew", func(tx *store.Tx) error {
		result, err := tx.ExecContext(ctx, `INSERT INTO supervision_count AS c (day, organisation, hall, region, name, red, yellow, rest, accepted, ended, late)
			`+countsApart+`
			ON CONFLICT (day, organisation, hall, region) DO UPDATE SET red = c.red + excluded.red, yellow = c.yellow + excluded.yellow, rest = c.rest + excluded.rest,
				accepted = c.accepted + excluded.accepted, ended = c.ended + excluded.ended, late = c.late + excluded.late`, s.ahead())
		if err != nil {
			return err
		}
		cases, err := result.RowsAffected()
		if err != nil {
			return err
		}
		if result, err = tx.ExecContext(ctx, `INSERT INTO supervision_open AS o (organisation, region, signals, orders)
			`+openApart+`
			ON CONFLICT (organisation, region) DO UPDATE SET signals = o.signals + excluded.signals, orders = o.orders + excluded.orders`); err != nil {
			return err
		}
		open, err := result.RowsAffected()
		if err != nil {
			return err
		}
		mended = int(cases + open)
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "supervision.recount", Detail: fmt.Sprintf("%d counts mended", mended)})
	})
	return mended, err
}
