package demo

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"smarthall/internal/calendar"
	"smarthall/platform/internal/cases"
	"smarthall/platform/internal/evaluation"
	"smarthall/platform/internal/files"
	"smarthall/platform/internal/flow"
	"smarthall/platform/internal/item"
	"smarthall/platform/internal/supervision"
)

// deed does one step of a story's way; text is what stands after the verb.
type deed func(ctx context.Context, l *living, story int, text string) error

// deeds are what the steps of stories are made of.
var deeds = map[string]deed{
	"window": window, "online": online, "hand-in": handIn, "notice": tellMissing, "supplement": supplement, "accept": accept, "prepare": prepare, "refuse-case": refuse,
	"decide": decide, "pay": pay, "deliver": deliver, "rate": rate, "rectify": rectify, "urge": urge, "withdraw": withdraw,
	"pass": act("pass"), "refuse": refuseOr, "return": act("return"), "claim": act("claim"), "hold": act("hold"), "resume": act("resume"),
	"ask-extension": act("ask-extension"), "terminate": act("terminate"),
}

// party is who applies in a story.
type party struct{ Name, IDNumber, Phone, LegalName, CreditCode string }

func (s story) applicant() (party, error) {
	var p party
	if s.Who != "" {
		words := strings.Fields(s.Who)
		if len(words) != 3 {
			return p, fmt.Errorf("who is %q", s.Who)
		}
		p.Name, p.IDNumber, p.Phone = words[0], words[1], words[2]
	}
	if s.Legal != "" {
		words := strings.Fields(s.Legal)
		if len(words) != 2 {
			return p, fmt.Errorf("what body is %q", s.Legal)
		}
		p.LegalName, p.CreditCode = words[0], words[1]
	}
	return p, nil
}

// party is who applies in a story, an account's owner as the register has her.
func (l *living) party(i int) (party, error) {
	s := l.Stories[i]
	p, err := s.applicant()
	if s.By != "" {
		known := l.people[s.By]
		p.Name, p.IDNumber, p.Phone = known.Name, known.Number, known.Phone
	}
	return p, err
}

// values fill in the story's form.
func (l *living) values(i int, p party) map[string]any {
	if l.Stories[i].Form == "food" {
		return map[string]any{
			"name": p.LegalName, "code": p.CreditCode, "representative": p.Name, "phone": p.Phone, "years": "5",
			"address": map[string]any{"region": region, "area": "东湖市东湖区", "street": "人民路 " + strconv.Itoa(100+i) + " 号"},
			"area":    120 + 10*i, "kitchen": 40, "seats": 40, "delivery": false, "items": []any{"hot", "drink"}, "water": "public",
			"manager": map[string]any{"name": p.Name, "number": p.IDNumber, "phone": p.Phone},
			"staff":   []any{map[string]any{"name": p.Name, "number": p.IDNumber, "job": "厨师", "health": l.today.Add(200).String()}},
		}
	}
	v := map[string]any{"kind": "person", "name": p.Name, "number": p.IDNumber, "phone": p.Phone, "matter": "申请办理，材料随附（演示）。", "declared": true}
	if p.LegalName != "" {
		v["kind"], v["company"], v["companyCode"], v["representative"] = "legal", p.LegalName, p.CreditCode, p.Name
	}
	return v
}

// answers go through an item's situation as the story says, else the first way
// that leads to an end.
func (l *living) answers(ctx context.Context, s story) (item.Answers, error) {
	answers := item.Answers{}
	for {
		out, err := l.Items.Outcome(ctx, s.Item, answers)
		if err != nil || out.Next == nil {
			return answers, err
		}
		i := slices.IndexFunc(out.Next.Options, func(o item.Option) bool {
			said, ok := s.Answers[out.Next.ID]
			return o.Refuse == "" && (!ok || o.ID == said)
		})
		if i < 0 {
			return nil, fmt.Errorf("no way through %s", s.Item)
		}
		answers[out.Next.ID] = out.Next.Options[i].ID
	}
}

