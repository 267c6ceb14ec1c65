// Package evaluation hears what people say of the administration and sees that
// it is acted on. Consultations, suggestions and complaints flow in, each with
// a limit in working days, through the desk and the departments to an answer,
// which may be published without personal data. Ratings flow in from halls and
// by links, one of a visit and one of a case; a bad one opens a rectification
// with a limit of its own. A consultation may be a conversation in real time:
// the program answers first, then the staff; what stays open becomes a written
// one.
package evaluation

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"smarthall/internal/calendar"
	"smarthall/internal/privacy"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/identity"
	"smarthall/platform/internal/keys"
	"smarthall/platform/internal/message"
	"smarthall/platform/internal/node"
	"smarthall/platform/internal/portal"
	"smarthall/platform/internal/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// People is what this context asks of identity.
type People interface {
	// Person returns a natural person, or identity.ErrUnknown.
	Person(ctx context.Context, id string) (identity.Person, error)
	// Member returns a member of staff, or identity.ErrUnknown.
	Member(ctx context.Context, id string) (identity.Member, error)
	// Members are all staff whose region the context's caller covers.
	Members(ctx context.Context) ([]identity.Member, error)
	Organisations(ctx context.Context) ([]identity.Organisation, error)
}

// Item is what this context has to know of an item.
type Item struct{ ID, Name, Organisation string }

// Booked is what this context has to know of an appointment.
type Booked struct{ Hall, Item, Person string }

// Config is what Open needs.
type Config struct {
	Store    *store.Store
	Keys     *keys.Keys
	Audit    *audit.Log
	Messages message.Sender
	People   People
	// Item returns a published item; one that isn't there is a fault of kind
	// NotFound.
	Item func(ctx context.Context, id string) (Item, error)
	// Hall returns a hall, or node.ErrNoHall.
	Hall func(ctx context.Context, id string) (node.Hall, error)
	// Booked returns an appointment; one that isn't there is a fault of kind
	// NotFound.
	Booked func(ctx context.Context, id string) (Booked, error)
	// Calendar is a region's working days; nil means the official ones.
	Calendar func(ctx context.Context, region string) (*calendar.Calendar, error)
	// Guide answers a question by what is published, about an item if one is
	// named; nothing found is an empty answer. nil: no question is answered so.
	Guide func(ctx context.Context, text, item string) (Guidance, error)
	// Frame shows a page in the portal's form.
	Frame func(w http.ResponseWriter, r *http.Request, f portal.Framed) error
	// BaseURL is the portal's address in links that are sent out; empty makes
	// them begin with a slash.
	BaseURL string
	// Zone is the city's time zone; nil means UTC+8.
	Zone *time.Location
	Log  *slog.Logger
}

// Service is the context. Its methods may be called from any goroutine.
type Service struct {
	Config
	vault   privacy.Vault
	secret  []byte // of tokens
	pages   *template.Template
	answers *answers
	public  held
	lounge  *lounge
}

