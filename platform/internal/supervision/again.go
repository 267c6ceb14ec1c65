package supervision

import (
	"context"
	"fmt"

	"smarthall/platform/internal/store"
)

// pass lets the signals of a case's own limits be given once more: it was late,
// and has time again by an extension, a hold or a moved calendar. What was
// signalled stays; from now on it is about itself, which no other signal is.
func pass(ctx context.Context, tx *store.Tx, caseID string) error {
	_, err := tx.ExecContext(ctx, `UPDATE supervision_signal SET about = id WHERE case_id = $1 AND about = '' AND kind IN ($2, $3, $4)`,
		caseID, string(PromiseNear), string(PromiseLate), string(StatuteLate))
	if err != nil {
		return fmt.Errorf("let signals of case %s pass: %w", caseID, err)
	}
	return nil
}
