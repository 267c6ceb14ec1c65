package flow

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"smarthall/platform/internal/flow/engine"
	"smarthall/platform/internal/limit"
	"smarthall/platform/internal/store"
)

// NodeState is where a case stands at one node.
type NodeState string

// The states.
const (
	NodeWaiting  NodeState = "waiting"  // not come to yet
	NodeNow      NodeState = "now"      // somebody has it
	NodeReturned NodeState = "returned" // somebody has it again
	NodeHeld     NodeState = "held"     // it stands
	NodeDone     NodeState = "done"
	NodeSkipped  NodeState = "skipped" // the flow is over without it
)

// Word is the state as people read it.
func (n NodeState) Word() string {
	switch n {
	case NodeNow:
		return "办理中"
	case NodeReturned:
		return "退回重办"
	case NodeHeld:
		return "已暂停"
	case NodeDone:
		return "已办结"
	case NodeSkipped:
		return "未经过"
	default:
		return "待办理"
	}
}

// Progress is where a case stands.
type Progress struct {
	Status     Status         `json:"status" enum:"running,held,ended,terminated"`
	Definition string         `json:"definition"`
	Version    int            `json:"version"`
	Name       string         `json:"name"`
	HoldReason string         `json:"holdReason,omitempty"`
	Nodes      []ProgressNode `json:"nodes"`

	def *engine.Definition
}

// ProgressNode is one step of a flow with where the case stands there.
type ProgressNode struct {
	Node  string         `json:"node"`
	Name  string         `json:"name"`
	Kind  engine.Kind    `json:"kind"`
	State NodeState      `json:"state" enum:"waiting,now,returned,held,done,skipped"`
	Word  string         `json:"word"`
	Seats []ProgressSeat `json:"seats,omitempty"`
	// Opened and Done are those of the newest passage.
	Opened time.Time      `json:"opened,omitzero"`
	Done   time.Time      `json:"done,omitzero"`
	Limit  *limit.Reading `json:"limit,omitempty"`
}

// ProgressSeat is who is asked at a node. The public doesn't learn the person.
type ProgressSeat struct {
	Organisation     string    `json:"organisation"`
	OrganisationName string    `json:"organisationName"`
	Post             string    `json:"post,omitempty"`
	Person           string    `json:"person,omitempty"`
	State            string    `json:"state"`
	Result           string    `json:"result,omitempty"`
	Opinion          string    `json:"opinion,omitempty"`
	Opened           time.Time `json:"opened"`
	Done             time.Time `json:"done,omitzero"`
}

// OfCase tells where a case stands, with persons and opinions, or ErrNone.
func (s *Service) OfCase(ctx context.Context, caseID string) (Progress, error) {
	v, err := s.look(ctx, caseID)
	if err != nil {
		return Progress{}, err
	}
	return s.progress(ctx, v.in, v.rows, false)
}

// PublicOfCase is OfCase without persons and opinions.
func (s *Service) PublicOfCase(ctx context.Context, caseID string) (Progress, error) {
	v, err := s.look(ctx, caseID)
	if err != nil {
		return Progress{}, err
	}
	return s.progress(ctx, v.in, v.rows, true)
}

// maxSeen is how many flows that were looked at are kept decoded.
const maxSeen = 500

// seen is a case's flow as it is at an edition. Nobody changes it.
type seen struct {
	in   *instance
	rows []taskRow
}

// look reads a case's flow with its tasks, or returns ErrNone.
func (s *Service) look(ctx context.Context, caseID string) (v seen, err error) {
	q := s.Store.Read()
	var edition int64
	err = q.QueryRowContext(ctx, `SELECT edition FROM flow_instance WHERE case_id = $1`, caseID).Scan(&edition)
	if store.IsNone(err) {
		return v, ErrNone
	}
	if err != nil {
		return v, fmt.Errorf("look at the flow of %s: %w", caseID, err)
	}
	if v, ok := s.seen.Get(caseID, edition); ok {
		return v, nil
	}
	if v.in, err = s.instance(ctx, q, caseID); err != nil {
		return v, err
	}
	if v.rows, err = s.tasksOf(ctx, q, caseID); err != nil {
		return v, err
	}
	// Tasks of a later edition may be among them: then nobody will find this one.
	s.seen.Put(caseID, v.in.edition, v)
	return v, nil
}