// window begins a case for whoever stands at the window, and fills it in.
func window(ctx context.Context, l *living, i int, _ string) error {
	s := l.Stories[i]
	p, err := l.party(i)
	if err != nil {
		return err
	}
	answers, err := l.answers(ctx, s)
	if err != nil {
		return err
	}
	ctx = l.as(ctx, clerk)
	c, _, err := l.Cases.MakeAtWindow(ctx, cases.AtWindow{
		Item: s.Item, Answers: answers, Name: p.Name, IDNumber: p.IDNumber, Phone: p.Phone, LegalName: p.LegalName, CreditCode: p.CreditCode,
		Hall: "demo", Window: strconv.Itoa(1 + i%6),
	}, "")
	if err != nil {
		return err
	}
	l.cases[i] = c.ID
	_, err = l.Cases.Fill(ctx, c.ID, l.values(i, p), c.Edition)
	return err
}

// emptyPDF is the smallest file that counts as a document.
const emptyPDF = "%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\nstartxref\n9\n%%EOF\n"

// online applies as the owner of an account does.
func online(ctx context.Context, l *living, i int, _ string) error {
	s := l.Stories[i]
	answers, err := l.answers(ctx, s)
	if err != nil {
		return err
	}
	p, err := l.party(i)
	if err != nil {
		return err
	}
	ctx = as(ctx, l.people[s.By].ID)
	c, _, err := l.Cases.Draft(ctx, cases.Application{Item: s.Item, Answers: answers}, "")
	if err != nil {
		return err
	}
	l.cases[i] = c.ID
	values := l.values(i, p)
	maps.Copy(values, c.Dossier.Values)
	if _, err := l.Cases.Fill(ctx, c.ID, values, c.Edition); err != nil {
		return err
	}
	for _, m := range c.Dossier.Materials {
		if m.Source != cases.NotProvided || !m.Electronic {
			continue
		}
		how := cases.Provide{Promise: m.Need == item.Promise}
		if !how.Promise {
			f, err := l.Files.Upload(ctx, files.Upload{Name: m.Name + ".pdf", Reader: strings.NewReader(emptyPDF)})
			if err != nil {
				return err
			}
			how.Files = []string{f.ID}
		}
		if _, err := l.Cases.Provide(ctx, c.ID, m.ID, how); err != nil {
			return err
		}
	}
	to := cases.Delivery{Way: cases.ByPost, Name: p.Name, Phone: p.Phone, Address: "东湖市东湖区学院路 66 号（演示）"}
	if _, err := l.Cases.SetDelivery(ctx, c.ID, to); err != nil {
		return err
	}
	_, _, err = l.Cases.Submit(ctx, c.ID, "")
	return err
}

func handIn(ctx context.Context, l *living, i int, _ string) error {
	_, _, err := l.Cases.Submit(l.as(ctx, clerk), l.cases[i], "")
	return err
}

func tellMissing(ctx context.Context, l *living, i int, text string) error {
	_, err := l.Cases.Notify(l.as(ctx, clerk), l.cases[i], cases.Notice{More: []string{text}})
	return err
}

func supplement(ctx context.Context, l *living, i int, _ string) error { return handIn(ctx, l, i, "") }

// prepare passes a pre-review: what is only shown waits for the applicant.
func prepare(ctx context.Context, l *living, i int, _ string) error {
	ctx = l.as(ctx, clerk)
	c, err := l.Cases.Mine(ctx, l.cases[i])
	if err != nil {
		return err
	}
	for _, m := range c.Dossier.Materials {
		if m.Source == cases.NotProvided {
			continue
		}
		if _, err := l.Cases.Examine(ctx, c.ID, []cases.Finding{{Material: m.ID, Result: cases.Good}}); err != nil {
			return err
		}
	}
	_, err = l.Cases.Prepare(ctx, c.ID)
	return err
}

// accept finds all materials good and accepts the case; "defer 5" lets what the
// guide allows come in five working days.
func accept(ctx context.Context, l *living, i int, text string) error {
	ctx = l.as(ctx, clerk)
	c, err := l.Cases.Mine(ctx, l.cases[i])
	if err != nil {
		return err
	}
	how := cases.Acceptance{Originals: true, Hall: "demo", Window: strconv.Itoa(1 + i%6)}
	days, later := 0, false
	if rest, ok := strings.CutPrefix(text, "defer "); ok {
		if days, err = strconv.Atoi(rest); err != nil {
			return err
		}
		later = true
	}
	var found []cases.Finding
	for _, m := range c.Dossier.Materials {
		if later && m.Need == item.Tolerable {
			due, err := l.calendar.Add(calendar.On(l.now.In(zone)), days)
			if err != nil {
				return err
			}
			how.Deferred = append(how.Deferred, cases.Deferral{Material: m.ID, Due: due.String()})
			continue
		}
		found = append(found, cases.Finding{Material: m.ID, Result: cases.Good})
	}
	if len(found) > 0 {
		if _, err := l.Cases.Examine(ctx, c.ID, found); err != nil {
			return err
		}
	}
	_, _, err = l.Cases.Accept(ctx, c.ID, how, "")
	return err
}

