package flow

import (
	"bytes"
	"context"
	"errors"
	"net/http"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/flow/bpmn"
	"smarthall/platform/internal/flow/engine"
	"smarthall/platform/internal/httpd"
	"smarthall/platform/internal/limit"
)

// none is an operation's input that is empty.
type none struct{}

// maxXML bounds a drawn flow, in bytes.
const maxXML = 1 << 20

// Routes declares the context's operations.
func (s *Service) Routes(r *httpd.Router) {
	op := func(id, method, path, summary string, who access.Who) httpd.Operation {
		return httpd.Operation{ID: id, Method: method, Path: path, Summary: summary, Who: who, Tag: "flow"}
	}
	// Who has a task is found by its own rules: seats may be given to any role.
	staff := access.StaffWith()
	httpd.Register(r, op("list-tasks", http.MethodGet, "/tasks", "List tasks, those that turn red first at the beginning", staff), s.getTasks)
	httpd.Register(r, op("count-tasks", http.MethodGet, "/tasks/counts", "Count the open tasks of a list, all and by step", staff), s.getCounts)
	httpd.Register(r, op("get-task", http.MethodGet, "/tasks/{id}", "A task with its case, its flow and what may be done", staff), s.getTask)
	httpd.Register(r, op("list-colleagues", http.MethodGet, "/tasks/{id}/colleagues", "Who a task can be given to", staff), s.getColleagues)
	httpd.Register(r, op("act-on-task", http.MethodPost, "/tasks/{id}/{verb}", "Do something with a task", staff), s.postVerb)
	httpd.Register(r, op("list-deputies", http.MethodGet, "/deputies", "Who stands in for the caller, and for whom she does", staff), s.getDeputies)
	deputy := op("set-deputy", http.MethodPost, "/deputies", "Let a colleague stand in", staff)
	deputy.Status = http.StatusCreated
	httpd.Register(r, deputy, s.postDeputy)
	httpd.Register(r, op("drop-deputy", http.MethodDelete, "/deputies/{id}", "End a deputy", staff), s.deleteDeputy)
	httpd.Register(r, op("list-deputy-candidates", http.MethodGet, "/deputies/candidates", "Who may stand in for the caller", staff), s.getCandidates)
	s.definitionRoutes(r, op)
}

type tasksInput struct {
	View  View        `query:"view" default:"mine" enum:"mine,claimable,done,organisation,extensions"`
	After string      `query:"after" maxLength:"60" doc:"The next of the page before"`
	Limit int         `query:"limit" default:"50" minimum:"1" maximum:"200"`
	Text  string      `query:"q" maxLength:"60" doc:"A part of the case's number or title, or in a body's list of who has the task"`
	Light limit.Light `query:"light" enum:"green,yellow,red,paused,none" required:"false" doc:"Where the step's limit stands"`
	Node  string      `query:"node" maxLength:"100" doc:"The step, by its id or name"`
}

type tasksOutput struct{ Body Page }

func (s *Service) getTasks(ctx context.Context, in *tasksInput) (*tasksOutput, error) {
	p, err := s.Find(ctx, Filter{View: in.View, Text: in.Text, Light: in.Light, Node: in.Node, After: in.After, Most: in.Limit})
	return &tasksOutput{p}, err
}

type countsInput struct {
	View View `query:"view" default:"mine" enum:"mine,claimable,organisation"`
}

type countsOutput struct{ Body Counts }

func (s *Service) getCounts(ctx context.Context, in *countsInput) (*countsOutput, error) {
	c, err := s.Count(ctx, in.View)
	return &countsOutput{c}, err
}

type taskInput struct {
	ID string `path:"id" maxLength:"40"`
}

type taskOutput struct {
	Replayed string `header:"Idempotency-Replayed"`
	Body     Detail
}

func (s *Service) getTask(ctx context.Context, in *taskInput) (*taskOutput, error) {
	d, err := s.Task(ctx, in.ID)
	return &taskOutput{Body: d}, err
}

type colleaguesOutput struct {
	Body struct {
		Colleagues []Colleague `json:"colleagues"`
	}
}

func (s *Service) getColleagues(ctx context.Context, in *taskInput) (*colleaguesOutput, error) {
	out := &colleaguesOutput{}
	var err error
	out.Body.Colleagues, err = s.Colleagues(ctx, in.ID)
	return out, err
}

