package flow

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/flow/engine"
	"smarthall/platform/internal/identity"
	"smarthall/platform/internal/store"
)

// Request is what somebody says with a verb; which fields count depends on it.
type Request struct {
	Opinion string         `json:"opinion,omitempty" maxLength:"1000" doc:"Opinion, reason or basis"`
	Values  map[string]any `json:"values,omitempty" doc:"What later conditions may ask for (pass, refuse)"`
	Node    string         `json:"node,omitempty" maxLength:"60" doc:"Where to return to"`
	Direct  bool           `json:"direct,omitempty" doc:"Return: the next opinion comes straight back"`
	To      string         `json:"to,omitempty" maxLength:"40" doc:"Whom (transfer, delegate, add-sign)"`
	Reason  string         `json:"reason,omitempty" maxLength:"40" doc:"Of a suspension: one of the task's reasons"`
	Days    int            `json:"days,omitempty" minimum:"0" maximum:"365" doc:"Planned (hold) or wanted (ask-extension) working days"`
	Granted bool           `json:"granted,omitempty" doc:"Answer of decide-extension"`
	Missing []string       `json:"missing,omitempty" maxItems:"50" doc:"What the applicant shall bring (supplement)"`
	Edition int64          `json:"edition,omitempty" doc:"The task's edition as it was seen; another one is a conflict"`
}

// Supplement is the verb that asks the applicant for what is missing.
const Supplement = "supplement"

// Look is the verb that says that somebody has looked at a task; from then on
// the one before can't be recalled.
const Look = "open"

// verbs are those of tasks, by their names in the API.
var verbs = map[string]engine.Verb{
	Look: engine.VerbRead, "claim": engine.VerbClaim, "release": engine.VerbRelease, "pass": engine.VerbPass, "refuse": engine.VerbRefuse,
	"return": engine.VerbReturn, "recall": engine.VerbRecall, "transfer": engine.VerbTransfer, "delegate": engine.VerbDelegate,
	"add-sign": engine.VerbAddSign, "drop-sign": engine.VerbDropSign, "hold": engine.VerbHold, Supplement: engine.VerbHold, "resume": engine.VerbResume,
	"ask-extension": engine.VerbAskExtension, "decide-extension": engine.VerbDecideExtension, "terminate": engine.VerbTerminate,
}

// Reason is one of the special procedures whose time isn't counted
// (行政许可法 45).
type Reason struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Reasons are those that a case may be suspended for.
func Reasons() []Reason {
	return []Reason{
		{"hearing", "听证"},
		{"bidding", "招标"},
		{"auction", "拍卖"},
		{"inspection", "检验"},
		{"testing", "检测"},
		{"quarantine", "检疫"},
		{"appraisal", "鉴定"},
		{"survey", "现场勘验"},
		{"expert-review", "专家评审"},
	}
}

// ReasonName is a suspension's reason in words.
func ReasonName(id string) string {
	if id == engine.ReasonSupplement {
		return "申请人补正材料"
	}
	for _, r := range Reasons() {
		if r.ID == id {
			return r.Name
		}
	}
	return id
}

// Bounds of what somebody says.
const (
	maxOpinion   = 1000
	maxValues    = 50
	maxExtension = 15 // 行政许可法 42, joint handling
	maxPlanned   = 365
)

// Act does what the context's caller wants with a task. key makes a request
// that comes again the same one: it changes nothing, and again is true.
func (s *Service) Act(ctx context.Context, id, verb, key string, req Request) (again bool, err error) {
	err = s.Store.Write(ctx, "act on a task", func(tx *store.Tx) error {
		again, err = s.ActIn(ctx, tx, id, verb, key, req)
		return err
	})
	if _, known := verbs[verb]; known && err != nil {
		s.count(verb, "refused")
	}
	return again, err
}

