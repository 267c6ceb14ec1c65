package intake

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
)

// guide is what a hall was told of an item, as far as an intake needs it.
type guide struct {
	Materials []struct {
		ID       string `json:"id"`
		Name     string `json:"name"`
		Note     string `json:"note"`
		Optional bool   `json:"optional"`
	} `json:"materials"`
	Questions []Question `json:"questions"`
}

// Question asks what the case is; the first is the first of the guide.
type Question struct {
	ID      string   `json:"id"`
	Text    string   `json:"text"`
	Help    string   `json:"help,omitempty"`
	Options []Option `json:"options"`
}

// Option is one answer and what it means.
type Option struct {
	ID   string `json:"id"`
	Text string `json:"text"`
	// Next is the question that comes then; empty: the end.
	Next string `json:"next,omitempty"`
	// Materials are needed in this case, Without aren't.
	Materials []string `json:"materials,omitempty"`
	Without   []string `json:"without,omitempty"`
	Refuse    string   `json:"refuse,omitempty"`
}

// Outcome is what a case needs, as far as the answers tell.
type Outcome struct {
	// Next has to be answered now; nil: nothing is left to ask.
	Next *Question `json:"next,omitempty"`
	// Refuse says why the item is the wrong one.
	Refuse    string     `json:"refuse,omitempty"`
	Materials []Material `json:"materials"`
}

// outcome follows the questions as far as they are answered, as the platform
// does: the same answers need the same materials on both sides.
func (g *guide) outcome(answers map[string]string) (Outcome, error) {
	out := Outcome{Materials: []Material{}}
	added, removed := map[string]bool{}, map[string]bool{}
	used := 0
	for q := g.question(""); q != nil; {
		chosen, ok := answers[q.ID]
		if !ok {
			out.Next = q
			break
		}
		i := slices.IndexFunc(q.Options, func(o Option) bool { return o.ID == chosen })
		if used++; i < 0 || used > len(g.Questions) {
			return out, errAnswers
		}
		o := q.Options[i]
		for _, id := range o.Materials {
			added[id], removed[id] = true, false
		}
		for _, id := range o.Without {
			removed[id] = true
		}
		if out.Refuse = o.Refuse; o.Refuse != "" || o.Next == "" {
			break
		}
		q = g.question(o.Next)
	}
	if used < len(answers) {
		return out, errAnswers
	}
	for _, m := range g.Materials {
		if (!m.Optional || added[m.ID]) && !removed[m.ID] {
			out.Materials = append(out.Materials, Material{ID: m.ID, Name: m.Name, Note: m.Note})
		}
	}
	return out, nil
}

// question is the one with the id, the first with an empty one; nil if there is
// none.
func (g *guide) question(id string) *Question {
	for i := range g.Questions {
		if id == "" || g.Questions[i].ID == id {
			return &g.Questions[i]
		}
	}
	return nil
}

// Choice is an item that can be received.
type Choice struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// Fits tells that it is one of the visit's service.
	Fits bool `json:"fits"`
}

// Items are the items of this hall, those of a service first.
func (s *Service) Items(ctx context.Context, service string) ([]Choice, error) {
	if s == nil {
		return nil, errNone
	}
	list, err := s.conf.Items(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]Choice, 0, len(list))
	for _, fits := range []bool{true, false} {
		for _, it := range list {
			if slices.Contains(it.Services, service) == fits {
				out = append(out, Choice{it.ID, it.Name, fits})
			}
		}
	}
	return out, nil
}

// Outcome is what an item needs by the hall's copy of its guide.
func (s *Service) Outcome(ctx context.Context, item string, answers map[string]string) (Outcome, error) {
	if s == nil {
		return Outcome{}, errNone
	}
	_, out, err := s.needed(ctx, item, answers)
	return out, err
}

// needed is an item with what it needs.
func (s *Service) needed(ctx context.Context, id string, answers map[string]string) (Item, Outcome, error) {
	list, err := s.conf.Items(ctx)
	if err != nil {
		return Item{}, Outcome{}, err
	}
	i := slices.IndexFunc(list, func(it Item) bool { return it.ID == id })
	if i < 0 {
		return Item{}, Outcome{}, errItem
	}
	var g guide
	if err := json.Unmarshal(list[i].Body, &g); err != nil {
		return Item{}, Outcome{}, fmt.Errorf("read the guide of item %s: %w", id, err)
	}
	out, err := g.outcome(answers)
	return list[i], out, err
}
