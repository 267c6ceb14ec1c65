package server

import (
	"context"
	"net/url"
	"strings"

	"smarthall/platform/internal/evaluation"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/item"
	"smarthall/platform/internal/knowledge"
)

// Bounds of an automatic answer: its text in characters, what is listed in it,
// and the links behind it.
const (
	guidanceLength = 400
	guidanceList   = 12
	guidanceLinks  = 3
)

// publicKnowledge are the kinds of knowledge that may be told to the public;
// what the staff wrote for itself never is.
var publicKnowledge = map[knowledge.Kind]bool{knowledge.Question: true, knowledge.Policy: true, knowledge.Contact: true, knowledge.Guide: true}

// guide answers a question of a conversation by what is published: by the item
// it is about, then by the knowledge base, then by items that fit.
func (c *contexts) guide(ctx context.Context, text, id string) (evaluation.Guidance, error) {
	var g evaluation.Guidance
	if id != "" {
		it, err := c.items.Get(ctx, id)
		if err != nil && fault.Of(err) == nil {
			return g, err
		}
		if err == nil {
			g.Text = aboutItem(it, text)
			g.Links = append(g.Links, evaluation.Link{Title: it.DisplayName() + "办事指南", Path: "/items/" + url.PathEscape(it.ID)})
		}
	}
	if g.Text == "" {
		found, err := c.knownAbout(ctx, text, id)
		if err != nil {
			return g, err
		}
		g.Text = found.Text
		g.Links = append(g.Links, found.Links...)
	}
	if id != "" && g.Text != "" {
		return g, nil
	}
	return c.guideToItems(ctx, text, id, g)
}

// guideToItems adds the items that fit a question.
func (c *contexts) guideToItems(ctx context.Context, text, id string, g evaluation.Guidance) (evaluation.Guidance, error) {
	found, err := c.items.Search(ctx, item.Query{Text: text, Limit: guidanceLinks})
	if err != nil {
		return g, err
	}
	fits := false
	for _, h := range found.Hits {
		path := "/items/" + url.PathEscape(h.ID)
		known := h.ID == id
		for _, l := range g.Links {
			known = known || l.Path == path
		}
		if !known && len(g.Links) < guidanceLinks {
			g.Links, fits = append(g.Links, evaluation.Link{Title: h.Name, Path: path}), true
		}
	}
	switch {
	case g.Text != "":
	case fits:
		g.Text = "您可能要问下面的事项，指南里有材料、时限和地点。没有找到答案，可以转人工。"
	case len(g.Links) > 0:
		g.Text = "可以先看办事指南。没有找到答案，可以换个说法再问，或者转人工。"
	}
	return g, nil
}

// knownAbout is the best of the knowledge that the public may read, if it fits
// all that was asked.
func (c *contexts) knownAbout(ctx context.Context, text, id string) (g evaluation.Guidance, err error) {
	found, err := c.knowledge.Search(ctx, knowledge.Query{Text: text, Item: id, Limit: 10})
	if err != nil || found.Loose {
		return g, err
	}
	for _, h := range found.Hits {
		if h.Origin == knowledge.FromStaff || !publicKnowledge[h.Kind] {
			continue
		}
		g.Text = clipText(h.Title + "\n" + h.Body)
		switch {
		case h.Origin == knowledge.FromAnswer:
			g.Links = append(g.Links, evaluation.Link{Title: "公开答复", Path: "/answers?q=" + url.QueryEscape(h.Title)})
		case h.Item != "" && h.Item != id:
			g.Links = append(g.Links, evaluation.Link{Title: h.ItemName + "办事指南", Path: "/items/" + url.PathEscape(h.Item)})
		}
		return g, nil
	}
	return g, nil
}

// asks are the things that are most asked of an item: words of the question, and
// what the item says.
var asks = []struct {
	words []string
	tell  func(it *item.Item) string
}{
	{[]string{"材料", "带什么", "要什么", "准备"}, materialsOf},
	{[]string{"多久", "几天", "时限", "多长时间", "什么时候办好"}, func(it *item.Item) string {
		return "承诺办结时限：" + it.Promised.Text() + "；法定办结时限：" + it.Statutory.Text() + "。"
	}},
	{[]string{"收费", "多少钱", "费用", "要钱"}, func(it *item.Item) string { return "收费：" + it.FeeText() + "。" }},
	{[]string{"哪里", "在哪", "地址", "地点", "几点", "上班"}, placesOf},
	{[]string{"电话"}, phonesOf},
	{[]string{"条件", "资格", "能不能办", "可以办吗"}, func(it *item.Item) string { return listed("受理条件：", it.Conditions) }},
	{[]string{"流程", "步骤", "怎么办"}, stepsOf},
}

// aboutItem is what an item says to a question about it; empty if the question
// is another. FAQ that have the very question come first.
func aboutItem(it item.Item, text string) string {
	for _, q := range it.FAQ {
		if bare := strings.Trim(q.Question, "？?。 "); bare != "" && strings.Contains(text, bare) {
			return clipText(q.Answer)
		}
	}
	var parts []string
	for _, a := range asks {
		for _, w := range a.words {
			if strings.Contains(text, w) {
				if told := a.tell(&it); told != "" {
					parts = append(parts, told)
				}
				break
			}
		}
	}
	return clipText(strings.Join(parts, "\n"))
}

func materialsOf(it *item.Item) string {
	names := make([]string, 0, len(it.Materials))
	for _, m := range it.Materials {
		if m.When != "" {
			names = append(names, m.Name+"（"+m.When+"）")
		} else {
			names = append(names, m.Name)
		}
	}
	return listed("申请材料：", names)
}

func placesOf(it *item.Item) string {
	lines := make([]string, 0, len(it.Places))
	for _, p := range it.Places {
		lines = append(lines, strings.TrimSpace(p.Name+" "+p.Window+"，"+p.Address+"，"+p.Hours))
	}
	return listed("办理地点：", lines)
}

func phonesOf(it *item.Item) string {
	var lines []string
	for _, c := range it.Consultations {
		if c.Where != "" {
			lines = append(lines, c.Way.Word()+"："+c.Where)
		}
	}
	return listed("咨询方式：", lines)
}

func stepsOf(it *item.Item) string {
	names := make([]string, 0, len(it.Steps))
	for _, s := range it.Steps {
		names = append(names, s.Name)
	}
	return listed("办理流程：", names)
}

// listed writes lines below a title, not too many.
func listed(title string, lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	if len(lines) > guidanceList {
		lines = append(lines[:guidanceList:guidanceList], "……")
	}
	return title + "\n" + strings.Join(lines, "\n")
}

// clipText bounds an automatic answer.
func clipText(text string) string {
	if r := []rune(strings.TrimSpace(text)); len(r) > guidanceLength {
		return string(r[:guidanceLength-1]) + "…"
	}
	return strings.TrimSpace(text)
}
