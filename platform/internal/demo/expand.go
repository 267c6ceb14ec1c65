package demo

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"smarthall/platform/internal/item"
)

// expand makes the platform's form of a file of guides.
func (c *City) expand(g guideFile) (item.Data, error) {
	d := item.Data{Packages: g.Packages}
	for _, line := range g.Synonyms {
		words := strings.Fields(line)
		if len(words) < 2 {
			return d, fmt.Errorf("synonym %q means nothing", line)
		}
		d.Synonyms = append(d.Synonyms, item.Synonyms{Word: words[0], Means: words[1:]})
	}
	for _, short := range g.Items {
		if short.Name != "" {
			e, err := c.entry(short)
			if err != nil {
				return d, fmt.Errorf("item %s: %w", short.ID, err)
			}
			d.Catalogue = append(d.Catalogue, e)
		}
		it, err := c.item(short)
		if err != nil {
			return d, fmt.Errorf("item %s: %w", short.ID, err)
		}
		d.Items = append(d.Items, it)
	}
	return d, nil
}

// entry is the catalogue's part of a guide.
func (c *City) entry(g guide) (item.Entry, error) {
	e := item.Entry{BasicCode: g.Code, Name: g.Name, Type: g.Type, Parent: g.Parent, Level: cmp.Or(g.Listed, item.LevelNational)}
	for _, line := range g.Bases {
		p, err := parts(line, 3)
		if err != nil {
			return e, err
		}
		i := slices.IndexFunc(c.laws, func(l law) bool { return l.Short == p[0] })
		if i < 0 {
			return e, fmt.Errorf("no law %q", p[0])
		}
		e.Bases = append(e.Bases, item.Basis{Law: c.laws[i].full(), Article: p[1], Text: p[2]})
	}
	return e, nil
}

// item is the implementing body's part of a guide.
func (c *City) item(g guide) (item.Item, error) {
	i := slices.IndexFunc(c.departments, func(d department) bool { return d.ID == g.Org })
	if i < 0 {
		return item.Item{}, fmt.Errorf("no department %q", g.Org)
	}
	org := c.departments[i]
	it := item.Item{ID: g.ID, BasicCode: g.Code, Reason: "首次发布", Local: item.Local{
		Title: g.Title, Organisation: g.Org, Region: org.Region, Level: cmp.Or(g.Level, item.LevelCounty),
		Summary: g.Summary, Keywords: g.Keywords, Objects: g.Objects, Themes: g.Themes,
		Class: g.Class, Form: g.Form, Online: g.Online, Visits: g.Visits, Scope: g.Scope, ScopeNote: g.ScopeNote,
		Content: g.Content, Authority: g.Authority, Conditions: g.Conditions, Quota: g.Quota,
		Statutory: item.Limit(g.Statutory), Promised: item.Limit(g.Promised), Fees: g.Fees, Situation: g.situation(), Review: g.Review,
		Result: item.Result{
			Name: g.Result.Name, Kind: g.Result.Kind, Valid: g.Result.Valid, Licence: g.Result.Licence,
			Sample: item.File{Name: g.Result.Name + "样本.txt", Text: g.Result.Sample},
		},
		Bookable: g.Bookable != "", BookingNote: g.Bookable, OnlinePayment: g.Pay, Delivery: g.Delivery,
		Supervision: org.supervision(), Mistakes: g.Mistakes, Rights: g.Rights, Before: g.Before, After: g.After,
	}}
	if it.Rights == nil {
		it.Rights = org.rights(g.Type.Nature() == "power")
	}
	online := g.Online == item.OnlinePreview || g.Online == item.OnlineAccept || g.Online == item.OnlineWhole
	for _, p := range g.Materials {
		m, err := c.materials.material(p, online)
		if err != nil {
			return it, err
		}
		it.Materials = append(it.Materials, m)
	}
	for _, at := range g.At {
		p, err := c.halls.place(at)
		if err != nil {
			return it, err
		}
		it.Places = append(it.Places, p)
	}
	it.Consultations = org.consultations(it.Places)
	return it, g.texts(&it)
}

