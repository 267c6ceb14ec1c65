// Package appointment books visits to halls. What a hall's service can take
// flows in as settings, and days and periods with free places flow out; a
// booking takes a place or is refused, goes down to its hall as an event, and
// what became of the visit comes back up and counts for the holder's credit.
package appointment

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"smarthall/internal/calendar"
	"smarthall/internal/privacy"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/identity"
	"smarthall/platform/internal/keys"
	"smarthall/platform/internal/message"
	"smarthall/platform/internal/node"
	"smarthall/platform/internal/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// People is what this context asks of identity.
type People interface {
	// Person returns a natural person, or identity.ErrUnknown.
	Person(ctx context.Context, id string) (identity.Person, error)
	// PersonByNumber does so by the ID number.
	PersonByNumber(ctx context.Context, number string) (identity.Person, error)
	// MayActFor returns what a person may do for a legal person now, or
	// identity.ErrNoDelegate.
	MayActFor(ctx context.Context, person, legal string) (identity.Scope, error)
}

// Halls is what this context asks of node.
type Halls interface {
	// Hall returns a hall, or node.ErrNoHall.
	Hall(ctx context.Context, id string) (node.Hall, error)
}

// Items tells what an item's guide says of appointments (AP-12).
type Items interface {
	// Bookable tells the item's name and whether it is published and may be
	// booked. An item that isn't there isn't bookable, without an error.
	Bookable(ctx context.Context, item string) (name string, ok bool, err error)
}

// Config is what Open needs.
type Config struct {
	Store    *store.Store
	Keys     *keys.Keys
	Audit    *audit.Log
	Messages message.Sender
	People   People
	Halls    Halls
	// Items may be nil: then the settings alone say what may be booked.
	Items Items
	Log   *slog.Logger
}

// Service is the context. Its methods may be called from any goroutine.
type Service struct {
	Config
	vault    privacy.Vault
	hasher   privacy.Hasher // of requests
	official *calendar.Calendar
	// looks are readings that several ask for at the same time.
	looks singleflight.Group

	mu    sync.Mutex
	zones map[string]*time.Location // by name; guarded by mu
	// outcomes count bookings by what became of the request; guarded by mu.
	outcomes map[string]uint64
}

// Open makes the context's tables.
func Open(ctx context.Context, conf Config) (*Service, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	if err := conf.Store.Migrate(ctx, "appointment", files); err != nil {
		return nil, err
	}
	official, err := calendar.New(nil)
	if err != nil {
		return nil, err
	}
	return &Service{
		Config: conf, official: official, vault: conf.Keys.Vault(), hasher: privacy.NewHasher(conf.Keys.For("appointments")),
		zones: map[string]*time.Location{}, outcomes: map[string]uint64{},
	}, nil
}

// The kinds that keep hashes and seals of different things apart. That of ID
// numbers is the same as identity's, so that one card is one holder.
const (
	kindID    = "id"
	kindPhone = "phone"
	kindName  = "name"
)

// The ways this context says no.
var (
	ErrNone       = fault.New(fault.NotFound, "appointment.unknown", "没有这个预约")
	ErrNotOffered = fault.New(fault.NotFound, "appointment.not-offered", "该事项目前不能在此大厅预约，请直接到大厅取号或选择其他大厅")
	ErrDay        = fault.New(fault.Invalid, "appointment.day", "这一天不能预约，请在可预约的日期中选择")
	ErrPeriod     = fault.New(fault.Invalid, "appointment.period", "没有这个时段，请刷新后重新选择")
	ErrFull       = fault.New(fault.Conflict, "appointment.full", "该时段已约满，请选择其他时段")
	ErrClosed     = fault.New(fault.Conflict, "appointment.closed", "该时段已停止预约，请选择其他时段")
	ErrHasOne     = fault.New(fault.Conflict, "appointment.has-one", "该事项已有一个未办理的预约，办理完成或取消后才能再次预约")
	ErrSuspended  = fault.New(fault.Forbidden, "appointment.suspended", "因多次预约未到，网上预约已暂停；可以到大厅现场取号，有异议可以申诉")
	ErrUsed       = fault.New(fault.Conflict, "appointment.used", "该预约已签到或已结束，不能再更改")
	ErrOver       = fault.New(fault.Conflict, "appointment.over", "预约时段已过，不能再更改")
	ErrRequest    = fault.New(fault.Invalid, "appointment.request-reused", "该请求编号已用于另一个预约，请重新提交")
	ErrScope      = fault.New(fault.Forbidden, "appointment.no-delegation", "您没有代该单位预约此事项的授权")
	ErrInput      = fault.New(fault.Invalid, "appointment.input", "填写的内容有误")
	ErrPerson     = fault.New(fault.Invalid, "appointment.person", "预约人信息有误，请核对姓名、身份证号和手机号")
	ErrSettings   = fault.New(fault.Invalid, "appointment.settings", "预约设置有误")
	ErrNoService  = fault.New(fault.NotFound, "appointment.unknown-service", "该大厅没有设置这项业务的预约")
	ErrNoAppeal   = fault.New(fault.Conflict, "appointment.no-appeal", "目前没有可以申诉的暂停，或已经申诉过")
	ErrDecided    = fault.New(fault.Conflict, "appointment.decided", "这项申诉已经处理或不存在")
	ErrEvent      = fault.New(fault.Invalid, "appointment.event", "大厅报送的预约事件有误")
)

// homeZone is where halls are that don't say where they are.
const homeZone = "Asia/Shanghai"

// zone is where a hall's clocks are.
func (s *Service) zone(h node.Hall) *time.Location {
	name := h.Described.TimeZone
	if name == "" || name == "Local" {
		name = homeZone
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if place, ok := s.zones[name]; ok {
		return place
	}
	place, err := time.LoadLocation(name)
	if err != nil { // unknown name, or a machine without the zones' data
		place = time.FixedZone("CST", 8*60*60)
	}
	if len(s.zones) < maxZones {
		s.zones[name] = place
	}
	return place
}

// maxZones bounds what halls can make us remember.
const maxZones = 100

// count counts a booking's request.
func (s *Service) count(outcome string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.outcomes[outcome]++
}
