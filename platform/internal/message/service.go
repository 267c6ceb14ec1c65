package message

import (
	"cmp"
	"context"
	"embed"
	"errors"
	"io/fs"
	"log/slog"
	"sync"
	"time"

	"smarthall/internal/privacy"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/keys"
	"smarthall/platform/internal/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Contact is where a person can be reached; what is empty isn't known.
type Contact struct{ Phone, Email string }

// ErrNoContact says that a directory knows no such person, or that she isn't
// to be written to.
var ErrNoContact = errors.New("no such person to write to")

// Directory knows how people are reached. Its error is ErrNoContact, or one
// that passes.
type Directory interface {
	Contact(ctx context.Context, person string) (Contact, error)
}

// DirectoryFunc is a function as a Directory.
type DirectoryFunc func(ctx context.Context, person string) (Contact, error)

// Contact implements Directory.
func (f DirectoryFunc) Contact(ctx context.Context, person string) (Contact, error) {
	return f(ctx, person)
}

// Config is what Open needs.
type Config struct {
	Store     *store.Store
	Keys      *keys.Keys
	Audit     *audit.Log
	Directory Directory
	// Settings are the city's; the zero value sends all to the outbox page.
	Settings Settings
	// Demo opens the outbox page to everybody and shows codes there.
	Demo bool
	// Zone is where days and quiet hours are counted; nil means China's.
	Zone *time.Location
	Log  *slog.Logger
}

// Service is the context. Its methods may be called from any goroutine.
type Service struct {
	Config
	vault     privacy.Vault
	providers []Provider
	breakers  map[string]*breaker
	signers   map[string]Secret // that receipts are signed with, by provider
	published sync.Map          // Template by templateID: versions never change
	counts    counter
}

// The kinds that keep hashes and seals of different things apart.
const (
	kindPhone = "phone"
	kindEmail = "email"
	kindVars  = "message-vars"
	kindText  = "message-text"
)

// The ways this context says no.
var (
	ErrUnknown    = fault.New(fault.NotFound, "message.unknown", "没有这条消息")
	ErrTemplate   = fault.New(fault.NotFound, "message.unknown-template", "没有这个消息模板")
	ErrState      = fault.New(fault.Conflict, "message.state", "该消息当前状态不能重新发送")
	ErrForgotten  = fault.New(fault.Conflict, "message.forgotten", "验证码类消息不能重新发送，请重新获取")
	ErrText       = fault.New(fault.Invalid, "message.template", "模板内容有误")
	ErrVersion    = fault.New(fault.Conflict, "message.template-state", "模板当前状态不能进行此操作，请刷新后重试")
	ErrSameAuthor = fault.New(fault.Forbidden, "message.same-author", "模板须由编写人以外的人审核发布")
	ErrAddress    = fault.New(fault.Invalid, "message.address", "请填写正确的手机号码或电子邮箱")
	ErrSignature  = fault.New(fault.Unauthenticated, "message.signature", "回执签名无效")
	ErrReceipt    = fault.New(fault.Invalid, "message.receipt", "回执内容有误")
)

// Open makes the context's tables and takes the product's texts in. Run sends.
func Open(ctx context.Context, conf Config) (*Service, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	if err := conf.Store.Migrate(ctx, "message", files); err != nil {
		return nil, err
	}
	conf.Zone = cmp.Or(conf.Zone, time.FixedZone("CST", 8*60*60))
	s := &Service{Config: conf, vault: conf.Keys.Vault(), counts: newCounter()}
	if err := s.join(); err != nil {
		return nil, err
	}
	if err := s.takeProductTexts(ctx); err != nil {
		return nil, err
	}
	return s, nil
}