// Open makes the context's tables and reads its pages.
func Open(ctx context.Context, conf Config) (*Service, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	if err := conf.Store.Migrate(ctx, "evaluation", files); err != nil {
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
	conf.BaseURL = strings.TrimSuffix(conf.BaseURL, "/")
	s := &Service{Config: conf, vault: conf.Keys.Vault(), secret: conf.Keys.For("evaluation"), answers: newAnswers(), lounge: newLounge()}
	if s.pages, err = readPages(conf.Zone); err != nil {
		return nil, fmt.Errorf("read the pages of evaluation: %w", err)
	}
	return s, nil
}

// kindPhone keeps hashes and seals of phones apart from those of other things.
const kindPhone = "phone"

// The ways this context says no.
var (
	ErrNone        = fault.New(fault.NotFound, "evaluation.unknown", "没有这条记录")
	ErrInput       = fault.New(fault.Invalid, "evaluation.input", "填写的内容有误，请检查标出的各项")
	ErrSignIn      = fault.New(fault.Unauthenticated, "evaluation.sign-in", "投诉实行实名制，请先登录")
	ErrItem        = fault.New(fault.Invalid, "evaluation.item", "没有这个事项，请重新选择")
	ErrOrg         = fault.New(fault.Invalid, "evaluation.organisation", "没有这个部门，请重新选择")
	ErrState       = fault.New(fault.Conflict, "evaluation.state", "当前状态不能进行此操作，请刷新后查看")
	ErrDispatches  = fault.New(fault.Conflict, "evaluation.dispatches", "已转办过两次，请直接答复")
	ErrAssignee    = fault.New(fault.Invalid, "evaluation.assignee", "承办人不属于该部门")
	ErrRated       = fault.New(fault.Conflict, "evaluation.rated", "已经评价过，感谢您的评价")
	ErrLink        = fault.New(fault.NotFound, "evaluation.link", "评价链接无效或已过期")
	ErrScore       = fault.New(fault.Invalid, "evaluation.score", "请选择满意程度")
	ErrConsent     = fault.New(fault.Conflict, "evaluation.consent", "提出人没有同意公开，不能公开")
	ErrPersonal    = fault.New(fault.Invalid, "evaluation.personal-data", "公开的内容含有手机号、证件号等个人信息，请删去后再公开")
	ErrExtended    = fault.New(fault.Conflict, "evaluation.extended", "整改期限只能延长一次")
	ErrForbidden   = fault.New(fault.Forbidden, "evaluation.forbidden", "这项操作由咨询投诉岗办理")
	ErrNoContact   = fault.New(fault.Conflict, "evaluation.no-contact", "提出人没有留下联系方式")
	ErrEvent       = fault.New(fault.Invalid, "evaluation.event", "大厅报送的评价有误")
	ErrSettings    = fault.New(fault.Invalid, "evaluation.settings", "设置有误")
	ErrFormExpired = fault.New(fault.Conflict, "evaluation.form-used", "这张表单已用于另一次提交，请重新填写")
)

// token derives an unguessable text of a purpose from an id: 32 lower-case hex
// digits, 128 bits.
func (s *Service) token(purpose, id string) string {
	mac := hmac.New(sha256.New, s.secret)
	mac.Write([]byte(purpose + "\x00" + id))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// hash is a token as it is stored, so that who reads the database can't use it.
func (s *Service) hash(token string) string {
	mac := hmac.New(sha256.New, s.secret)
	mac.Write([]byte("stored\x00" + token))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// isToken tells whether a text can be one of token's.
func isToken(text string) bool {
	_, err := hex.DecodeString(text)
	return err == nil && len(text) == 32
}

// number gives the next number of a kind and day: ZX202611240001.
func (s *Service) number(ctx context.Context, tx *store.Tx, prefix string) (string, error) {
	day := tx.Now.In(s.Zone).Format("20060102")
	var n int
	err := tx.QueryRowContext(ctx, `INSERT INTO evaluation_number (prefix, day, n) VALUES ($1, $2, 1)
		ON CONFLICT (prefix, day) DO UPDATE SET n = evaluation_number.n + 1 RETURNING n`, prefix, day).Scan(&n)
	if err != nil {
		return "", fmt.Errorf("give a number: %w", err)
	}
	return fmt.Sprintf("%s%s%04d", prefix, day, n), nil
}

// organisations are all, by id.
func (s *Service) organisations(ctx context.Context) (map[string]identity.Organisation, error) {
	list, err := s.People.Organisations(ctx)
	by := make(map[string]identity.Organisation, len(list))
	for _, o := range list {
		by[o.ID] = o
	}
	return by, err
}

// desk tells whether a caller is of the service desk of a region.
func desk(c access.Caller, region string) bool {
	return c.Has(access.RoleServiceDesk) && c.Covers(region)
}
