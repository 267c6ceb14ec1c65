// Package item keeps what the state does for people: the catalogue list, the
// implementation lists with all their versions, and the guides made of them.
// What editors write, an Excel file or the province's library brings flows
// through checks and reviews into a published version; guides, search,
// checklists, printed pages and the events for halls all come from that one
// version. Callers get copies that they may keep and don't change.
package item

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"sync"
	"time"

	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/search"
	"smarthall/platform/internal/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Organisation is an implementing body, as the list of organisations knows it.
type Organisation struct {
	ID, Name string
	// Code is its unified social credit code, or empty.
	Code string
}

// Stage is one of the reviews that a version passes, in sequence (IT-33).
type Stage struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// Own tells that only the item's own organisation reviews here; Organisation,
	// unless empty, whose staff do.
	Own          bool   `json:"own,omitempty"`
	Organisation string `json:"organisation,omitempty"`
}

// DefaultStages are the three reviews of the sources.
func DefaultStages() []Stage {
	return []Stage{
		{ID: "department-legal", Name: "部门法制审核", Own: true},
		{ID: "government-legal", Name: "政府法制审核"},
		{ID: "centre", Name: "政务服务中心审核"},
	}
}

// Config is what Open needs.
type Config struct {
	Store *store.Store
	Audit *audit.Log
	// Organisations are all implementing bodies.
	Organisations func(ctx context.Context) ([]Organisation, error)
	// Reviews are the stages; nil means DefaultStages.
	Reviews []Stage
	// Managers are the organisations whose editors keep the catalogue and may
	// write every item of their region; others write their own.
	Managers []string
	// Files keep forms that were uploaded; nil: none can be.
	Files Files
	// Province is where items come from once a day; nil: nowhere.
	Province Province
	// SyncAt is how long after midnight the province is asked.
	SyncAt time.Duration
	// BaseURL is the portal's address, for QR codes, such as https://example.cn.
	BaseURL string
	// Zone is the platform's time zone; nil means UTC+8.
	Zone *time.Location
	Log  *slog.Logger
}

// Service is the context. Its methods may be called from any goroutine.
type Service struct {
	Config
	index *search.Index
	kept  kept

	// refreshing is held by whoever brings the index up to date.
	refreshing sync.Mutex

	mu        sync.RWMutex
	rev       int64     // of the index; guarded by mu, like all below
	checked   time.Time // when rev was last compared with the database
	changes   int       // counts the changes of this process
	boosted   time.Time // when the hot items were last counted
	loaded    bool
	cache     map[string]Item
	summaries map[string]Summary
	packages  []Package
	bodies    map[string]string // names of organisations, as their items say

	prints prints

	counting sync.Mutex
	counts   map[count]int64 // not stored yet; guarded by counting
}

// Open makes the context's tables.
func Open(ctx context.Context, conf Config) (*Service, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	if err := conf.Store.Migrate(ctx, "item", files); err != nil {
		return nil, err
	}
	if conf.Reviews == nil {
		conf.Reviews = DefaultStages()
	}
	if conf.Zone == nil {
		conf.Zone = time.FixedZone("CST", 8*60*60)
	}
	if conf.Log == nil {
		conf.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{
		Config: conf, index: search.New(), cache: map[string]Item{}, summaries: map[string]Summary{}, bodies: map[string]string{}, counts: map[count]int64{},
	}, nil
}

// The ways this context says no.
var (
	ErrUnknown    = fault.New(fault.NotFound, "item.unknown", "没有这个事项，或该事项未发布")
	ErrVersion    = fault.New(fault.NotFound, "item.unknown-version", "没有这个版本")
	ErrPackage    = fault.New(fault.NotFound, "item.unknown-package", "没有这个“一件事”")
	ErrEntry      = fault.New(fault.Invalid, "item.unknown-entry", "基本目录中没有这个基本编码，未列入目录的事项不得实施")
	ErrRights     = fault.New(fault.Forbidden, "item.forbidden", "只能编制本部门、本地区的事项")
	ErrInput      = fault.New(fault.Invalid, "item.input", "填写的内容有误")
	ErrIncomplete = fault.New(fault.Invalid, "item.incomplete", "办事指南要素不完整，请补充后再提交")
	ErrState      = fault.New(fault.Conflict, "item.state", "事项当前状态不能进行此操作")
	ErrOpen       = fault.New(fault.Conflict, "item.open", "该事项已有编制中或审核中的版本")
	ErrStale      = fault.New(fault.Conflict, "item.stale", "内容已被他人修改，请刷新后重试")
	ErrTaken      = fault.New(fault.Conflict, "item.taken", "编号或实施编码已被使用")
	ErrReviewer   = fault.New(fault.Forbidden, "item.reviewer", "不能审核本人编制的版本，同一人也不能审核两个环节")
	ErrStage      = fault.New(fault.Forbidden, "item.stage", "当前环节不由您审核")
	ErrAnswer     = fault.New(fault.Invalid, "item.answer", "所选情形有误，请重新选择")
	ErrProposal   = fault.New(fault.Conflict, "item.proposal", "没有待审核的目录调整，或已有另一项调整在审核")
	ErrImport     = fault.New(fault.Invalid, "item.import", "导入的内容有误，未导入任何数据")
	ErrProvince   = fault.New(fault.Unavailable, "item.province", "省级事项库暂时无法连接")
)

// revise counts a change that the public can see.
func revise(ctx context.Context, tx *store.Tx) (rev int64, err error) {
	if err := tx.QueryRowContext(ctx, `UPDATE item_revision SET n = n + 1 WHERE id = 1 RETURNING n`).Scan(&rev); err != nil {
		return 0, fmt.Errorf("count the change: %w", err)
	}
	return rev, nil
}

// encode is a value as it is stored.
func encode(v any) (string, error) {
	data, err := json.Marshal(v)
	return string(data), err
}

// changed makes the next look at the index bring it up to date.
func (s *Service) changed() {
	s.mu.Lock()
	s.checked = time.Time{}
	s.changes++
	s.mu.Unlock()
}