type verbInput struct {
	ID   string `path:"id" maxLength:"40"`
	Verb string `path:"verb" enum:"open,claim,release,pass,refuse,return,recall,transfer,delegate,add-sign,drop-sign,hold,supplement,resume,ask-extension,decide-extension,terminate"`
	Key  string `header:"Idempotency-Key" maxLength:"100" doc:"Makes a request that comes again the same one"`
	Body Request
}

// doneOutput is what somebody gets who has done something: whether it was done
// before, and the task if she may still see it.
type doneOutput struct {
	Replayed string `header:"Idempotency-Replayed"`
	Body     struct {
		Task *Detail `json:"task,omitempty" doc:"Absent when the task isn't the caller's any more"`
	}
}

func (s *Service) postVerb(ctx context.Context, in *verbInput) (*doneOutput, error) {
	again, err := s.Act(ctx, in.ID, in.Verb, in.Key, in.Body)
	if err != nil {
		return nil, err
	}
	out := &doneOutput{}
	if again {
		out.Replayed = "true"
	}
	switch d, err := s.Task(ctx, in.ID); {
	case err == nil:
		out.Body.Task = &d
	case !errors.Is(err, engine.ErrTask):
		return nil, err
	}
	return out, nil
}

type deputiesOutput struct {
	Body struct {
		Deputies []Deputy `json:"deputies"`
	}
}

func (s *Service) getDeputies(ctx context.Context, _ *none) (*deputiesOutput, error) {
	out := &deputiesOutput{}
	var err error
	out.Body.Deputies, err = s.Deputies(ctx)
	return out, err
}

type deputyInput struct {
	Body struct {
		Deputy string `json:"deputy" maxLength:"40"`
		From   string `json:"from" maxLength:"10"`
		Until  string `json:"until" maxLength:"10"`
	}
}

type deputyOutput struct{ Body Deputy }

func (s *Service) postDeputy(ctx context.Context, in *deputyInput) (*deputyOutput, error) {
	d, err := s.SetDeputy(ctx, in.Body.Deputy, in.Body.From, in.Body.Until)
	return &deputyOutput{d}, err
}

func (s *Service) deleteDeputy(ctx context.Context, in *taskInput) (*none, error) {
	return nil, s.DropDeputy(ctx, in.ID)
}

func (s *Service) getCandidates(ctx context.Context, _ *none) (*colleaguesOutput, error) {
	out := &colleaguesOutput{}
	var err error
	out.Body.Colleagues, err = s.Candidates(ctx)
	return out, err
}

// definitionRoutes declares what is done with definitions.
func (s *Service) definitionRoutes(r *httpd.Router, op func(id, method, path, summary string, who access.Who) httpd.Operation) {
	editors := access.StaffWith(access.RoleItemEditor, access.RoleItemReviewer)
	reviewers := access.StaffWith(access.RoleItemReviewer)
	readers := access.StaffWith(access.RoleItemEditor, access.RoleItemReviewer, access.RoleApprover, access.RoleChief, access.RoleSupervisor)
	large := func(o httpd.Operation) httpd.Operation {
		o.MaxBody = 2 * maxXML // XML within JSON has more characters
		return o
	}
	httpd.Register(r, op("list-flows", http.MethodGet, "/flows", "List definitions and templates", readers), s.getFlows)
	httpd.Register(r, op("get-flow", http.MethodGet, "/flows/{id}", "A definition", readers), s.getFlow)
	httpd.Register(r, op("get-flow-bpmn", http.MethodGet, "/flows/{id}/bpmn", "A definition as BPMN 2.0 XML", readers), s.getBPMN)
	httpd.Register(r, op("get-flow-picture", http.MethodGet, "/flows/{id}/picture.svg", "A definition as a picture", readers), s.getFlowPicture)
	create := large(op("create-flow", http.MethodPost, "/flows", "Begin a definition's draft", access.StaffWith(access.RoleItemEditor)))
	create.Status = http.StatusCreated
	httpd.Register(r, create, s.postFlow)
	httpd.Register(r, large(op("save-flow", http.MethodPut, "/flows/{id}", "Save a definition's draft", access.StaffWith(access.RoleItemEditor))), s.putFlow)
	httpd.Register(r, large(op("check-flow", http.MethodPost, "/flows/check", "What is wrong with a definition", editors)), s.postCheck)
	httpd.Register(r, op("propose-flow", http.MethodPost, "/flows/{id}/propose", "Ask the managing body to publish the draft", access.StaffWith(access.RoleItemEditor)), s.postPropose)
	httpd.Register(r, op("publish-flow", http.MethodPost, "/flows/{id}/publish", "Publish the proposed version, or send it back", reviewers), s.postPublish)
	httpd.Register(r, op("drop-flow-draft", http.MethodDelete, "/flows/{id}/draft", "Throw away the version that is being written", access.StaffWith(access.RoleItemEditor)), s.deleteDraft)
	httpd.Register(r, op("withdraw-flow", http.MethodPost, "/flows/{id}/withdraw", "Let no new case run by a definition", reviewers), s.postWithdraw)
	httpd.Register(r, op("bind-flow", http.MethodPut, "/flows/bindings/{item}", "Say which flow an item's cases run by", reviewers), s.putBinding)
	httpd.Register(r, large(op("try-flow", http.MethodPost, "/flows/{id}/dry-run", "Run a definition without a case", editors)), s.postDryRun)
}

