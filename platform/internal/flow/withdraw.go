package flow

import (
	"context"
	"fmt"
	"strings"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/store"
)

// ErrBound says that a flow can't be withdrawn as long as items run by it.
var ErrBound = fault.New(fault.Conflict, "flow.bound", "还有事项使用这个流程，请先为它们改用其他流程")

// Drop throws the version away that is being written, proposed or not. A
// definition that has no other one goes with it. edition is the version's as it
// was seen.
func (s *Service) Drop(ctx context.Context, id string, edition int64) error {
	caller := access.From(ctx)
	return s.Store.Write(ctx, "drop a flow's draft", func(tx *store.Tx) error {
		k, v, err := s.openVersion(ctx, tx, id, edition)
		if err != nil {
			return err
		}
		if !s.mayEdit(caller, k.Organisation, k.Region) {
			return ErrRegion
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM flow_version WHERE definition = $1 AND version = $2 AND state IN ('draft', 'proposed')`, id, v.Version); err != nil {
			return err
		}
		var others int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM flow_version WHERE definition = $1`, id).Scan(&others); err != nil {
			return err
		}
		if others == 0 {
			_, err = tx.ExecContext(ctx, `DELETE FROM flow_definition WHERE id = $1`, id)
		} else {
			_, err = tx.ExecContext(ctx, `UPDATE flow_definition SET open = 0, changed = $1 WHERE id = $2`, store.Millis(tx.Now), id)
		}
		if err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "flow.drop", Object: id, Detail: fmt.Sprintf("version %d", v.Version)})
	})
}

// Withdraw lets no new case run by a definition. Cases that do go on by the
// version they began with. The managing body does, once no item is bound to it
// any more.
func (s *Service) Withdraw(ctx context.Context, id, why string) error {
	caller := access.From(ctx)
	if why = strings.TrimSpace(why); why == "" {
		return ErrInput.Wrong("reason", "请写明停用的原因")
	}
	return s.Store.Write(ctx, "withdraw a flow", func(tx *store.Tx) error {
		k, err := s.lockDefinition(ctx, tx, id)
		if err != nil {
			return err
		}
		if k.Organisation == "" || !s.mayPublish(caller, k.Region) {
			return ErrPublisher.With("流程由主管部门停用，通用模板不能停用")
		}
		if k.Published == 0 {
			return ErrState
		}
		var bound int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM flow_binding WHERE definition = $1`, id).Scan(&bound); err != nil {
			return err
		}
		if bound > 0 {
			return ErrBound
		}
		if _, err := tx.ExecContext(ctx, `UPDATE flow_version SET state = 'replaced', note = $1, reviewer = $2, changed = $3 WHERE definition = $4 AND state = 'published'`,
			clip(why), caller.ID, store.Millis(tx.Now), id); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE flow_definition SET published = 0, changed = $1 WHERE id = $2`, store.Millis(tx.Now), id); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "flow.withdraw", Object: id, Detail: clip(why)})
	})
}