func (s *Service) progress(ctx context.Context, in *instance, rows []taskRow, public bool) (Progress, error) {
	p := Progress{Status: in.status, Definition: in.Definition, Version: in.version, Name: in.def.Name, Nodes: []ProgressNode{}, def: in.def}
	if h := in.state.Held; h != nil {
		p.HoldReason = ReasonName(h.Reason)
	}
	reckon, err := s.reckoner(ctx, in.Region)
	if err != nil {
		return p, err
	}
	layer := engine.Layers(in.def)
	for i := range in.def.Nodes {
		n := &in.def.Nodes[i]
		if n.Kind != engine.User && n.Kind != engine.Timer && n.Kind != engine.Service {
			continue
		}
		shown := ProgressNode{Node: n.ID, Name: n.Name, Kind: n.Kind, State: stateOf(in, n)}
		shown.Word = shown.State.Word()
		s.seats(ctx, in, n, rows, public, &shown)
		if clock := newest(in, n, rows); clock != nil && shown.State != NodeWaiting {
			read, err := reckon.Read(*clock, "本环节", s.Store.Now())
			if err != nil {
				return p, fmt.Errorf("read a step's limit: %w", err)
			}
			shown.Limit = &read
		}
		p.Nodes = append(p.Nodes, shown)
	}
	slices.SortStableFunc(p.Nodes, func(a, b ProgressNode) int { return cmp.Compare(layer[a.Node], layer[b.Node]) })
	return p, nil
}

// stateOf is where a case stands at a node.
func stateOf(in *instance, n *engine.Node) NodeState {
	a := in.state.Last(n.ID)
	switch {
	case a == nil && in.state.Over != "":
		return NodeSkipped
	case a == nil:
		return NodeWaiting
	case a.Done:
		return NodeDone
	case in.state.Over != "":
		return NodeSkipped
	case in.state.Held != nil:
		return NodeHeld
	case a.Again:
		return NodeReturned
	default:
		return NodeNow
	}
}

// seats adds who is asked at a node's newest passage.
func (s *Service) seats(ctx context.Context, in *instance, n *engine.Node, rows []taskRow, public bool, shown *ProgressNode) {
	a := in.state.Last(n.ID)
	if a == nil {
		for _, assign := range n.Assigns() {
			if n.Kind != engine.User {
				break
			}
			org := cmp.Or(assign.Org, engine.ItemOrg)
			if org == engine.ItemOrg {
				org = in.Organisation
			}
			shown.Seats = append(shown.Seats, ProgressSeat{Organisation: org, OrganisationName: s.bodyName(ctx, org), Post: assign.Post, State: string(NodeWaiting)})
		}
		return
	}
	for _, t := range rows {
		if t.activation != int64(a.ID) || t.State == taken {
			continue
		}
		seat := ProgressSeat{
			Organisation: t.Organisation, OrganisationName: s.bodyName(ctx, t.Organisation), Post: t.Post, State: t.State, Opened: t.Opened, Done: t.Done,
		}
		if !public {
			seat.Person, seat.Result, seat.Opinion = s.staffName(ctx, cmp.Or(t.DoneBy, t.Person)), t.Result, t.Opinion
		}
		shown.Seats = append(shown.Seats, seat)
		if shown.Opened.IsZero() || t.Opened.Before(shown.Opened) {
			shown.Opened = t.Opened
		}
		if a.Done && t.Done.After(shown.Done) {
			shown.Done = t.Done
		}
	}
}

