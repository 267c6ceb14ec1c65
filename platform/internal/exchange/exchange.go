// Package exchange is the platform's front node towards other systems
// (共享交换): platforms above and below it, and the business systems of
// departments. What happens to cases flows in as events and out as signed
// messages, each once and in the order of its case; what the others send flows
// in through one door, Receive, and moves a case only as far as the sender's own
// rights reach. Every message, in or out, leaves its trace in a ledger that
// nobody can change unseen.
//
// It is a front node and no bus: members are connected to it, never to each
// other through it.
package exchange

import (
	"context"
	"embed"
	"html/template"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"time"

	"smarthall/internal/gm"
	"smarthall/internal/privacy"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/keys"
	"smarthall/platform/internal/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Carrier brings an envelope to a member and returns its answer. Calls end with
// their context.
type Carrier interface {
	Carry(ctx context.Context, address string, envelope []byte) (answer []byte, err error)
}

// Config is what Open needs.
type Config struct {
	Store *store.Store
	Keys  *keys.Keys
	Audit *audit.Log
	// Carrier is how messages go; nil: signed HTTP.
	Carrier Carrier

	Cases    Cases
	Flows    Flows
	Files    Files
	Accounts Accounts
	Licences Licences
	People   People
	Catalog  Catalog
	// Frame answers with a page in the portal's form.
	Frame func(w http.ResponseWriter, r *http.Request, status int, title string, body template.HTML) error
	// BaseURL begins links that members follow.
	BaseURL string
	// Zone is where days are counted; nil means China's.
	Zone *time.Location
	// Rate bounds what one member sends.
	Rate Rate
	// Wait is how long a member may take to answer; 0 means fifteen seconds.
	Wait time.Duration
	Log  *slog.Logger
}

// Cases is what this context asks of cases.
type Cases interface {
	// Handover is what a department's system gets of a case, or ErrCase.
	Handover(ctx context.Context, id string) (Handover, error)
	// Look refuses the context's caller who may not see a case, and logs who did.
	Look(ctx context.Context, id string) error
}

// Handover is a case as a department's system gets it.
type Handover struct {
	Case         string         `json:"case"`
	CaseNo       string         `json:"caseNo"`
	Item         string         `json:"item"`
	ItemName     string         `json:"itemName"`
	ItemVersion  int            `json:"itemVersion"`
	Organisation string         `json:"organisation"`
	Region       string         `json:"region"`
	Applicant    Applicant      `json:"applicant"`
	Form         string         `json:"form,omitempty"`
	Values       map[string]any `json:"values,omitempty"`
	Materials    []Material     `json:"materials"`
	Accepted     time.Time      `json:"accepted"`
	PromisedDue  string         `json:"promisedDue,omitempty"`
	StatutoryDue string         `json:"statutoryDue,omitempty"`
	// Going tells that it is examined now: only then it is handed over.
	Going bool `json:"-"`
}

// Applicant is who applies.
type Applicant struct {
	Name       string `json:"name"`
	IDNumber   string `json:"idNumber"`
	Phone      string `json:"phone,omitempty"`
	LegalName  string `json:"legalName,omitempty"`
	CreditCode string `json:"creditCode,omitempty"`
}

// String tells nothing about the applicant.
func (Applicant) String() string { return "applicant" }

// Material is one material of a case.
type Material struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Source string `json:"source" doc:"How it was provided"`
	Files  []File `json:"files,omitempty"`
}

// File is one file of a material, with a link that opens it once.
type File struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Type string `json:"type"`
	Size int64  `json:"size"`
	Link string `json:"link,omitempty"`
}

// Step is a step of an examination that waits for the caller.
type Step struct {
	Task, Node, Name string
	Mine, Decides    bool
}

// Flows is what this context asks of flow, in the name of the context's caller.
type Flows interface {
	// Open are the steps that she may take, ErrCase if the case isn't examined.
	Open(ctx context.Context, tx *store.Tx, caseID string) ([]Step, error)
	// Claim makes a step hers, Say ends it with an opinion.
	Claim(ctx context.Context, tx *store.Tx, task string) error
	Say(ctx context.Context, tx *store.Tx, task string, approve bool, opinion string) error
}

// Files is what this context asks of files.
type Files interface {
	// Open opens a file of a case; the caller closes it.
	Open(ctx context.Context, id string) (io.ReadCloser, File, error)
}

// Accounts are the service accounts of systems: members of staff.
type Accounts interface {
	// Account is who a service account is, by its id; ErrAccount if it may do
	// nothing.
	Account(ctx context.Context, id string) (access.Caller, error)
	// Find is the id of the account with a name, ErrAccount if there is none.
	Find(ctx context.Context, name string) (id string, err error)
	// Name is what an account is called.
	Name(ctx context.Context, id string) string
}

// LicenceFacts is what a check of a licence tells.
type LicenceFacts struct {
	Number string `json:"number"`
	Name   string `json:"name"`
	Holder string `json:"holder" doc:"Masked"`
	Issuer string `json:"issuer"`
	From   string `json:"from"`
	Until  string `json:"until,omitempty"`
	State  string `json:"state"`
}

// Licences is what this context asks of licence.
type Licences interface {
	// Check is the valid licence of a type that a holder has; false: none.
	Check(ctx context.Context, kind, holder string) (LicenceFacts, bool, error)
}

// People is what this context asks of identity.
type People interface {
	// Matches tells whether a name and an ID number are of one who registered.
	Matches(ctx context.Context, name, number string) (bool, error)
}