// ActIn is Act in a transaction of the caller's.
func (s *Service) ActIn(ctx context.Context, tx *store.Tx, id, verb, key string, req Request) (again bool, err error) {
	cmd, err := command(ctx, verb, req)
	if err != nil {
		return false, err
	}
	var to *identity.Member
	if cmd.To != "" {
		m, err := s.Staff.Member(ctx, cmd.To)
		if err != nil || m.State != identity.Active {
			return false, engine.ErrPerson.Because(err)
		}
		to = &m
	}
	if again, err = s.asked(ctx, tx, key, id, verb, req); err != nil || again {
		return again, err
	}
	row, err := s.task(ctx, tx, id)
	if err != nil {
		return false, err
	}
	in, err := s.lock(ctx, tx, row.Case)
	if err != nil {
		return false, err
	}
	if row, err = s.task(ctx, tx, id); err != nil { // as it is now that nobody else changes it
		return false, err
	}
	if err := s.prepare(ctx, tx, in, row, verb, &cmd, to); err != nil {
		return false, err
	}
	if req.Edition != 0 && req.Edition != in.edition-1 {
		return false, ErrStale
	}
	if err := s.advance(ctx, tx, in, cmd, stepNote{task: row.ID, row: row, missing: req.Missing}); err != nil {
		return false, err
	}
	if cmd.Verb == engine.VerbRead {
		return false, nil
	}
	return false, s.Audit.Add(ctx, tx, audit.Entry{Action: "flow." + verb, Object: row.Case, Detail: row.Node})
}

// command checks what was said and makes it a command of the engine.
func command(ctx context.Context, verb string, req Request) (engine.Command, error) {
	v, ok := verbs[verb]
	if !ok {
		return engine.Command{}, engine.ErrVerb
	}
	req.Opinion = strings.TrimSpace(req.Opinion)
	cmd := engine.Command{
		Verb: v, By: access.From(ctx).ID, Opinion: req.Opinion, Values: req.Values, Node: req.Node, Direct: req.Direct, To: req.To, Reason: req.Reason,
		Days: req.Days, Granted: req.Granted,
	}
	if len([]rune(req.Opinion)) > maxOpinion || strings.ContainsFunc(req.Opinion, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' && r != '\r' }) {
		return cmd, ErrInput.Wrong("opinion", "意见最多 1000 个字，不能含控制字符")
	}
	if why := wordless(verb); why != "" && req.Opinion == "" {
		return cmd, ErrInput.Wrong("opinion", why)
	}
	if err := checkValues(req.Values); err != nil {
		return cmd, err
	}
	switch verb {
	case "hold":
		if !slices.ContainsFunc(Reasons(), func(r Reason) bool { return r.ID == req.Reason }) {
			return cmd, ErrInput.Wrong("reason", "请选择挂起的原因")
		}
		if req.Days < 1 || req.Days > maxPlanned {
			return cmd, ErrInput.Wrong("days", "请填写预计需要的工作日，1 至 365")
		}
	case Supplement:
		cmd.Reason = engine.ReasonSupplement
		if len(req.Missing) == 0 || slices.ContainsFunc(req.Missing, func(m string) bool { return strings.TrimSpace(m) == "" || len([]rune(m)) > 200 }) {
			return cmd, ErrInput.Wrong("missing", "请逐项写明需要补正的材料或内容，每项最多 200 个字")
		}
	case "ask-extension":
		if req.Days < 1 || req.Days > maxExtension {
			return cmd, ErrInput.Wrong("days", "延期须为 1 至 15 个工作日")
		}
	}
	return cmd, nil
}

// wordless tells why a verb needs words; empty if it doesn't.
func wordless(verb string) string {
	switch verb {
	case "refuse":
		return "请写明不同意的理由"
	case "return":
		return "请写明退回的原因"
	case "terminate":
		return "请写明终止的原因"
	case "ask-extension":
		return "请写明延期的理由和依据"
	default:
		return ""
	}
}

// checkValues holds values to plain ones, so that conditions can read them.
func checkValues(values map[string]any) error {
	if len(values) > maxValues {
		return ErrInput.Wrong("values", "填写的项目过多")
	}
	for name, v := range values {
		switch v := v.(type) {
		case nil, bool, float64:
		case string:
			if len(v) > 4*maxOpinion {
				return ErrInput.Wrong("values", "填写的内容过长")
			}
		default:
			return ErrInput.Wrong("values", "只能填写文字、数字或是否")
		}
		if len(name) > 60 {
			return ErrInput.Wrong("values", "填写的内容有误")
		}
	}
	return nil
}