func refuse(ctx context.Context, l *living, i int, text string) error {
	_, err := l.Cases.RefuseCase(l.as(ctx, clerk), l.cases[i], text)
	return err
}

// decide decides an instant case at the window: "ok", or why not.
func decide(ctx context.Context, l *living, i int, text string) error {
	d := cases.Decision{Approved: text == "ok"}
	if !d.Approved {
		d.Reason = text
	}
	_, err := l.Cases.DecideNow(l.as(ctx, clerk), l.cases[i], d)
	return err
}

func pay(ctx context.Context, l *living, i int, _ string) error {
	ctx = l.as(ctx, clerk)
	c, err := l.Cases.Mine(ctx, l.cases[i])
	if err != nil {
		return err
	}
	_, err = l.Payments.PaidAtWindow(ctx, c.Dossier.Payment, "演示收费，未发生真实扣款")
	return err
}

func deliver(ctx context.Context, l *living, i int, _ string) error {
	_, err := l.Cases.HandOver(l.as(ctx, clerk), l.cases[i], cases.Taker{By: cases.ByOther, Note: "出示身份证，本人领取"})
	return err
}

// rate rates the case by the link that the applicant got: "5 words".
func rate(ctx context.Context, l *living, i int, text string) error {
	c, err := l.Cases.Mine(l.as(ctx, clerk), l.cases[i])
	if err != nil {
		return err
	}
	points, words, _ := strings.Cut(text, " ")
	score, err := strconv.Atoi(points)
	if err != nil {
		return err
	}
	token := c.Dossier.Rate[strings.LastIndex(c.Dossier.Rate, "/")+1:]
	_, err = l.Evaluation.RateByLink(ctx, token, score, nil, words)
	return err
}

// rectify explains how a bad rating came.
func rectify(ctx context.Context, l *living, i int, text string) error {
	chief, err := l.chief(ctx, i)
	if err != nil {
		return err
	}
	ctx = l.as(ctx, chief)
	list, _, err := l.Evaluation.Rectifications(ctx, evaluation.Filter{Limit: 20})
	if err != nil {
		return err
	}
	k := slices.IndexFunc(list, func(r evaluation.Rectification) bool { return r.Rating.Case == l.cases[i] })
	if k < 0 {
		return fmt.Errorf("case %s has no rectification", l.cases[i])
	}
	_, err = l.Evaluation.Rectify(ctx, list[k].ID, evaluation.Explaining, text)
	return err
}

// chief is the chief representative of the story's body.
func (l *living) chief(ctx context.Context, i int) (string, error) {
	it, err := l.Items.Get(ctx, l.Stories[i].Item)
	if err != nil {
		return "", err
	}
	return l.of(it.Organisation, true)
}

// urge issues an urging notice, which is still to be answered.
func urge(ctx context.Context, l *living, i int, text string) error {
	if err := l.hear(ctx); err != nil { // supervision knows the case
		return err
	}
	due, err := l.calendar.Add(l.today, 3)
	if err != nil {
		return err
	}
	_, err = l.Supervision.Issue(l.as(ctx, supervisor), supervision.Order{Case: l.cases[i], Subject: "超期办件督办", Text: text, Due: due.String()})
	return err
}

func withdraw(ctx context.Context, l *living, i int, _ string) error {
	_, err := l.Cases.Withdraw(as(ctx, l.people[l.Stories[i].By].ID), l.cases[i], "另行准备后再申请")
	return err
}

// refuseOr refuses acceptance, or what a task asks for.
func refuseOr(ctx context.Context, l *living, i int, text string) error {
	c, err := l.Cases.Mine(l.as(ctx, clerk), l.cases[i])
	if err != nil {
		return err
	}
	if c.State == cases.Accepted {
		return act("refuse")(ctx, l, i, text)
	}
	return refuse(ctx, l, i, text)
}

