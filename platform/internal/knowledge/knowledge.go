// Package knowledge is what the staff at a window look up while they serve:
// review points, policies, guides, experience, questions with answers and
// contacts. One part is made of the published items and is always in step with
// them; another is written by the departments' staff, each version checked by
// somebody else; a third is proposed from published answers to consultations.
// Whoever uses an entry rates it: what is outdated or wrong goes back to its
// department as a to-do with a limit in working days, and the answer to whoever
// rated.
package knowledge

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"
	"time"
	"unicode/utf8"

	"smarthall/internal/calendar"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/identity"
	"smarthall/platform/internal/item"
	"smarthall/platform/internal/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// People is what this context asks of identity.
type People interface {
	// Member returns a member of staff, or identity.ErrUnknown.
	Member(ctx context.Context, id string) (identity.Member, error)
	Organisations(ctx context.Context) ([]identity.Organisation, error)
}

// Library is the published items.
type Library interface {
	// Versions are the versions of all published items, by id.
	Versions(ctx context.Context) (map[string]int, error)
	// Get returns a published item; one that isn't there is a fault of kind
	// NotFound.
	Get(ctx context.Context, id string) (item.Item, error)
	// Synonyms are the citizens' words, by word.
	Synonyms(ctx context.Context) ([]item.Synonyms, error)
}

// Answer is a published answer to a consultation. It holds no personal data.
type Answer struct {
	ID, Title, Question, Text string
	// Item is empty if it is about none; Organisation is a name.
	Item, Organisation string
}

// Config is what Open needs.
type Config struct {
	Store  *store.Store
	Audit  *audit.Log
	People People
	Items  Library
	// Answers are the newest published answers, at most limit; nil: none.
	Answers func(ctx context.Context, limit int) ([]Answer, error)
	// Calendar is a region's working days; nil means the official ones.
	Calendar func(ctx context.Context, region string) (*calendar.Calendar, error)
	// Zone is the city's time zone; nil means UTC+8.
	Zone *time.Location
	Log  *slog.Logger
}

// Service is the context. Its methods may be called from any goroutine.
type Service struct {
	Config
	shelf *shelf
}

// Open makes the context's tables.
func Open(ctx context.Context, conf Config) (*Service, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	if err := conf.Store.Migrate(ctx, "knowledge", files); err != nil {
		return nil, err
	}
	if conf.Zone == nil {
		conf.Zone = time.FixedZone("CST", 8*60*60)
	}
	if conf.Calendar == nil {
		official, err := calendar.New(nil)
		if err != nil {
			return nil, err
		}
		conf.Calendar = func(context.Context, string) (*calendar.Calendar, error) { return official, nil }
	}
	return &Service{Config: conf, shelf: newShelf()}, nil
}

// The ways this context says no.
var (
	ErrNone      = fault.New(fault.NotFound, "knowledge.unknown", "没有这条知识，或已撤下")
	ErrInput     = fault.New(fault.Invalid, "knowledge.input", "填写的内容有误，请检查标出的各项")
	ErrForbidden = fault.New(fault.Forbidden, "knowledge.forbidden", "只能处理本部门的知识")
	ErrChecker   = fault.New(fault.Forbidden, "knowledge.checker", "不能审核本人编写的知识")
	ErrState     = fault.New(fault.Conflict, "knowledge.state", "当前状态不能进行此操作，请刷新后查看")
	ErrStale     = fault.New(fault.Conflict, "knowledge.stale", "内容已被他人修改，请刷新后重试")
	ErrLibrary   = fault.New(fault.Conflict, "knowledge.library", "这条知识来自事项库，请在“事项”中修改办事指南")
	ErrOwn       = fault.New(fault.Conflict, "knowledge.own", "不能评价本人编写的知识")
	ErrSettings  = fault.New(fault.Invalid, "knowledge.settings", "期限须为 1 至 60 个工作日")
	ErrOrg       = fault.New(fault.Invalid, "knowledge.organisation", "没有这个部门，请重新选择")
)

// What others may hear; the subject is the id of the entry.
const (
	TypeRated    = "knowledge.rated"
	TypeAnswered = "knowledge.answered"
)

// Event is the body of both: no words, nobody's name.
type Event struct {
	Todo         string  `json:"todo,omitempty"`
	Organisation string  `json:"organisation"`
	Region       string  `json:"region"`
	Verdict      Verdict `json:"verdict,omitempty"`
	Outcome      Outcome `json:"outcome,omitempty"`
	// Due is when the answer has to be there; zero: nothing has to be done.
	Due  time.Time `json:"due,omitzero"`
	Late bool      `json:"late,omitempty"`
}

// desk tells whether a caller is of the service desk of a region.
func desk(c access.Caller, region string) bool {
	return c.Has(access.RoleServiceDesk) && c.Covers(region)
}

// writers are the roles that write for their department.
var writers = []access.Role{
	access.RoleItemEditor, access.RoleItemReviewer, access.RoleClerk, access.RoleApprover, access.RoleChief, access.RoleServiceDesk,
}

// mayWrite tells whether a caller writes the entries of an organisation.
func mayWrite(c access.Caller, organisation, region string) bool {
	return c.Org != "" && c.Org == organisation && c.Has(writers...) || desk(c, region)
}

// mayCheck tells whether a caller checks what others wrote, and acts on to-dos.
func mayCheck(c access.Caller, organisation, region string) bool {
	return c.Org != "" && c.Org == organisation && c.Has(access.RoleItemReviewer, access.RoleItemEditor, access.RoleApprover, access.RoleChief) || desk(c, region)
}

// tidy drops what can't be seen from a text.
func tidy(text string) string {
	text = strings.ReplaceAll(strings.ToValidUTF8(text, ""), "\r\n", "\n")
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return -1
		}
		return r
	}, text))
}

// sized checks that a text has least to most characters.
func sized(wrong *fault.Fault, field, label, text string, least, most int) *fault.Fault {
	if n := utf8.RuneCountInString(text); n < least || n > most {
		return wrong.Wrong(field, fmt.Sprintf("%s须为 %d 至 %d 个字", label, least, most))
	}
	return wrong
}

// organisations are all of them, by id.
func (s *Service) organisations(ctx context.Context) (map[string]identity.Organisation, error) {
	all, err := s.People.Organisations(ctx)
	by := make(map[string]identity.Organisation, len(all))
	for _, o := range all {
		by[o.ID] = o
	}
	return by, err
}

// member is what a member of staff is called; empty if there is none any more.
func (s *Service) member(ctx context.Context, id string) (string, error) {
	if id == "" {
		return "", nil
	}
	m, err := s.People.Member(ctx, id)
	if errors.Is(err, identity.ErrUnknown) {
		return "", nil
	}
	return m.Name, err
}

// list are the rows that a query finds.
func list[T any](ctx context.Context, q store.Querier, query string, scan func(interface{ Scan(...any) error }) (T, error), args ...any) ([]T, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read knowledge: %w", err)
	}
	defer rows.Close()
	all := []T{}
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("read knowledge: %w", err)
		}
		all = append(all, v)
	}
	return all, rows.Err()
}
