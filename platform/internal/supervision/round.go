package supervision

import (
	"context"
	"fmt"
	"strings"
	"time"

	"smarthall/platform/internal/store"
)

// Round is one turn of an urging notice: from its last day, over the office's
// reply, to what the supervisor said of it.
type Round struct {
	N     int       `json:"n"`
	Due   string    `json:"due" doc:"Last day for the reply"`
	Begun time.Time `json:"begun"`

	Reply     string    `json:"reply,omitempty"`
	RepliedBy string    `json:"repliedBy,omitempty"`
	Replied   time.Time `json:"replied,omitzero"`
	// Accepted tells that the reply closed the notice.
	Accepted   bool      `json:"accepted"`
	Verdict    string    `json:"verdict,omitempty"`
	Score      int       `json:"score" doc:"Points taken off in this round"`
	VerifiedBy string    `json:"verifiedBy,omitempty"`
	Verified   time.Time `json:"verified,omitzero"`
	Overdue    bool      `json:"overdue"`
}

// now is the round that a notice is in.
func (o *Order) now() *Round { return &o.Rounds[len(o.Rounds)-1] }

// begin begins a round with its last day. The one before stays as it was.
func (o *Order) begin(due string, at time.Time) {
	o.Rounds = append(o.Rounds, Round{N: len(o.Rounds) + 1, Due: due, Begun: at})
	o.State, o.Due, o.Overdue, o.Reply, o.RepliedBy, o.Replied = "issued", due, false, "", "", time.Time{}
}

// saveRounds stores a notice's rounds.
func saveRounds(ctx context.Context, tx *store.Tx, o Order) error {
	for _, r := range o.Rounds {
		_, err := tx.ExecContext(ctx, `INSERT INTO supervision_round (order_id, n, due, begun_at, reply, replied_by, replied_at, accepted, verdict, score, verified_by, verified_at, overdue)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
			ON CONFLICT (order_id, n) DO UPDATE SET reply = excluded.reply, replied_by = excluded.replied_by, replied_at = excluded.replied_at, accepted = excluded.accepted,
				verdict = excluded.verdict, score = excluded.score, verified_by = excluded.verified_by, verified_at = excluded.verified_at, overdue = excluded.overdue`,
			o.ID, r.N, r.Due, millis(r.Begun), r.Reply, r.RepliedBy, millis(r.Replied), store.Bool(r.Accepted), r.Verdict, r.Score, r.VerifiedBy, millis(r.Verified), store.Bool(r.Overdue))
		if err != nil {
			return fmt.Errorf("store a round of an urging notice: %w", err)
		}
	}
	return nil
}

// addRounds reads the rounds of notices into them.
func addRounds(ctx context.Context, q store.Querier, list []Order) error {
	if len(list) == 0 {
		return nil
	}
	at := make(map[string]int, len(list))
	marks, args := make([]string, len(list)), make([]any, len(list))
	for i, o := range list {
		at[o.ID], marks[i], args[i] = i, fmt.Sprintf("$%d", i+1), o.ID
	}
	rows, err := q.QueryContext(ctx, `SELECT order_id, n, due, begun_at, reply, replied_by, replied_at, accepted, verdict, score, verified_by, verified_at, overdue
		FROM supervision_round WHERE order_id IN (`+strings.Join(marks, ", ")+`) ORDER BY order_id, n`, args...)
	if err != nil {
		return fmt.Errorf("read the rounds of urging notices: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var r Round
		var id string
		var begun, replied, accepted, verified, overdue int64
		err := rows.Scan(&id, &r.N, &r.Due, &begun, &r.Reply, &r.RepliedBy, &replied, &accepted, &r.Verdict, &r.Score, &r.VerifiedBy, &verified, &overdue)
		if err != nil {
			return fmt.Errorf("read the rounds of urging notices: %w", err)
		}
		r.Begun, r.Replied, r.Verified, r.Accepted, r.Overdue = moment(begun), moment(replied), moment(verified), accepted == 1, overdue == 1
		list[at[id]].Rounds = append(list[at[id]].Rounds, r)
	}
	return rows.Err()
}
