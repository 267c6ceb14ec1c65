package flow

import (
	"context"
	"slices"

	"smarthall/platform/internal/flow/engine"
)

// Trial is what a definition is tried with.
type Trial struct {
	Drawn
	Facts  map[string]any `json:"facts,omitempty" doc:"What the case says"`
	Values map[string]any `json:"values,omitempty" doc:"What tasks add"`
	// Refusals are the nodes whose opinion is no.
	Refusals []string `json:"refusals,omitempty" maxItems:"50"`
}

// TrialRun is what became of it.
type TrialRun struct {
	Steps    []TrialStep      `json:"steps"`
	Ended    bool             `json:"ended" doc:"false: it was stopped after many steps"`
	Approved bool             `json:"approved"`
	Days     int              `json:"days" doc:"Working days of all steps one after the other"`
	Findings []engine.Finding `json:"findings"`
}

// TrialStep is one node that was passed.
type TrialStep struct {
	Node   string      `json:"node"`
	Name   string      `json:"name"`
	Kind   engine.Kind `json:"kind"`
	Result string      `json:"result,omitempty"`
	Days   int         `json:"days,omitempty"`
}

// maxTrial bounds the steps of a trial.
const maxTrial = 200

// Try runs a definition without a case: everybody says yes unless the trial
// names the node. Nothing is stored. Without a drawing it tries the stored one.
func (s *Service) Try(ctx context.Context, id string, t Trial) (TrialRun, error) {
	run := TrialRun{Steps: []TrialStep{}}
	_, stored, err := s.Definition(ctx, id, 0)
	if err != nil {
		return run, err
	}
	def := *stored
	if t.Body != nil || t.BPMN != "" {
		if def, err = t.definition(); err != nil {
			return run, err
		}
	}
	if err := checkValues(t.Values); err != nil {
		return run, err
	}
	if run.Findings, err = s.Check(ctx, &def, ""); err != nil || engine.Severe(run.Findings) {
		return run, err
	}
	state, events, err := engine.Step(&def, engine.State{}, engine.Command{Verb: engine.VerbStart, Facts: t.Facts})
	if err != nil {
		return run, err
	}
	for run.add(&def, events); state.Over == "" && len(run.Steps) < maxTrial; run.add(&def, events) {
		if state, events, err = next(&def, state, t); err != nil {
			return run, err
		}
	}
	run.Ended = state.Over == engine.Ended
	decision, _ := state.Decision(&def)
	run.Approved = decision == engine.Approve
	return run, nil
}

// next does what is open first.
func next(def *engine.Definition, state engine.State, t Trial) (engine.State, []engine.Event, error) {
	for _, a := range state.Activations {
		if a.Done {
			continue
		}
		if def.Node(a.Node).Kind == engine.Timer {
			return engine.Step(def, state, engine.Command{Verb: engine.VerbFire, Activation: a.ID})
		}
		for _, seat := range state.Seats(a.ID) {
			if seat.State != engine.TaskOpen {
				continue
			}
			state, _, err := engine.Step(def, state, engine.Command{Verb: engine.VerbClaim, Task: seat.ID, By: "trial"})
			if err != nil {
				return state, nil, err
			}
			verb := engine.VerbPass
			if slices.Contains(t.Refusals, a.Node) {
				verb = engine.VerbRefuse
			}
			return engine.Step(def, state, engine.Command{Verb: verb, Task: seat.ID, By: "trial", Values: t.Values})
		}
	}
	return state, nil, engine.ErrStuck
}

// add notes the nodes that were passed.
func (r *TrialRun) add(def *engine.Definition, events []engine.Event) {
	for _, e := range events {
		n := def.Node(e.Node)
		if e.Kind != engine.NodeDone || n == nil || n.Kind != engine.User && n.Kind != engine.Timer && n.Kind != engine.Service {
			continue
		}
		st := TrialStep{Node: n.ID, Name: n.Name, Kind: n.Kind, Result: string(e.Result)}
		for _, t := range []*engine.Term{n.Limit, n.Wait} {
			if t != nil && t.Unit == engine.WorkingDays {
				st.Days += t.Days
			}
		}
		r.Days += st.Days
		r.Steps = append(r.Steps, st)
	}
}
