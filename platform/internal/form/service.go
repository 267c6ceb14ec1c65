package form

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"sync"

	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Owner is whose an item or a form is.
type Owner struct {
	Organisation, Region string
	Name                 string
}

// Items is what this context asks of the items.
type Items interface {
	// Owner tells whose an item is; a fault says that there is no such item.
	Owner(ctx context.Context, item string) (Owner, error)
}

// Config is what Open needs.
type Config struct {
	Store *store.Store
	Audit *audit.Log
	Items Items
	// Managers are the organisations whose editors write every form.
	Managers []string
	// Regions are those that addresses offer; nil means DefaultRegions.
	Regions *Regions
	Log     *slog.Logger
}

// Service is the context. Its methods may be called from any goroutine.
type Service struct {
	Config
	general *Form

	mu    sync.RWMutex
	cache map[key]*Form // compiled versions, which never change; guarded by mu
}

type key struct {
	id      string
	version int
}

// maxCache bounds the compiled forms that are kept.
const maxCache = 500

// The ways this context says no.
var (
	ErrUnknown  = fault.New(fault.NotFound, "form.unknown", "没有这张表单，或该表单未发布")
	ErrRights   = fault.New(fault.Forbidden, "form.forbidden", "只能编制本部门、本地区的表单")
	ErrState    = fault.New(fault.Conflict, "form.state", "表单当前状态不能进行此操作")
	ErrStale    = fault.New(fault.Conflict, "form.stale", "内容已被他人修改，请刷新后重试")
	ErrTaken    = fault.New(fault.Conflict, "form.taken", "表单编号已被使用")
	ErrReviewer = fault.New(fault.Forbidden, "form.reviewer", "不能审核本人编制的表单")
	ErrComment  = fault.New(fault.Invalid, "form.comment", "退回须填写意见，最多 1000 个字")
	ErrID       = fault.New(fault.Invalid, "form.id", "表单编号应以小写字母开头，由小写字母、数字和连字符组成，最多 40 个")
	ErrBusy     = fault.New(fault.Unavailable, "form.busy", "打印表单的人较多，请稍后再试")
)

// Open makes the context's tables.
func Open(ctx context.Context, conf Config) (*Service, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	if err := conf.Store.Migrate(ctx, "form", files); err != nil {
		return nil, err
	}
	if conf.Regions == nil {
		if conf.Regions, err = DefaultRegions(); err != nil {
			return nil, err
		}
	}
	if conf.Log == nil {
		conf.Log = slog.New(slog.DiscardHandler)
	}
	general, err := General()
	if err != nil {
		return nil, err
	}
	return &Service{Config: conf, general: general, cache: map[key]*Form{}}, nil
}

// Published is the version of a form that people fill in now.
func (s *Service) Published(ctx context.Context, id string) (*Form, error) {
	if id == GeneralID {
		return s.general, nil
	}
	var version int
	err := s.Store.Read().QueryRowContext(ctx, `SELECT current FROM form_head WHERE id = $1 AND current > 0`, id).Scan(&version)
	switch {
	case store.IsNone(err):
		return nil, ErrUnknown
	case err != nil:
		return nil, fmt.Errorf("read form %s: %w", id, err)
	}
	return s.Version(ctx, id, version)
}

// Version is a version of a form that was published once: cases keep theirs.
func (s *Service) Version(ctx context.Context, id string, version int) (*Form, error) {
	if id == GeneralID {
		if version != s.general.Version {
			return nil, ErrUnknown
		}
		return s.general, nil
	}
	k := key{id, version}
	s.mu.RLock()
	f := s.cache[k]
	s.mu.RUnlock()
	if f != nil {
		return f, nil
	}
	var data string
	err := s.Store.Read().QueryRowContext(ctx, `SELECT data FROM form_version WHERE form = $1 AND version = $2 AND published > 0`, id, version).Scan(&data)
	switch {
	case store.IsNone(err):
		return nil, ErrUnknown
	case err != nil:
		return nil, fmt.Errorf("read form %s version %d: %w", id, version, err)
	}
	if f, err = Load(id, version, []byte(data)); err != nil {
		return nil, fmt.Errorf("form %s version %d is stored broken: %w", id, version, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.cache) >= maxCache {
		clear(s.cache)
	}
	s.cache[k] = f
	return f, nil
}

// ForItem is the form of an item: the one bound to it, else the general one.
func (s *Service) ForItem(ctx context.Context, item string) (*Form, error) {
	var id string
	err := s.Store.Read().QueryRowContext(ctx, `SELECT form FROM form_item WHERE item = $1`, item).Scan(&id)
	switch {
	case store.IsNone(err):
		return s.general, nil
	case err != nil:
		return nil, fmt.Errorf("read the form of item %s: %w", item, err)
	}
	return s.Published(ctx, id)
}

// Bind gives an item a published form; an empty id the general one.
func (s *Service) Bind(ctx context.Context, item, id string) error {
	owner, err := s.Items.Owner(ctx, item)
	if err != nil {
		return err
	}
	if !s.mayEdit(ctx, owner.Organisation, owner.Region) && !mayReview(ctx, owner.Region) {
		return ErrRights
	}
	return s.Store.Write(ctx, "bind a form", func(tx *store.Tx) error {
		if err := bind(ctx, tx, item, id); err != nil {
			return err
		}
		return s.Audit.Add(ctx, tx, audit.Entry{Action: "form.bind", Object: item, Detail: "form " + id})
	})
}

func bind(ctx context.Context, tx *store.Tx, item, id string) error {
	if id == "" || id == GeneralID {
		_, err := tx.ExecContext(ctx, `DELETE FROM form_item WHERE item = $1`, item)
		return err
	}
	var current int
	err := tx.QueryRowContext(ctx, `SELECT current FROM form_head WHERE id = $1`, id).Scan(&current)
	if store.IsNone(err) || err == nil && current == 0 {
		return ErrUnknown
	}
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO form_item (item, form) VALUES ($1, $2) ON CONFLICT (item) DO UPDATE SET form = excluded.form`, item, id)
	return err
}

// mayEdit tells whether the caller writes the forms of an organisation.
func (s *Service) mayEdit(ctx context.Context, organisation, region string) bool {
	c := access.From(ctx)
	return c.Has(access.RoleItemEditor) && c.Covers(region) && (c.Org == organisation || s.manages(c))
}

func (s *Service) manages(c access.Caller) bool {
	for _, m := range s.Managers {
		if m == c.Org {
			return true
		}
	}
	return false
}

func mayReview(ctx context.Context, region string) bool {
	c := access.From(ctx)
	return c.Has(access.RoleItemReviewer) && c.Covers(region)
}

// encode is a definition as it is stored.
func encode(d Definition) (string, error) {
	data, err := json.Marshal(d)
	if err != nil {
		return "", fmt.Errorf("write a form: %w", err)
	}
	if len(data) > maxDefinition {
		return "", ErrDefinition.Wrong("", fmt.Sprintf("表单定义不能超过 %d KB", maxDefinition>>10))
	}
	return string(data), nil
}
