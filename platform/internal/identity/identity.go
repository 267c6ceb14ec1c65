// Package identity knows who people are: natural persons with real names,
// legal persons and who may act for them, the staff with their organisations
// and roles, and the sessions of all of them. Proofs and passwords flow in,
// callers with a name flow out. Numbers of persons are kept sealed, found by
// keyed hashes, and every look at them is in the audit log.
package identity

import (
	"cmp"
	"context"
	"embed"
	"io/fs"
	"log/slog"

	"golang.org/x/crypto/bcrypt"

	"smarthall/internal/privacy"
	"smarthall/platform/internal/audit"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/identity/certificate"
	"smarthall/platform/internal/keys"
	"smarthall/platform/internal/message"
	"smarthall/platform/internal/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Config is what Open needs.
type Config struct {
	Store    *store.Store
	Keys     *keys.Keys
	Audit    *audit.Log
	Messages message.Sender
	// Provers confirm what a person says of herself, by the kind of proof. People
	// register by themselves where ID cards and a further proof are confirmed.
	Provers map[Proof]Prover
	// LegalRegister confirms legal persons; nil: none are registered on line.
	LegalRegister LegalRegister
	// LegalProvers let legal persons prove who they are; those that aren't there
	// are not open.
	LegalProvers map[LegalWay]LegalProver
	// DemoLegal adds demo ones for those of a demo city that aren't there.
	DemoLegal *DemoLegal
	// BaseURL is how people reach the platform; empty: what a request came by.
	BaseURL string
	// Province is where people sign in who have an account there; nil: nowhere.
	Province *Province
	// DemoCode is accepted as every code and second factor of a demo city; it
	// is empty everywhere else.
	DemoCode string
	// PasswordCost is bcrypt's; 0 means its default.
	PasswordCost int
	Log          *slog.Logger
}

// Service is the context. Its methods may be called from any goroutine.
type Service struct {
	Config
	vault privacy.Vault
	// pepper keys the hashes of tokens and codes.
	pepper privacy.Hasher
	// copies are what other contexts keep of a person, by name; written before
	// the first request.
	copies map[string]Copy
	// itemNames finds names of items; nil: there are none to be found.
	itemNames ItemNames
	// The demo city's own provers of legal persons; nil elsewhere.
	demoAuthority *certificate.Demo
	demoWallet    *demoWallet
}

// ItemNames returns the names of the items with the ids that people see.
type ItemNames func(ctx context.Context, ids []string) (map[string]string, error)

// KnowItems lets delegations be for items that there are, and name them. It is
// called before the first request.
func (s *Service) KnowItems(names ItemNames) { s.itemNames = names }

// Open makes the context's tables.
func Open(ctx context.Context, conf Config) (*Service, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	if err := conf.Store.Migrate(ctx, "identity", files); err != nil {
		return nil, err
	}
	conf.PasswordCost = cmp.Or(conf.PasswordCost, bcrypt.DefaultCost)
	s := &Service{Config: conf, vault: conf.Keys.Vault(), pepper: privacy.NewHasher(conf.Keys.For("sessions")), copies: map[string]Copy{}}
	if conf.DemoLegal != nil {
		if err := s.openDemoLegal(); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// The kinds that keep hashes and seals of different things apart.
const (
	kindID    = "id"
	kindPhone = "phone"
	kindName  = "name"
	kindTOTP  = "second-factor"
)

// The ways this context says no.
var (
	ErrWrongLogin   = fault.New(fault.Unauthenticated, "identity.wrong-login", "账号、密码或验证码有误")
	ErrLocked       = fault.New(fault.TooMany, "identity.locked", "多次输入有误，请 15 分钟后再试，或使用“忘记密码”")
	ErrDisabled     = fault.New(fault.Forbidden, "identity.disabled", "该账号已停用，请携带身份证到服务窗口办理启用")
	ErrCode         = fault.New(fault.Invalid, "identity.wrong-code", "验证码有误或已过期，请重新获取")
	ErrCodeQuota    = fault.New(fault.TooMany, "identity.code-quota", "验证码获取过于频繁，请稍后再试")
	ErrRegistered   = fault.New(fault.Conflict, "identity.registered", "该身份证号已注册，请直接登录；忘记密码可以找回")
	ErrPhoneTaken   = fault.New(fault.Conflict, "identity.phone-taken", "该手机号已绑定其他账号")
	ErrProof        = fault.New(fault.Invalid, "identity.proof", "身份信息未通过核验，请检查后重试")
	ErrProofs       = fault.New(fault.Invalid, "identity.proofs", "除身份证外，还需至少两项信息完成实名核验")
	ErrWeakPassword = fault.New(fault.Invalid, "identity.weak-password", "密码须为 8 至 64 位，且同时含字母和数字")
	ErrAgreement    = fault.New(fault.Invalid, "identity.agreement", "请先阅读并同意服务协议")
	ErrUnknown      = fault.New(fault.NotFound, "identity.unknown", "没有这个用户")
	ErrState        = fault.New(fault.Conflict, "identity.state", "账号当前状态不能进行此操作")
	ErrSecond       = fault.New(fault.Unauthenticated, "identity.second-factor", "请输入身份验证器上的 6 位动态码")
	ErrInput        = fault.New(fault.Invalid, "identity.input", "填写的内容有误")
	ErrChoose       = fault.New(fault.Unauthenticated, "identity.choose-password", "您的密码是窗口发放的，请设置自己的新密码后登录")
	ErrSamePassword = fault.New(fault.Invalid, "identity.same-password", "新密码不能与原密码相同")
	ErrClosed       = fault.New(fault.Unavailable, "identity.closed", "网上自助注册暂未开通，请带身份证到服务窗口注册")
	ErrLegalClosed  = fault.New(fault.Unavailable, "identity.legal-closed", "网上单位注册暂未开通，请带营业执照到服务窗口办理")
	ErrSameOfficer  = fault.New(fault.Forbidden, "identity.same-officer", "启用须由另一位负责人批准")
)
