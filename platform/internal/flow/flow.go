// Package flow examines accepted cases: who has to say what, in which sequence
// and until when. Definitions are drawn, checked, proposed and published; a case
// runs by the version it began with. What staff do with their tasks flows
// through the pure engine (package engine) into the case's state, and out flow
// new tasks, events for everybody who watches, and at the end the result for
// the context that owns the case.
package flow

import (
	"context"
	"embed"
	"errors"
	"io/fs"
	"log/slog"
	"sync"
	"time"

	"smarthall/internal/calendar"
	"smarthall/internal/privacy"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/flow/engine"
	"smarthall/platform/internal/identity"
	"smarthall/platform/internal/kept"
	"smarthall/platform/internal/keys"
	"smarthall/platform/internal/limit"
	"smarthall/platform/internal/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Result is how a flow ended.
type Result struct {
	Approved bool
	// Reason is what the deciding opinion says.
	Reason   string
	Opinions []Opinion
}

// Opinion is one that stands at the end.
type Opinion struct {
	Node, Name, Organisation string
	By                       string // a member of staff
	Approved                 bool
	Text                     string
	At                       time.Time
}

// Cases is what this context tells the one that owns cases, in the transaction
// of what happened. An error undoes it.
type Cases interface {
	Ended(ctx context.Context, tx *store.Tx, caseID string, r Result) error
	// Held stops the case's clock; planned are the working days it is thought to
	// take.
	Held(ctx context.Context, tx *store.Tx, caseID, reason, note string, planned int) error
	Resumed(ctx context.Context, tx *store.Tx, caseID string) error
	// Extended moves the case's limit by working days.
	Extended(ctx context.Context, tx *store.Tx, caseID string, days int, basis string) error
	Terminated(ctx context.Context, tx *store.Tx, caseID, reason string) error
	// Supplement asks the applicant once more. The flow is held until Resume.
	Supplement(ctx context.Context, tx *store.Tx, caseID string, missing []string, note string) error
}

// CaseSummary is what a task shows of its case.
type CaseSummary struct {
	ID           string `json:"id"`
	CaseNo       string `json:"caseNo"`
	ItemName     string `json:"itemName"`
	Applicant    string `json:"applicant,omitempty" doc:"Masked"`
	State        string `json:"state,omitempty"`
	Organisation string `json:"organisation,omitempty"`
	// Promised and Statutory are the case's own limits.
	Promised  *limit.Reading `json:"promised,omitempty"`
	Statutory *limit.Reading `json:"statutory,omitempty"`
}

// CaseView tells what a task shows of its case.
type CaseView interface {
	CaseSummary(ctx context.Context, caseID string) (CaseSummary, error)
}

// Staff is what this context asks of identity.
type Staff interface {
	// Member returns a member of staff, or identity.ErrUnknown.
	Member(ctx context.Context, id string) (identity.Member, error)
	// Members are all whose region the caller covers.
	Members(ctx context.Context) ([]identity.Member, error)
	Organisations(ctx context.Context) ([]identity.Organisation, error)
}

// Items is what this context asks of items.
type Items interface {
	// Promised is an item's name and its promised limit; ok is false if there is
	// no such item.
	Promised(ctx context.Context, item string) (name string, t limit.Term, ok bool, err error)
}

// Days are the working days of a region.
type Days interface {
	Reckoner(ctx context.Context, region string) (limit.Reckoner, error)
}

// Config is what Open needs.
type Config struct {
	Store *store.Store
	Keys  *keys.Keys
	Audit *audit.Log
	Staff Staff
	// Items may be nil: then sums of limits aren't compared with the promise.
	Items Items
	// Days may be nil: then the official calendar and UTC+8 hold everywhere.
	Days Days
	// Managers are the organisations whose reviewers publish definitions.
	Managers []string
	Log      *slog.Logger
}

// Service is the context. Its methods may be called from any goroutine.
type Service struct {
	Config
	sealer privacy.Sealer
	hasher privacy.Hasher // of requests
	common limit.Reckoner
	seen   *kept.Kept[seen]
	// cases and view are set by Join before the context is used.
	cases Cases
	view  CaseView

	mu sync.Mutex
	// defs are published versions, which never change; guarded by mu.
	defs map[version]*engine.Definition
	// bodies are the organisations' names as they were at read; guarded by mu.
	bodies map[string]identity.Organisation
	read   time.Time
	// verbs count what was done; guarded by mu.
	verbs map[[2]string]uint64
}

type version struct {
	id string
	n  int
}

// Open makes the context's tables and its templates.
func Open(ctx context.Context, conf Config) (*Service, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	if err := conf.Store.Migrate(ctx, "flow", files); err != nil {
		return nil, err
	}
	official, err := calendar.New(nil)
	if err != nil {
		return nil, err
	}
	s := &Service{
		Config: conf, sealer: privacy.NewSealer(conf.Keys.For("flow")), hasher: privacy.NewHasher(conf.Keys.For("flow-requests")), defs: map[version]*engine.Definition{},
		common: limit.Reckoner{Calendar: official, Place: time.FixedZone("CST", 8*60*60)}, verbs: map[[2]string]uint64{},
		seen: kept.New[seen](maxSeen),
	}
	for _, kind := range []string{typeDays, typeRecount} {
		conf.Store.On(kind, "flow", s.recount)
	}
	return s, s.addTemplates(ctx)
}

// Join says who owns the cases. Without it a flow runs by itself.
func (s *Service) Join(cases Cases, view CaseView) { s.cases, s.view = cases, view }

// The kinds that keep seals of different things apart.
const (
	sealState   = "state"
	sealDetail  = "detail"
	sealOpinion = "opinion"
)

// The ways this context says no, besides those of the engine.
var (
	ErrDefinition = fault.New(fault.NotFound, "flow.unknown", "没有这个流程")
	ErrFindings   = fault.New(fault.Invalid, "flow.findings", "流程图有问题，请按提示修改")
	ErrInput      = fault.New(fault.Invalid, "flow.input", "填写的内容有误")
	ErrStale      = fault.New(fault.Conflict, "flow.stale", "内容已有变化，请刷新后再操作")
	ErrState      = fault.New(fault.Conflict, "flow.state", "流程版本目前的状态不能这样操作")
	ErrPublisher  = fault.New(fault.Forbidden, "flow.publisher", "流程由主管部门审核发布，且不能发布自己编制的流程")
	ErrRegion     = fault.New(fault.Forbidden, "flow.region", "不能管理其他部门或地区的流程")
	ErrRunning    = fault.New(fault.Conflict, "flow.running", "该办件的流程已经开始")
	ErrNone       = fault.New(fault.NotFound, "flow.unknown-case", "该办件没有审批流程")
	ErrRequest    = fault.New(fault.Invalid, "flow.request-reused", "该请求编号已用于另一项操作，请重新提交")
	ErrForbidden  = fault.New(fault.Forbidden, "flow.forbidden", "您不能进行这项操作")
	ErrDeputy     = fault.New(fault.Invalid, "flow.deputy", "代办人须是本部门的其他在岗人员，日期不能早于今天，最长一年")
	ErrNoDeputy   = fault.New(fault.NotFound, "flow.unknown-deputy", "没有这项代办设置")
)

// IsNone tells whether err says that a case has no flow.
func IsNone(err error) bool { return errors.Is(err, ErrNone) }

// reckoner counts the working days of a region.
func (s *Service) reckoner(ctx context.Context, region string) (limit.Reckoner, error) {
	if s.Days == nil {
		return s.common, nil
	}
	return s.Days.Reckoner(ctx, region)
}

// bodiesKept is how long names of organisations are believed.
const bodiesKept = time.Minute

// organisations are all by their ids.
func (s *Service) organisations(ctx context.Context) (map[string]identity.Organisation, error) {
	s.mu.Lock()
	bodies, fresh := s.bodies, time.Since(s.read) < bodiesKept
	s.mu.Unlock()
	if fresh {
		return bodies, nil
	}
	list, err := s.Staff.Organisations(ctx)
	if err != nil {
		return nil, err
	}
	bodies = make(map[string]identity.Organisation, len(list))
	for _, o := range list {
		bodies[o.ID] = o
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bodies, s.read = bodies, time.Now()
	return bodies, nil
}

// bodyName is what people call an organisation.
func (s *Service) bodyName(ctx context.Context, id string) string {
	bodies, err := s.organisations(ctx)
	if err != nil || bodies[id].Name == "" {
		return id
	}
	return bodies[id].Name
}

// staffName is what people call a member of staff.
func (s *Service) staffName(ctx context.Context, id string) string {
	if id == "" || id == audit.System.ID {
		return ""
	}
	m, err := s.Staff.Member(ctx, id)
	if err != nil {
		return ""
	}
	return m.Name
}

// roleOf is the role that a seat asks for.
func roleOf(a engine.Assign) access.Role {
	if a.Role == "" {
		return access.RoleApprover
	}
	return access.Role(a.Role)
}
