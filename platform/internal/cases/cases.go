// Package cases carries an application from its draft to its end (办件). What
// people fill in and upload flows in as a draft; once it is submitted, clerks
// examine it and accept it, or tell at once all that is missing, or refuse it;
// the flow decides; what was decided goes out as numbered documents, licences,
// payments and deliveries, and every step as an event.
//
// Which step is allowed when is one pure function, Step. What the applicant has
// to do next is another, Guide.
package cases

import (
	"context"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"smarthall/internal/calendar"
	"smarthall/internal/privacy"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/kept"
	"smarthall/platform/internal/keys"
	"smarthall/platform/internal/limit"
	"smarthall/platform/internal/message"
	"smarthall/platform/internal/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Config is what Open needs. A context that isn't there is nil: then nothing
// is asked of it.
type Config struct {
	Store    *store.Store
	Keys     *keys.Keys
	Audit    *audit.Log
	Messages message.Sender
	People   People
	Items    Items
	Halls    Halls
	// Ranges tell which numbers a hall may give; nil: none.
	Ranges Ranges
	Bodies Bodies
	// Centres are the organisations whose clerks take cases for all bodies of
	// their region (综合窗口).
	Centres []string

	Forms       Forms
	Files       Files
	Flows       Flows
	Documents   Documents
	Licences    Licences
	Payments    Payments
	Deliveries  Deliveries
	Evaluations Evaluations
	// Sharing fetches what departments share; SharingWait is how long it may
	// take, 0 means six seconds.
	Sharing     Sharing
	SharingWait time.Duration

	// Days is the calendar of a region; nil is the official one.
	Days func(ctx context.Context, region string) (*calendar.Calendar, error)
	// Frame answers with a page in the portal's form.
	Frame func(w http.ResponseWriter, r *http.Request, status int, title string, body template.HTML) error
	// BaseURL begins the links on paper, such as https://zwfw.example.
	BaseURL string
	Log     *slog.Logger
}

// Service is the context. Its methods may be called from any goroutine.
type Service struct {
	Config
	vault    privacy.Vault
	hasher   privacy.Hasher // of codes that are handed over
	official *calendar.Calendar
	guessing [turns]sync.Mutex // by case: see Query
	kiosks   kioskLimit
	regions  sync.Map // days by region
	looked   *kept.Kept[Case]
}

// turns is how many cases are guessed at side by side.
const turns = 64

// Open makes the context's tables.
func Open(ctx context.Context, conf Config) (*Service, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	if err := conf.Store.Migrate(ctx, "cases", files); err != nil {
		return nil, err
	}
	official, err := calendar.New(nil)
	if err != nil {
		return nil, err
	}
	s := &Service{
		Config: conf, official: official, vault: conf.Keys.Vault(), hasher: privacy.NewHasher(conf.Keys.For("cases")), looked: kept.New[Case](maxSeen),
	}
	for _, kind := range []string{typeDays, typeRecount} {
		conf.Store.On(kind, "cases", s.recount)
	}
	return s, nil
}

// The kinds that keep seals and hashes of different things apart. That of ID
// numbers is identity's, so that one card is one holder.
const (
	kindID        = "id"
	kindApplicant = "case applicant"
	kindDossier   = "case dossier"
	kindCode      = "case query code"
	kindHandover  = "case handover"
)

// The ways this context says no.
var (
	ErrUnknown   = fault.New(fault.NotFound, "cases.unknown", "没有这个办件")
	ErrItem      = fault.New(fault.Conflict, "cases.item", "该事项目前不能申请")
	ErrNotOnline = fault.New(fault.Conflict, "cases.not-online", "该事项不能在网上申请，请到大厅窗口办理")
	ErrWrongItem = fault.New(fault.Conflict, "cases.wrong-item", "按您的情况不适用本事项")
	ErrAnswers   = fault.New(fault.Invalid, "cases.answers", "请先回答全部情形问题")
	ErrScope     = fault.New(fault.Forbidden, "cases.no-delegation", "您没有代该单位办理此事项的授权")
	ErrTooMany   = fault.New(fault.TooMany, "cases.too-many-drafts", "未提交的申请太多，请先提交或删除")
	ErrInput     = fault.New(fault.Invalid, "cases.input", "填写的内容有误")
	ErrValues    = fault.New(fault.Invalid, "cases.values", "表单填写有误，请按提示修改")
	ErrStale     = fault.New(fault.Conflict, "cases.stale", "这份申请刚在别处修改过，请核对两边的内容后再保存")
	ErrMaterial  = fault.New(fault.NotFound, "cases.material", "没有这项材料")
	ErrSource    = fault.New(fault.Conflict, "cases.source", "这项材料不能这样提供")
	ErrMissing   = fault.New(fault.Invalid, "cases.missing", "还有材料没有提供")
	ErrReview    = fault.New(fault.Conflict, "cases.review", "请先审查全部材料")
	ErrNothing   = fault.New(fault.Conflict, "cases.nothing-missing", "没有审查为缺少或有误的材料，不需要补正")
	ErrHandover  = fault.New(fault.NotFound, "cases.handover", "接续码无效或已过期，请在原设备上重新获取")
	ErrFile      = fault.New(fault.NotFound, "cases.file", "没有这个文件")
	ErrNeeded    = fault.New(fault.Conflict, "cases.material-needed", "这份材料已随申请提交，随办件归档保存，不能删除")
	ErrRequest   = fault.New(fault.Invalid, "cases.request-reused", "该请求编号已用于另一项操作，请重新提交")
	ErrQuery     = fault.New(fault.NotFound, "cases.query", "编号与查询码（或身份证号后四位）不符，请核对")
	ErrGuesses   = fault.New(fault.TooMany, "cases.query-locked", "输错次数过多，请半小时后再试，或登录后查询")
	ErrHall      = fault.New(fault.Invalid, "cases.hall", "没有这个大厅")
	ErrPerson    = fault.New(fault.Invalid, "cases.person", "申请人信息有误，请核对姓名、身份证号和手机号")
	ErrReason    = fault.New(fault.Invalid, "cases.reason", "请写明理由")
	ErrTolerance = fault.New(fault.Conflict, "cases.tolerance", "只有指南列明可容缺的材料才能容缺受理")
	ErrDue       = fault.New(fault.Invalid, "cases.due", "补交期限应是今天以后、30 个工作日以内的日期")
	ErrHead      = fault.New(fault.Forbidden, "cases.head", "这一步由本部门负责人办理")
	ErrChild     = fault.New(fault.Conflict, "cases.child", "这是套餐中的一个事项，请在套餐上操作")
	ErrPackage   = fault.New(fault.Conflict, "cases.package", "这是套餐，请对其中的事项操作")
)

// daysKept is how long a region's calendar is good.
const daysKept = 10 * time.Second

// days are a region's working days as they were read.
type days struct {
	calendar *calendar.Calendar
	read     time.Time
}

// reckoner counts the time of cases of a region.
func (s *Service) reckoner(ctx context.Context, region string) (limit.Reckoner, error) {
	r := limit.Reckoner{Calendar: s.official, Place: place}
	if s.Days == nil {
		return r, nil
	}
	if kept, ok := s.regions.Load(region); ok {
		if d := kept.(days); time.Since(d.read) < daysKept {
			r.Calendar = d.calendar
			return r, nil
		}
	}
	own, err := s.Days(ctx, region)
	if err != nil {
		return r, fmt.Errorf("read the working days of %s: %w", region, err)
	}
	s.regions.Store(region, days{own, time.Now()})
	r.Calendar = own
	return r, nil
}

// place is where the platform's days begin and end.
var place = time.FixedZone("Asia/Shanghai", 8*60*60)