// Service is the context. Its methods may be called from any goroutine.
type Service struct {
	Config
	signer   *gm.Signer
	sealer   privacy.Sealer
	tokens   privacy.Hasher
	handlers map[string]handler
	wake     chan struct{}
	gate     *gate
}

// Open makes the context's tables.
func Open(ctx context.Context, conf Config) (*Service, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	if err := conf.Store.Migrate(ctx, "exchange", files); err != nil {
		return nil, err
	}
	if conf.Zone == nil {
		conf.Zone = time.FixedZone("Asia/Shanghai", 8*60*60)
	}
	if conf.Wait == 0 {
		conf.Wait = carryWait
	}
	if conf.Carrier == nil {
		conf.Carrier = NewHTTP(conf.Wait)
	}
	signer, err := gm.NewSigner(conf.Keys.For("exchange signature"))
	if err != nil {
		return nil, err
	}
	s := &Service{
		Config: conf, signer: signer, sealer: privacy.NewSealer(conf.Keys.For("exchange")), tokens: privacy.NewHasher(conf.Keys.For("exchange tokens")),
		wake: make(chan struct{}, 1), gate: newGate(conf.Rate, conf.Store.Now),
	}
	s.handlers = map[string]handler{
		ServiceCheck: s.takeCheck, ServiceReport: s.takeReport, ServiceIDs: s.takeIDs, ServiceProgress: s.takeProgress, ServiceStep: s.takeStep,
		ServiceResult: s.takeResult, ServiceFile: s.takeFile, ServiceLicence: s.takeLicence, ServicePerson: s.takePerson,
	}
	s.listen()
	return s, nil
}

// Public is the key that this platform's messages are verified with.
func (s *Service) Public() string { return s.signer.Public() }

// The kinds that keep seals and hashes of different things apart.
const (
	sealBody    = "exchange body"
	sealReceipt = "exchange receipt"
	sealTold    = "exchange told"
	hashLink    = "link"
	hashKey     = "key"
)

// The ways this context says no. Who isn't believed isn't told why.
var (
	ErrEnvelope  = fault.New(fault.Invalid, "exchange.envelope", "报文格式有误")
	ErrBelieved  = fault.New(fault.Unauthenticated, "exchange.not-believed", "发送方未登记、已停用，或签名不符")
	ErrTime      = fault.New(fault.Unauthenticated, "exchange.time", "报文的签名时间与本平台相差过大，请校准时钟")
	ErrReplayed  = fault.New(fault.Conflict, "exchange.replayed", "这份报文已经收到过；重发时须重新签名")
	ErrReused    = fault.New(fault.Conflict, "exchange.id-reused", "这个报文编号已用于另一份内容")
	ErrService   = fault.New(fault.Forbidden, "exchange.service", "没有使用这项服务的权限")
	ErrBody      = fault.New(fault.Invalid, "exchange.body", "报文内容不符合该服务的要求")
	ErrCase      = fault.New(fault.NotFound, "exchange.case", "没有这个办件，或不由该系统办理")
	ErrStep      = fault.New(fault.Conflict, "exchange.step", "办件当前没有等待该系统办理的环节")
	ErrDecides   = fault.New(fault.Conflict, "exchange.not-deciding", "当前环节不是决定环节，请先回传环节意见")
	ErrDeciding  = fault.New(fault.Conflict, "exchange.deciding", "当前是决定环节，请用结果回传作出决定")
	ErrAccount   = fault.New(fault.Forbidden, "exchange.account", "该系统的业务系统账号不可用：须为本部门在用的审批账号")
	ErrFile      = fault.New(fault.NotFound, "exchange.file", "链接无效、已使用或已过期")
	ErrPurpose   = fault.New(fault.Invalid, "exchange.purpose", "查询共享数据须写明用途和办件编号")
	ErrUnknown   = fault.New(fault.NotFound, "exchange.unknown", "没有这份报文")
	ErrMember    = fault.New(fault.NotFound, "exchange.member", "没有这个对接系统")
	ErrInput     = fault.New(fault.Invalid, "exchange.input", "填写的内容有误")
	ErrTakenCode = fault.New(fault.Conflict, "exchange.code-taken", "这个代码已被使用")
	ErrState     = fault.New(fault.Conflict, "exchange.state", "报文当前状态不能进行此操作")
	ErrForgotten = fault.New(fault.Conflict, "exchange.forgotten", "报文内容已超过保存期限，不能重发")
	ErrAway      = fault.New(fault.Unavailable, "exchange.away", "对方系统没有应答，请稍后重试")
	ErrNoRecord  = fault.New(fault.NotFound, "exchange.no-record", "对方没有这项记录")
	ErrRefused   = fault.New(fault.Conflict, "exchange.refused", "对方系统拒绝了这份报文")
	ErrKey       = fault.New(fault.Unauthenticated, "exchange.key", "接口密钥无效或已停用")
	ErrBusy      = fault.New(fault.TooMany, "exchange.too-many", "消息过多，请稍后重发")
	ErrQuota     = fault.New(fault.TooMany, "exchange.quota", "该密钥今天的调用次数已用完，请明天再试")
	ErrBroken    = fault.New(fault.Conflict, "exchange.broken", "交换台账被改动过")
)

// today is the day where the platform is.
func (s *Service) dayOf(at time.Time) string { return at.In(s.Zone).Format(time.DateOnly) }