type flowsOutput struct {
	Body struct {
		Flows []Kept `json:"flows"`
	}
}

func (s *Service) getFlows(ctx context.Context, _ *none) (*flowsOutput, error) {
	out := &flowsOutput{}
	var err error
	out.Body.Flows, err = s.Definitions(ctx)
	return out, err
}

type flowInput struct {
	ID      string `path:"id" maxLength:"60"`
	Version int    `query:"version" minimum:"0" doc:"0: the one that is being written, else the published one"`
}

type flowOutput struct {
	Body struct {
		Version
		Body     engine.Definition `json:"body"`
		Findings []engine.Finding  `json:"findings"`
		Versions []Version         `json:"versions"`
	}
}

func (s *Service) getFlow(ctx context.Context, in *flowInput) (*flowOutput, error) {
	v, def, err := s.Definition(ctx, in.ID, in.Version)
	if err != nil {
		return nil, err
	}
	out := &flowOutput{}
	out.Body.Version, out.Body.Body = v, *def
	if out.Body.Findings, err = s.Check(ctx, def, ""); err != nil {
		return nil, err
	}
	out.Body.Versions, err = s.Versions(ctx, in.ID)
	return out, err
}

type fileOutput struct {
	Type  string `header:"Content-Type"`
	Cache string `header:"Cache-Control"`
	Body  []byte
}

func (s *Service) getBPMN(ctx context.Context, in *flowInput) (*fileOutput, error) {
	_, def, err := s.Definition(ctx, in.ID, in.Version)
	if err != nil {
		return nil, err
	}
	xml, err := bpmn.Write(*def)
	return &fileOutput{"application/xml", "private, no-store", xml}, err
}

func (s *Service) getFlowPicture(ctx context.Context, in *flowInput) (*fileOutput, error) {
	_, def, err := s.Definition(ctx, in.ID, in.Version)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = Draw(&b, def, nil)
	return &fileOutput{"image/svg+xml", "private, no-store", b.Bytes()}, err
}

// Drawn is a definition as somebody drew it: as JSON or as BPMN.
type Drawn struct {
	Body *engine.Definition `json:"body,omitempty"`
	BPMN string             `json:"bpmn,omitempty" maxLength:"1048576" doc:"BPMN 2.0 XML, instead of body"`
	Name string             `json:"name,omitempty" maxLength:"100" doc:"By default the drawing's"`
}

// definition reads what was drawn.
func (d Drawn) definition() (engine.Definition, error) {
	var def engine.Definition
	switch {
	case d.BPMN != "":
		read, err := bpmn.Read([]byte(d.BPMN))
		if err != nil {
			return def, ErrInput.With(err.Error()).Wrong("bpmn", err.Error())
		}
		def = *read
	case d.Body != nil:
		def = *d.Body
	default:
		return def, ErrInput.Wrong("bpmn", "请画出流程")
	}
	if d.Name != "" {
		def.Name = d.Name
	}
	return def, nil
}

type drawnInput struct {
	Body struct {
		Drawn
		Edition int64 `json:"edition,omitempty" doc:"The draft's as it was seen; 0: there was none"`
	}
}