// texts expands what a guide says in lines.
func (g guide) texts(it *item.Item) error {
	for _, line := range g.Steps {
		p, err := parts(line, 5)
		if err != nil {
			return err
		}
		text, special := strings.CutPrefix(p[3], "不计入")
		l, err := parseLimit(text)
		if err != nil {
			return fmt.Errorf("step %s: %w", p[0], err)
		}
		it.Steps = append(it.Steps, item.Step{Name: p[0], Text: p[1], Post: p[2], Limit: l, Special: special, Output: p[4]})
	}
	for _, line := range g.FAQ {
		p, err := parts(line, 2)
		if err != nil {
			return err
		}
		it.FAQ = append(it.FAQ, item.Asked{Question: p[0], Answer: p[1]})
	}
	return nil
}

func (g guide) situation() (s item.Situation) {
	for _, q := range g.Questions {
		to := item.Question{ID: q.ID, Text: q.Text, Help: q.Help}
		for _, o := range q.Options {
			to.Options = append(to.Options, item.Option{
				ID: o.ID, Text: o.Text, Next: o.Next, Materials: o.Materials, Fees: o.Fees, Without: o.Without,
				Promised: (*item.Limit)(o.Promised), Note: o.Note, Refuse: o.Refuse, Instead: o.Instead,
			})
		}
		s.Questions = append(s.Questions, to)
	}
	return s
}

// place reads "hall/service window" or "@place".
func (h halls) place(at string) (item.Place, error) {
	if id, ok := strings.CutPrefix(at, "@"); ok {
		i := slices.IndexFunc(h.Places, func(p place) bool { return p.ID == id })
		if i < 0 {
			return item.Place{}, fmt.Errorf("no place %q", id)
		}
		p := h.Places[i]
		return item.Place{Name: p.Name, Address: p.Address, Window: p.Window, Hours: p.Hours, Phone: p.Phone, Traffic: p.Traffic}, nil
	}
	where, window, _ := strings.Cut(at, " ")
	id, service, _ := strings.Cut(where, "/")
	i := slices.IndexFunc(h.Halls, func(in hall) bool { return in.ID == id })
	if i < 0 || !slices.Contains(h.Halls[i].Services, service) {
		return item.Place{}, fmt.Errorf("no hall with the service %q", where)
	}
	in := h.Halls[i]
	return item.Place{
		Hall: in.ID, Service: service, Name: in.Name, Address: in.Address, Window: window, Hours: in.Hours, Phone: in.Telephone, Traffic: in.Traffic,
	}, nil
}

const office = "工作日 9:00-17:00"

// consultations are the ways to ask the body about one of its items.
func (d department) consultations(at []item.Place) []item.Consultation {
	var list []item.Consultation
	if len(at) > 0 {
		list = append(list, item.Consultation{Way: item.ByWindow, Where: at[0].Name + at[0].Window, Hours: at[0].Hours, Reply: "当场答复"})
	}
	list = append(list, item.Consultation{Way: item.ByTelephone, Where: d.Telephone, Hours: office, Reply: "当场答复"})
	if d.Hotline != "" {
		list = append(list, item.Consultation{Way: item.ByTelephone, Where: d.Hotline, Hours: "全天", Reply: "当场答复或 2 个工作日内回电"})
	}
	return append(list,
		item.Consultation{Way: item.ByOnline, Where: "本页“我要咨询”", Hours: "全天", Reply: "2 个工作日内"},
		item.Consultation{Way: item.ByLetter, Where: d.Address + " " + d.Name + d.Office, Reply: "收到之日起 5 个工作日内"},
	)
}

// supervision are the ways to complain about the body.
func (d department) supervision() []item.Consultation {
	return []item.Consultation{
		{Way: item.ByTelephone, Where: d.Complaint, Hours: office, Reply: "5 个工作日内"},
		{Way: item.ByTelephone, Where: "12345", Hours: "全天", Reply: "5 个工作日内"},
		{Way: item.ByWindow, Where: "东湖区政务服务中心“办不成事”反映窗口", Hours: office, Reply: "当场登记"},
	}
}

// rights are what one can do about a decision of the body, or about a service.
func (d department) rights(power bool) []string {
	if !power {
		return []string{"有权查询办理进度，了解不予办理的理由。", "对服务有意见的，可以拨打 " + d.Complaint + " 或者 12345 反映。"}
	}
	to := map[string]string{"tax": "东湖市税务局", "fund": "东湖市人民政府"}
	return []string{
		"申请人有权陈述、申辩，有权要求书面说明不予办理的理由。",
		"对决定不服的，可以自知道之日起 60 日内向" + cmp.Or(to[d.ID], "东湖区人民政府") + "申请行政复议，或者自知道之日起 6 个月内向人民法院提起行政诉讼。",
	}
}
