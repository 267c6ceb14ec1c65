package item

import (
	"context"
	"slices"
)

// Outcome is what a case needs, as far as the answers tell.
type Outcome struct {
	// Next is the question that has to be answered now; nil: none is left.
	Next *Question `json:"next,omitempty"`
	// Asked are the questions that were answered, with what was chosen.
	Asked []Answered `json:"asked"`
	// Done tells that nothing is left to ask, so that Materials, Fees and Promised
	// are exact. Until then they are what is needed for certain.
	Done      bool       `json:"done"`
	Materials []Material `json:"materials"`
	Fees      []Fee      `json:"fees"`
	Promised  Limit      `json:"promised"`
	Notes     []string   `json:"notes,omitempty"`
	// Refuse says why the item is the wrong one, Instead names the right one.
	Refuse  string `json:"refuse,omitempty"`
	Instead string `json:"instead,omitempty"`
}

// Answered is a question that was answered.
type Answered struct {
	Question Question `json:"question"`
	Option   Option   `json:"option"`
}

// Outcome returns what is needed in the case that the answers describe. An
// answer to a question that isn't asked in this case, or that isn't one of its
// options, is ErrAnswer.
func (it *Item) Outcome(answers Answers) (Outcome, error) {
	if len(answers) > len(it.Situation.Questions) {
		return Outcome{}, ErrAnswer
	}
	out := Outcome{Promised: it.Promised, Asked: []Answered{}, Materials: []Material{}, Fees: []Fee{}}
	optional := it.optional()
	needed := func(id string) bool { return !optional[id] }
	added, removed := map[string]bool{}, map[string]bool{}
	used := 0
	for q := it.first(); q != nil; {
		chosen, ok := answers[q.ID]
		if !ok {
			out.Next = q
			break
		}
		i := slices.IndexFunc(q.Options, func(o Option) bool { return o.ID == chosen })
		if i < 0 || len(out.Asked) > len(it.Situation.Questions) {
			return Outcome{}, ErrAnswer.Wrong(q.ID, "没有这个选项")
		}
		used++
		o := q.Options[i]
		out.Asked = append(out.Asked, Answered{*q, o})
		for _, id := range append(slices.Clone(o.Materials), o.Fees...) {
			added[id], removed[id] = true, false
		}
		for _, id := range o.Without {
			removed[id] = true
		}
		if o.Promised != nil {
			out.Promised = *o.Promised
		}
		if o.Note != "" {
			out.Notes = append(out.Notes, o.Note)
		}
		if o.Refuse != "" {
			out.Refuse, out.Instead = o.Refuse, o.Instead
			break
		}
		q = it.question(o.Next)
	}
	if used < len(answers) {
		return Outcome{}, ErrAnswer
	}
	out.Done = out.Next == nil
	if out.Refuse != "" {
		return out, nil
	}
	for _, m := range it.Materials {
		if (needed(m.ID) || added[m.ID]) && !removed[m.ID] {
			out.Materials = append(out.Materials, m)
		}
	}
	for _, f := range it.Fees {
		if (needed(f.ID) || added[f.ID]) && !removed[f.ID] {
			out.Fees = append(out.Fees, f)
		}
	}
	return out, nil
}

// optional are the ids of materials and fees that some option names.
func (it *Item) optional() map[string]bool {
	set := map[string]bool{}
	for _, q := range it.Situation.Questions {
		for _, o := range q.Options {
			for _, id := range o.Materials {
				set[id] = true
			}
			for _, id := range o.Fees {
				set[id] = true
			}
		}
	}
	return set
}

// first is the first question, or nil.
func (it *Item) first() *Question {
	if len(it.Situation.Questions) == 0 {
		return nil
	}
	return &it.Situation.Questions[0]
}

// question is the question with the id, or nil.
func (it *Item) question(id string) *Question {
	if id == "" {
		return nil
	}
	for i := range it.Situation.Questions {
		if it.Situation.Questions[i].ID == id {
			return &it.Situation.Questions[i]
		}
	}
	return nil
}

// Outcome returns what a case of the published item needs.
func (s *Service) Outcome(ctx context.Context, id string, answers Answers) (Outcome, error) {
	it, err := s.Get(ctx, id)
	if err != nil {
		return Outcome{}, err
	}
	return it.Outcome(answers)
}

// Materials are what to bring in the case that the answers describe. Unless all
// questions are answered it is what every such case needs.
func (s *Service) Materials(ctx context.Context, id string, answers Answers) ([]Material, error) {
	out, err := s.Outcome(ctx, id, answers)
	return out.Materials, err
}
