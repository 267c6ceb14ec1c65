package flow

import (
	"context"
	"encoding/json"
	"fmt"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/flow/engine"
	"smarthall/platform/internal/store"
)

// DefaultTemplate is what cases run by whose item has no flow of its own.
const DefaultTemplate = "two-step"

// plan draws a template: nodes one after the other unless an edge says
// otherwise.
type plan struct{ engine.Definition }

func (p *plan) node(n engine.Node) *plan {
	p.Nodes = append(p.Nodes, n)
	return p
}

// user adds a step of the item's own organisation.
func (p *plan) user(id, name string, role access.Role, post string, days int, more func(*engine.Node)) *plan {
	n := engine.Node{
		ID: id, Name: name, Kind: engine.User, Assign: &engine.Assign{Org: engine.ItemOrg, Role: string(role), Post: post},
		Limit: &engine.Term{Unit: engine.WorkingDays, Days: days},
	}
	if more != nil {
		more(&n)
	}
	return p.node(n)
}

// edge joins two nodes; when empty is a plain edge, "default" the other way.
func (p *plan) edge(from, to, when, name string) *plan {
	e := engine.Edge{ID: fmt.Sprintf("e%d", len(p.Edges)+1), From: from, To: to, Name: name, When: when}
	if when == "default" {
		e.When, e.Default = "", true
	}
	p.Edges = append(p.Edges, e)
	return p
}

// line joins nodes one after the other.
func (p *plan) line(ids ...string) *plan {
	for i := 1; i < len(ids); i++ {
		p.edge(ids[i-1], ids[i], "", "")
	}
	return p
}

func begin(id, name string) *plan {
	p := &plan{engine.Definition{ID: id, Version: 1, Name: name}}
	return p.node(engine.Node{ID: "start", Name: "受理", Kind: engine.Start})
}

func decides(n *engine.Node)  { n.Decides = true }
func holdable(n *engine.Node) { n.Holdable = true }

func both(n *engine.Node) { n.Decides, n.Holdable = true, true }

var end = engine.Node{ID: "end", Name: "办结", Kind: engine.End}

// Templates are the common shapes, drawn and ready to be copied.
func Templates() []engine.Definition {
	list := []*plan{
		begin("instant", "即办").
			user("decide", "审核决定", access.RoleApprover, "窗口首席代表", 1, decides).
			node(end).line("start", "decide", "end"),
		begin(DefaultTemplate, "一审一核").
			user("review", "审查", access.RoleApprover, "经办人", 2, holdable).
			user("decide", "核准", access.RoleApprover, "负责人", 1, both).
			node(end).line("start", "review", "decide", "end"),
		begin("three-step", "受理—审查—决定").
			user("check", "受理复核", access.RoleApprover, "受理岗", 1, nil).
			user("review", "审查", access.RoleApprover, "审查岗", 3, holdable).
			user("decide", "决定", access.RoleApprover, "决定岗", 1, both).
			node(engine.Node{ID: "archive", Name: "归档", Kind: engine.Service, Action: "archive"}).
			node(end).line("start", "check", "review", "decide", "archive", "end"),
		siteSurvey(), jointReview(), countersign(),
	}
	var defs []engine.Definition
	for _, p := range list {
		defs = append(defs, engine.Placed(p.Definition))
	}
	return defs
}

// siteSurvey looks at the place if the reviewer wants it; the case is held
// meanwhile, because the time of a survey isn't counted.
func siteSurvey() *plan {
	return begin("site-survey", "现场勘验").
		user("review", "书面审查", access.RoleApprover, "审查岗", 2, nil).
		node(engine.Node{ID: "needed", Name: "需要勘验？", Kind: engine.Xor}).
		user("survey", "现场勘验", access.RoleApprover, "勘验人员", 3, holdable).
		node(engine.Node{ID: "back", Kind: engine.Xor}).
		user("decide", "决定", access.RoleApprover, "决定岗", 1, both).
		node(end).
		line("start", "review", "needed").
		edge("needed", "survey", "default", "需要").
		edge("needed", "back", `values.survey == false or opinions.review.result == "refuse"`, "不需要").
		line("survey", "back", "decide", "end")
}

// jointReview asks three bodies at once. Whoever copies it names the bodies.
func jointReview() *plan {
	return begin("joint-review", "并联会审").
		node(engine.Node{ID: "split", Kind: engine.And}).
		user("lead", "主办部门审查", access.RoleApprover, "主办部门", 3, holdable).
		user("first", "协办部门一审查", access.RoleApprover, "协办部门一", 3, holdable).
		user("second", "协办部门二审查", access.RoleApprover, "协办部门二", 3, holdable).
		node(engine.Node{ID: "join", Kind: engine.And}).
		user("decide", "汇总决定", access.RoleApprover, "主办部门负责人", 1, both).
		node(end).
		line("start", "split", "lead", "join").line("split", "first", "join").line("split", "second", "join").
		line("join", "decide", "end")
}

// countersign asks several people at one step; one refusal is enough to refuse.
func countersign() *plan {
	return begin("countersign", "会签").
		user("review", "审查", access.RoleApprover, "审查岗", 2, holdable).
		user("sign", "会签", "", "", 2, func(n *engine.Node) {
			n.Assign = nil
			n.Multi = &engine.Multi{Mode: engine.All, Veto: true, Of: []engine.Assign{
				{Org: engine.ItemOrg, Role: string(access.RoleApprover), Post: "业务科室"},
				{Org: engine.ItemOrg, Role: string(access.RoleApprover), Post: "法制机构"},
			}}
		}).
		user("decide", "决定", access.RoleApprover, "分管领导", 1, both).
		node(end).line("start", "review", "sign", "decide", "end")
}

// addTemplates keeps the templates as published definitions, a new version of
// one that this program draws otherwise. Running cases stay on theirs.
func (s *Service) addTemplates(ctx context.Context) error {
	for _, def := range Templates() {
		err := s.Store.Write(ctx, "add a template of flows", func(tx *store.Tx) error {
			_, err := tx.ExecContext(ctx, `INSERT INTO flow_definition (id, name, organisation, region, published, open, changed)
				VALUES ($1, $2, '', '', 0, 0, $3) ON CONFLICT (id) DO NOTHING`, def.ID, def.Name, store.Millis(tx.Now))
			if err != nil {
				return err
			}
			var last int
			if err := tx.QueryRowContext(ctx, `UPDATE flow_definition SET name = $1 WHERE id = $2 RETURNING published`, def.Name, def.ID).Scan(&last); err != nil {
				return err
			}
			def.Version = max(last, 1)
			body, err := json.Marshal(def)
			if err != nil {
				return err
			}
			if last > 0 {
				v, err := s.version(ctx, tx, def.ID, last)
				if err != nil || v.body == string(body) {
					return err
				}
				def.Version++
				if body, err = json.Marshal(def); err != nil {
					return err
				}
			}
			if _, err := tx.ExecContext(ctx, `INSERT INTO flow_version (definition, version, state, body, edition, author, note, reviewer, changed, published)
				VALUES ($1, $2, 'published', $3, 1, '', '', '', $4, $4)`, def.ID, def.Version, string(body), store.Millis(tx.Now)); err != nil {
				return err
			}
			return s.replace(ctx, tx, def.ID, def.Version)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