// act does something with the task of a node: "node words", for a hold "node
// reason days words", for an extension "node days words", for a return "node
// target words".
func act(verb string) deed {
	return func(ctx context.Context, l *living, i int, text string) error {
		node, words, _ := strings.Cut(text, " ")
		req := flow.Request{Opinion: words}
		var err error
		switch verb {
		case "pass":
			if words == "" {
				req.Opinion = "材料齐全，符合条件，同意。"
			}
			if node == "survey" || l.bound(i) == "site-survey" && node == "review" {
				req.Values = map[string]any{"survey": true}
			}
		case "return":
			req.Node, req.Opinion, _ = strings.Cut(words, " ")
			req.Direct = true
		case "hold":
			req.Reason, words, _ = strings.Cut(words, " ")
			words, req.Opinion, _ = strings.Cut(words, " ")
			req.Days, err = strconv.Atoi(words)
		case "ask-extension":
			words, req.Opinion, _ = strings.Cut(words, " ")
			req.Days, err = strconv.Atoi(words)
		}
		if err != nil {
			return err
		}
		return l.act(ctx, i, node, verb, req)
	}
}

// bound is the template that a story's item is bound to.
func (l *living) bound(i int) string { return l.Bindings[l.Stories[i].Item] }

// act finds the task of a story's node among those of whoever may have it,
// claims it and does what is wanted. The chief decides; at a countersigning one
// after the other has her say.
func (l *living) act(ctx context.Context, i int, node, verb string, req flow.Request) error {
	task, err := l.open(ctx, i, node)
	if err != nil {
		return err
	}
	who, err := l.of(task.Organisation, node == "decide" || verb == "terminate")
	if err != nil {
		return err
	}
	ctx = l.as(ctx, who)
	if task.Person == "" {
		if _, err := l.Flow.Act(ctx, task.ID, "claim", "", flow.Request{}); err != nil {
			return err
		}
	}
	if verb == "claim" {
		return nil
	}
	_, err = l.Flow.Act(ctx, task.ID, verb, "", req)
	return err
}

// open is the open task of a story's node, whoever has it.
func (l *living) open(ctx context.Context, i int, node string) (flow.Task, error) {
	for _, account := range slices.Sorted(maps.Keys(l.staff)) {
		if c := l.staff[account]; !c.Has("chief-representative") {
			continue
		}
		page, err := l.Flow.Tasks(l.as(ctx, account), flow.Organisation, "", 200)
		if err != nil {
			return flow.Task{}, err
		}
		k := slices.IndexFunc(page.Tasks, func(t flow.Task) bool { return t.Case == l.cases[i] && t.Node == node })
		if k >= 0 {
			return page.Tasks[k], nil
		}
	}
	return flow.Task{}, fmt.Errorf("case %s has no open task %q", l.cases[i], node)
}

// drawFlows draws, proposes and publishes the city's own flows, and binds items
// to them.
func (l *living) drawFlows(ctx context.Context) error {
	editor, reviewer := l.as(ctx, "shenbian"), l.as(ctx, "zhongxin")
	for _, f := range l.Flows {
		_, def, err := l.Flow.Definition(editor, f.Copy, 0)
		if err != nil {
			return fmt.Errorf("flow %s: %w", f.Copy, err)
		}
		own := *def
		own.ID, own.Name, own.Nodes = "", f.Name, slices.Clone(def.Nodes)
		for i, n := range own.Nodes {
			if org := f.Seats[n.ID]; org != "" {
				assign := *n.Assign
				assign.Org, assign.Post = org, ""
				own.Nodes[i].Assign, own.Nodes[i].Name = &assign, f.Names[n.ID]
			}
		}
		v, err := l.Flow.Save(editor, own, 0)
		if err != nil {
			return fmt.Errorf("flow %s: %w", f.Name, err)
		}
		if err := l.Flow.Propose(editor, v.Definition, v.Edition, "演示流程"); err != nil {
			return fmt.Errorf("flow %s: %w", f.Name, err)
		}
		if v, _, err = l.Flow.Definition(reviewer, v.Definition, 0); err != nil {
			return err
		}
		if err := l.Flow.Publish(reviewer, v.Definition, v.Edition, true, "同意"); err != nil {
			return fmt.Errorf("flow %s: %w", f.Name, err)
		}
		if err := l.Flow.Bind(reviewer, f.Item, v.Definition); err != nil {
			return fmt.Errorf("flow %s: %w", f.Name, err)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(l.Bindings)) {
		if err := l.Flow.Bind(reviewer, id, l.Bindings[id]); err != nil {
			return fmt.Errorf("bind %s: %w", id, err)
		}
	}
	return nil
}
