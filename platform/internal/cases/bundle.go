package cases

import (
	"context"
	"slices"
	"strings"

	"smarthall/platform/internal/item"
)

// Bundle is what an application for a package needs: the questions, materials
// and fees of its items, each that several of them have only once (一次告知、一表
// 申请、一套材料).
type Bundle struct {
	Package item.Package `json:"package"`
	// Next are the questions to be answered now, at most one of each item.
	Next []BundleQuestion `json:"next"`
	// Answers are those given, and those that follow because another item asks
	// the same.
	Answers   map[string]item.Answers `json:"answers"`
	Done      bool                    `json:"done"`
	Materials []Material              `json:"materials"`
	Fees      []FeeLine               `json:"fees"`
	Mode      Mode                    `json:"mode" enum:"pre-review,verification,online"`
	Items     []BundleItem            `json:"items"`

	parts []part
}

// BundleQuestion is a question with the items that ask it.
type BundleQuestion struct {
	Items    []string      `json:"items"`
	Question item.Question `json:"question"`
}

// BundleItem is one item of a package.
type BundleItem struct {
	Item             string `json:"item"`
	Name             string `json:"name"`
	OrganisationName string `json:"organisationName"`
	Promised         string `json:"promised"`
}

// part is an item of a package with what the answers mean for it.
type part struct {
	item item.Item
	out  item.Outcome
}

// Bundle returns what a package needs in the case that the answers, by item,
// describe.
func (s *Service) Bundle(ctx context.Context, id string, answers map[string]item.Answers) (Bundle, error) {
	b := Bundle{Answers: map[string]item.Answers{}, Next: []BundleQuestion{}, Materials: []Material{}, Fees: []FeeLine{}, Items: []BundleItem{}, Done: true}
	var err error
	if b.Package, err = s.Items.Package(ctx, id); err != nil {
		return b, err
	}
	for name := range answers {
		if !slices.Contains(b.Package.Items, name) {
			return b, ErrAnswers.Wrong("answers."+name, "套餐中没有这个事项")
		}
	}
	said := map[string]item.Answered{} // by the question's text
	for _, name := range b.Package.Items {
		it, err := s.Items.Get(ctx, name)
		if err != nil {
			return b, err
		}
		if it.State != item.Published {
			return b, ErrItem.With("“" + it.DisplayName() + "”目前不能申请")
		}
		given := answers[name]
		out, err := it.Outcome(given)
		for err == nil && out.Next != nil {
			option := same(*out.Next, said)
			if option == "" {
				break
			}
			given = with(given, out.Next.ID, option)
			out, err = it.Outcome(given)
		}
		if err != nil {
			return b, err
		}
		if out.Refuse != "" {
			return b, ErrWrongItem.With(it.DisplayName() + "：" + out.Refuse)
		}
		for _, a := range out.Asked {
			said[a.Question.Text] = a
		}
		b.add(it, out, given, s.materials(out.Materials))
	}
	return b, nil
}

// same is the option that the answer to the same question of another item
// means, or empty.
func same(q item.Question, said map[string]item.Answered) string {
	before := said[q.Text]
	if !alike(q, before.Question) {
		return ""
	}
	i := slices.IndexFunc(q.Options, func(o item.Option) bool { return o.Text == before.Option.Text })
	if i < 0 {
		return ""
	}
	return q.Options[i].ID
}

// alike tells whether two questions are the same for whoever reads them.
func alike(a, b item.Question) bool {
	return a.Text == b.Text && slices.EqualFunc(a.Options, b.Options, func(x, y item.Option) bool { return x.Text == y.Text })
}

// with is answers with one more.
func with(answers item.Answers, question, option string) item.Answers {
	more := item.Answers{question: option}
	for q, o := range answers {
		more[q] = o
	}
	return more
}

// add joins an item to a bundle.
func (b *Bundle) add(it item.Item, out item.Outcome, given item.Answers, materials []Material) {
	if len(given) > 0 {
		b.Answers[it.ID] = given
	}
	if out.Next != nil {
		b.Done = false
		i := slices.IndexFunc(b.Next, func(q BundleQuestion) bool { return alike(q.Question, *out.Next) })
		if i < 0 {
			b.Next = append(b.Next, BundleQuestion{[]string{it.ID}, *out.Next})
		} else {
			b.Next[i].Items = append(b.Next[i].Items, it.ID)
		}
	}
	for _, m := range materials {
		b.merge(it.ID, m)
	}
	for _, f := range out.Fees {
		b.Fees = append(b.Fees, FeeLine{it.ID + "." + f.ID, f.Name, f.Amount, f.Basis})
	}
	if may := modes(it); len(may) > 0 && may[0].Visits() >= b.Mode.Visits() {
		b.Mode = may[0]
	}
	b.Items = append(b.Items, BundleItem{it.ID, it.DisplayName(), it.OrganisationName, term(out.Promised).Words()})
	b.parts = append(b.parts, part{it, out})
}

// merge asks for a material once, however many items need it; the strictest of
// them says how badly.
func (b *Bundle) merge(of string, m Material) {
	i := slices.IndexFunc(b.Materials, func(o Material) bool { return strings.TrimSpace(o.Name) == strings.TrimSpace(m.Name) })
	if i < 0 {
		id := m.ID
		m.ID, m.Items = of+"."+id, map[string]string{of: id}
		b.Materials = append(b.Materials, m)
		return
	}
	o := &b.Materials[i]
	o.Items[of] = m.ID
	if m.Need != o.Need { // what one item takes instead, the other doesn't
		o.Need = item.Must
	}
	if o.Source == Shared && m.Source != Shared { // one of them has to be brought it
		o.Source, o.Trust = m.Source, m.Trust
	}
	o.Originals, o.Copies = max(o.Originals, m.Originals), o.Copies+m.Copies
	if o.Standard != m.Standard && m.Standard != "" && !strings.Contains(o.Standard, m.Standard) {
		o.Standard = strings.TrimSpace(o.Standard + " " + m.Standard)
	}
}
