package proof_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"path/filepath"
	"slices"
	"testing"

	"github.com/oklog/ulid/v2"

	"smarthall/internal/sqldb/sqldbtest"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/node"
	"smarthall/platform/internal/store"
)

// intakeMade is the event of an application that the hall received on its own.
const intakeMade = "intake.made"

// publishItem tells the hall of the item that people apply for.
func publishItem(ctx context.Context, tx *store.Tx, hall string) error {
	return tx.Publish(ctx, hall, "item.published", "food", map[string]any{
		"name": "食品经营许可", "services": []string{"tax"}, "materials": []map[string]any{{"id": "card", "name": "身份证"}},
	})
}

// bring takes whose an intake is, once it was announced, as cases does.
func bring(st *store.Store) node.Asked {
	early := fault.New(fault.Unavailable, "cases.intake-early", "还没有送达")
	return func(ctx context.Context, _ string, body json.RawMessage) (any, error) {
		var in struct{ Intake, Name string }
		if err := json.Unmarshal(body, &in); err != nil {
			return nil, err
		}
		err := st.Write(ctx, "take an intake", func(tx *store.Tx) error {
			var n int
			id := access.From(ctx).ID + "-intake-" + in.Intake
			if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM proof_taken WHERE id = $1`, id).Scan(&n); err != nil {
				return err
			}
			if n == 0 {
				return early
			}
			_, err := tx.ExecContext(ctx, `INSERT INTO proof_brought (intake, name) VALUES ($1, $2) ON CONFLICT (intake) DO NOTHING`, in.Intake, in.Name)
			return err
		})
		return struct{}{}, err
	}
}

// receive receives an application during a visit. What fails isn't tried again:
// the hall's table is the truth.
func (h *hallProcess) receive(ctx context.Context, window, ticket string) {
	body, err := json.Marshal(map[string]any{
		"ticket": ticket, "item": "food", "seen": []string{"card"},
		"applicant": map[string]any{"name": "王小明", "idNumber": "11010519491231002X", "phone": "13800138000"},
	})
	if err != nil {
		h.t.Error(err)
		return
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, "http://"+h.addr+"/api/v1/intake/"+ulid.Make().String(), bytes.NewReader(body))
	if err != nil {
		h.t.Error(err)
		return
	}
	req.Header.Set("Authorization", "Bearer "+h.clerks[window])
	req.Header.Set("Content-Type", "application/json")
	if res, err := h.client.Do(req); err == nil {
		_ = res.Body.Close()
	}
}

// provided waits until the hall has the item and numbers for its applications.
func provided(t *testing.T, h *hallProcess) {
	t.Helper()
	db := sqldbtest.Open(t, filepath.Join(h.data, "hall.db"))
	eventually(t, "the hall can receive applications", func() bool {
		return count(t, db, `SELECT count(*) FROM uplink_item`) > 0 && count(t, db, `SELECT count(*) FROM uplink_range`) > 0
	})
}

// settleIntakes waits until the platform has all that the hall received.
func settleIntakes(t *testing.T, h *hallProcess) {
	t.Helper()
	db := sqldbtest.Open(t, filepath.Join(h.data, "hall.db"))
	eventually(t, "all applications are brought", func() bool { return count(t, db, `SELECT count(*) FROM intake WHERE state <> 'taken'`) == 0 })
}

// verifyIntakes compares what the hall received with what the platform was told
// and brought. It returns how many there were.
func verifyIntakes(t *testing.T, h *hallProcess, p *platformProcess) int {
	t.Helper()
	hall, platform := sqldbtest.Open(t, filepath.Join(h.data, "hall.db")), sqldbtest.Open(t, p.target)
	made := count(t, hall, `SELECT count(*) FROM intake`)
	for what, got := range map[string]int{
		"numbers":                     count(t, hall, `SELECT count(DISTINCT number) FROM intake`),
		"announcements taken":         count(t, platform, `SELECT count(*) FROM proof_taken WHERE type = 'intake.made'`),
		"different announcements":     count(t, platform, `SELECT count(DISTINCT id) FROM proof_taken WHERE type = 'intake.made'`),
		"applications brought":        count(t, platform, `SELECT count(*) FROM proof_brought WHERE name = '王小明'`),
		"applications forgotten here": count(t, hall, `SELECT count(*) FROM intake WHERE sealed = ''`),
	} {
		if got != made {
			t.Errorf("%d %s of %d applications", got, what, made)
		}
	}
	rows, err := platform.Read.QueryContext(t.Context(), `SELECT type, subject FROM proof_taken WHERE type IN ('ticket.arrived', 'ticket.finished', 'intake.made') ORDER BY n`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	said := map[string][]string{} // by visit
	for rows.Next() {
		var kind, ticket string
		if err := rows.Scan(&kind, &ticket); err != nil {
			t.Fatal(err)
		}
		said[ticket] = append(said[ticket], kind)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	// A visit whose clerk was stopped in the middle of it has no end.
	for ticket, kinds := range said {
		first, last := slices.Index(kinds, intakeMade), slices.Index(kinds, "ticket.finished")
		if first >= 0 && (kinds[0] != "ticket.arrived" || last >= 0 && last < first) {
			t.Errorf("visit %s: %v", ticket, kinds)
		}
	}
	return made
}