// asked notes a request; true means that it was done before.
func (s *Service) asked(ctx context.Context, tx *store.Tx, key, id, verb string, req Request) (bool, error) {
	if key == "" {
		return false, nil
	}
	body, err := json.Marshal(req)
	if err != nil {
		return false, ErrInput.Because(err)
	}
	content := s.hash(id + " " + verb + " " + string(body))
	caller := access.From(ctx).ID
	result, err := tx.ExecContext(ctx, `INSERT INTO flow_request (caller, key, content, at) VALUES ($1, $2, $3, $4) ON CONFLICT (caller, key) DO NOTHING`,
		caller, key, content, store.Millis(tx.Now))
	if err != nil {
		return false, fmt.Errorf("note a request: %w", err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 1 {
		return false, err
	}
	var before string
	if err := tx.QueryRowContext(ctx, `SELECT content FROM flow_request WHERE caller = $1 AND key = $2`, caller, key).Scan(&before); err != nil {
		return false, fmt.Errorf("read a request: %w", err)
	}
	if before != content {
		return false, ErrRequest
	}
	return true, nil
}

// prepare holds the caller to her rights and completes the command. Who may not
// even see the task is told that there is none.
func (s *Service) prepare(ctx context.Context, tx *store.Tx, in *instance, row taskRow, verb string, cmd *engine.Command, to *identity.Member) error {
	caller := access.From(ctx)
	principals, err := s.principals(ctx, tx, caller.ID)
	if err != nil {
		return err
	}
	sight := see(caller, row, principals)
	if sight == blind {
		return engine.ErrTask
	}
	cmd.Task, cmd.As = int(row.number), cmd.By
	if row.Person != "" && slices.Contains(principals, row.Person) {
		cmd.As = row.Person
	}
	switch verb {
	case "decide-extension", "terminate":
		if !chief(caller, row) {
			return ErrForbidden.With("须由本部门首席代表决定")
		}
	case "resume":
		if sight < candidate {
			return ErrForbidden
		}
	case "recall", "drop-sign":
	case "claim":
		if sight < candidate {
			return ErrForbidden
		}
		cmd.As = cmd.By
	case Look:
	default:
		if row.State == string(engine.TaskOpen) && sight < candidate {
			return ErrForbidden
		}
	}
	if to != nil {
		return s.receive(in, row, verb, cmd, *to)
	}
	if verb == "transfer" || verb == "delegate" || verb == "add-sign" {
		return engine.ErrPerson
	}
	return nil
}

// receive checks who gets a task or a seat: a colleague with the task's role,
// for a seat somebody of any body with the role of an approver.
func (s *Service) receive(_ *instance, row taskRow, verb string, cmd *engine.Command, to identity.Member) error {
	role := row.Role
	if verb == "add-sign" {
		role = access.RoleApprover
	}
	m := access.Caller{Kind: access.Staff, ID: to.ID, Region: to.Region, Org: to.Organisation, Roles: to.Roles}
	switch {
	case !m.Has(role) || !m.Covers(row.Region):
		return engine.ErrPerson
	case verb != "add-sign" && to.Organisation != row.Organisation:
		return engine.ErrPerson.With("只能交给本部门有相应权限的人员")
	case to.ID == cmd.By:
		return engine.ErrPerson
	}
	cmd.Assign = engine.Assign{Org: to.Organisation, Role: string(role)}
	return nil
}

// sight is how much of a task somebody sees.
type sight int

// The sights, each including those before it.
const (
	blind     sight = iota
	looker          // did it, or answers for the body
	candidate       // may claim it
	holder          // has it, or stands in for who has
)

// see tells how much of a task a caller sees. principals are those that she
// stands in for today, herself included.
func see(caller access.Caller, t taskRow, principals []string) sight {
	open := t.State == string(engine.TaskOpen)
	switch {
	case caller.Kind != access.Staff || caller.ID == "":
		return blind
	case open && t.Person != "" && slices.Contains(principals, t.Person):
		return holder
	case open && t.Person == "" && caller.Org == t.Organisation && caller.Has(t.Role) && caller.Covers(t.Region):
		return candidate
	case t.DoneBy == caller.ID || t.Added == caller.ID || chief(caller, t):
		return looker
	case !open && slices.Contains(principals, t.Person) && t.Person != "":
		return looker
	default:
		return blind
	}
}

// chief tells whether the caller answers for the body that has a task.
func chief(caller access.Caller, t taskRow) bool {
	return caller.Has(access.RoleChief) && caller.Org == t.Organisation && caller.Covers(t.Region)
}

// hash is a keyed hash of a request.
func (s *Service) hash(text string) string { return s.hasher.Key("request", text) }

// actor is who acts: the caller, or the platform itself.
func actor(ctx context.Context) string {
	if c := access.From(ctx); c.ID != "" {
		return c.ID
	}
	return audit.System.ID
}