type savedOutput struct {
	Body struct {
		Version
		Findings []engine.Finding `json:"findings"`
	}
}

func (s *Service) postFlow(ctx context.Context, in *drawnInput) (*savedOutput, error) {
	return s.save(ctx, "", in)
}

type saveInput struct {
	ID string `path:"id" maxLength:"60"`
	drawnInput
}

func (s *Service) putFlow(ctx context.Context, in *saveInput) (*savedOutput, error) {
	return s.save(ctx, in.ID, &in.drawnInput)
}

func (s *Service) save(ctx context.Context, id string, in *drawnInput) (*savedOutput, error) {
	def, err := in.Body.definition()
	if err != nil {
		return nil, err
	}
	def.ID = id
	out := &savedOutput{}
	if out.Body.Findings, err = s.Check(ctx, &def, ""); err != nil {
		return nil, err
	}
	out.Body.Version, err = s.Save(ctx, def, in.Body.Edition)
	return out, err
}

type checkInput struct {
	Body struct {
		Drawn
		Item string `json:"item,omitempty" maxLength:"60" doc:"Compare the sum of limits with this item's promise"`
	}
}

type checkOutput struct {
	Body struct {
		Findings []engine.Finding `json:"findings"`
		Days     int              `json:"days" doc:"Working days of the longest way"`
	}
}

func (s *Service) postCheck(ctx context.Context, in *checkInput) (*checkOutput, error) {
	def, err := in.Body.definition()
	if err != nil {
		return nil, err
	}
	out := &checkOutput{}
	if out.Body.Findings, err = s.Check(ctx, &def, in.Body.Item); err != nil {
		return nil, err
	}
	if !engine.Severe(out.Body.Findings) {
		out.Body.Days = engine.Longest(&def)
	}
	return out, nil
}

type proposeInput struct {
	ID   string `path:"id" maxLength:"60"`
	Body struct {
		Edition int64  `json:"edition"`
		Note    string `json:"note,omitempty" maxLength:"200" doc:"Why it changes"`
	}
}

func (s *Service) postPropose(ctx context.Context, in *proposeInput) (*flowOutput, error) {
	if err := s.Propose(ctx, in.ID, in.Body.Edition, in.Body.Note); err != nil {
		return nil, err
	}
	return s.getFlow(ctx, &flowInput{ID: in.ID})
}

type publishInput struct {
	ID   string `path:"id" maxLength:"60"`
	Body struct {
		Edition int64  `json:"edition"`
		Pass    bool   `json:"pass"`
		Comment string `json:"comment,omitempty" maxLength:"200"`
	}
}

func (s *Service) postPublish(ctx context.Context, in *publishInput) (*flowOutput, error) {
	if err := s.Publish(ctx, in.ID, in.Body.Edition, in.Body.Pass, in.Body.Comment); err != nil {
		return nil, err
	}
	return s.getFlow(ctx, &flowInput{ID: in.ID})
}

type dropDraftInput struct {
	ID      string `path:"id" maxLength:"60"`
	Edition int64  `query:"edition" required:"true" doc:"The draft's as it was seen"`
}

func (s *Service) deleteDraft(ctx context.Context, in *dropDraftInput) (*none, error) {
	return nil, s.Drop(ctx, in.ID, in.Edition)
}

type withdrawInput struct {
	ID   string `path:"id" maxLength:"60"`
	Body struct {
		Reason string `json:"reason" minLength:"1" maxLength:"200"`
	}
}

func (s *Service) postWithdraw(ctx context.Context, in *withdrawInput) (*none, error) {
	return nil, s.Withdraw(ctx, in.ID, in.Body.Reason)
}

type bindingInput struct {
	Item string `path:"item" maxLength:"60"`
	Body struct {
		Flow string `json:"flow" maxLength:"60" doc:"Empty: the common one"`
	}
}

func (s *Service) putBinding(ctx context.Context, in *bindingInput) (*none, error) {
	return nil, s.Bind(ctx, in.Item, in.Body.Flow)
}

type dryRunInput struct {
	ID   string `path:"id" maxLength:"60"`
	Body Trial
}

type dryRunOutput struct{ Body TrialRun }

func (s *Service) postDryRun(ctx context.Context, in *dryRunInput) (*dryRunOutput, error) {
	run, err := s.Try(ctx, in.ID, in.Body)
	return &dryRunOutput{run}, err
}