// newest is the clock of a node's newest passage.
func newest(in *instance, n *engine.Node, rows []taskRow) *limit.Clock {
	a := in.state.Last(n.ID)
	for _, t := range rows {
		if a != nil && t.activation == int64(a.ID) && t.State != taken && t.clock != nil {
			return t.clock
		}
	}
	return nil
}

// Step is one line of a case's history.
type Step struct {
	At           time.Time `json:"at"`
	Verb         string    `json:"verb"`
	Word         string    `json:"word" doc:"The verb as people read it"`
	Node         string    `json:"node,omitempty"`
	Name         string    `json:"name,omitempty"`
	Organisation string    `json:"organisation,omitempty"`
	By           string    `json:"by,omitempty" doc:"Name; empty: the platform"`
	For          string    `json:"for,omitempty" doc:"Name of who was stood in for"`
	Opinion      string    `json:"opinion,omitempty"`
	To           string    `json:"to,omitempty" doc:"Name of the person, or of the node it was returned to"`
	Reason       string    `json:"reason,omitempty"`
	Days         int       `json:"days,omitempty"`
	Granted      bool      `json:"granted,omitempty"`
	Missing      []string  `json:"missing,omitempty"`
}

// words of the verbs in a history.
var verbWords = map[string]string{
	"start": "流程开始", "fire": "等待期满", "claim": "领取", "release": "退还公共任务", "pass": "同意", "refuse": "不同意", "return": "退回", "recall": "拿回",
	"transfer": "转办", "delegate": "委派", "add-sign": "加签", "drop-sign": "减签", "hold": "挂起", "resume": "恢复办理",
	"ask-extension": "申请延期", "decide-extension": "审批延期", "terminate": "终止",
}

// History is all that was done in a case, the oldest first.
func (s *Service) History(ctx context.Context, caseID string) ([]Step, error) {
	rows, err := s.Store.Read().QueryContext(ctx, `SELECT at, verb, node, name, organisation, by_staff, as_staff, detail FROM flow_step WHERE case_id = $1 ORDER BY seq`, caseID)
	if err != nil {
		return nil, fmt.Errorf("read a flow's history: %w", err)
	}
	defer rows.Close()
	list := []Step{}
	var details []stepDetail
	for rows.Next() {
		var st Step
		var at int64
		var sealed string
		if err := rows.Scan(&at, &st.Verb, &st.Node, &st.Name, &st.Organisation, &st.By, &st.For, &sealed); err != nil {
			return nil, fmt.Errorf("read a flow's history: %w", err)
		}
		text, err := s.sealer.Open(sealDetail, sealed)
		if err != nil {
			return nil, fmt.Errorf("open a step: %w", err)
		}
		var d stepDetail
		if err := json.Unmarshal([]byte(text), &d); err != nil {
			return nil, fmt.Errorf("read a step: %w", err)
		}
		st.At, st.Word, st.Opinion, st.Days, st.Granted, st.Missing = store.Time(at), verbWords[st.Verb], d.Opinion, d.Days, d.Granted, d.Missing
		if st.Verb == "hold" {
			st.Reason = ReasonName(d.Reason)
		}
		details = append(details, d)
		list = append(list, st)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read a flow's history: %w", err)
	}
	for i := range list { // names are read once the rows are
		list[i].By, list[i].For = s.staffName(ctx, list[i].By), s.staffName(ctx, list[i].For)
		list[i].To = s.staffName(ctx, details[i].To)
		if details[i].ReturnTo != "" {
			list[i].To = details[i].ReturnTo
			if i := i; i > 0 {
				for _, before := range list[:i] {
					if before.Node == details[i].ReturnTo && before.Name != "" {
						list[i].To = before.Name
					}
				}
			}
		}
		if list[i].Organisation != "" {
			list[i].Organisation = s.bodyName(ctx, list[i].Organisation)
		}
	}
	return list, nil
}
