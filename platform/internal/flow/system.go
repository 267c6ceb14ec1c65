package flow

import (
	"context"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/flow/engine"
	"smarthall/platform/internal/store"
)

// OpenTask is a task that waits for the caller.
type OpenTask struct {
	ID, Node, Name string
	// Mine tells that she has it already; others are claimed first.
	Mine bool
	// Decides tells that its opinion is the decision.
	Decides bool
}

// OpenOf are the open tasks of a case that the context's caller may do, in the
// sequence in which they were opened; ErrNone if the case has no flow.
func (s *Service) OpenOf(ctx context.Context, q store.Querier, caseID string) ([]OpenTask, error) {
	in, err := s.instance(ctx, q, caseID)
	if err != nil {
		return nil, err
	}
	rows, err := s.tasksOf(ctx, q, caseID)
	if err != nil {
		return nil, err
	}
	caller := access.From(ctx)
	principals, err := s.principals(ctx, q, caller.ID)
	if err != nil {
		return nil, err
	}
	var list []OpenTask
	for _, row := range rows {
		if row.State != string(engine.TaskOpen) || see(caller, row, principals) < candidate {
			continue
		}
		t := OpenTask{ID: row.ID, Node: row.Node, Name: row.Name, Mine: row.Person != ""}
		if n := in.def.Node(row.Node); n != nil {
			t.Decides = n.Decides
		}
		list = append(list, t)
	}
	return list, nil
}
