package identity

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"smarthall/internal/codes"
	"smarthall/internal/sqldb"
	"smarthall/platform/internal/access"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/store"
)

// ByWindow is the way of a legal person whose papers a registrar has seen.
const ByWindow LegalWay = "window"

// LicenceKind is what a legal person shows that it is one (U-13).
type LicenceKind string

// The kinds of licences, and the first letters of the credit codes on them (GB
// 32100, table 1).
const (
	BusinessLicence   LicenceKind = "business"    // 营业执照: 9
	SocialLicence     LicenceKind = "social"      // 社会组织登记证书: 5
	InstitutionPaper  LicenceKind = "institution" // 机关、事业单位证书: 1
	OtherLegalLicence LicenceKind = "other"       // of another body that registers
)

// firstLetters are those of the credit codes of each kind.
var firstLetters = map[byte]LicenceKind{'9': BusinessLicence, '5': SocialLicence, '1': InstitutionPaper}

// Original is a paper that the registrar has held in her hands.
type Original string

// The originals.
const (
	SeenIDCard           Original = "id-card" // of who stands at the window
	SeenLicence          Original = "licence"
	SeenRepresentativeID Original = "representative-id"
	SeenPower            Original = "power-of-attorney"
)

// originals are those that must be seen: of the representative herself (U-13),
// and of who comes in her stead (U-14).
var originals = map[DelegationRole][]Original{
	representative: {SeenIDCard, SeenLicence},
	Handler:        {SeenIDCard, SeenRepresentativeID, SeenPower, SeenLicence},
}

// registerPatience is how long the register may take to answer at a window.
const registerPatience = 8 * time.Second

// byHand is the provider of what a registrar checked without the register.
const byHand = "窗口人工核验"

// maxManual bounds why it was checked by hand, in characters.
const maxManual = 200

// The ways a window says no for legal persons.
var (
	ErrOriginals       = fault.New(fault.Invalid, "identity.originals", "请核对全部证件原件后逐项勾选")
	ErrLegalCheck      = fault.New(fault.Conflict, "identity.legal-check", "登记机关暂时无法核对。请人工核对原件，勾选“已人工核验”并填写原因")
	ErrLegalRefused    = fault.New(fault.Invalid, "identity.legal-refused", "登记机关核对不符，请核对单位名称、代码和法定代表人")
	ErrLegalUnknown    = fault.New(fault.NotFound, "identity.legal-unknown", "该单位尚未登记，请选择“新登记”办理")
	ErrLegalDiffers    = fault.New(fault.Conflict, "identity.legal-differs", "该单位已登记，但名称或法定代表人与登记的不一致。确已变更的，请选择“变更登记”办理")
	ErrLegalSame       = fault.New(fault.Conflict, "identity.legal-same", "名称和法定代表人与登记的一致，无需变更")
	ErrLegalAgent      = fault.New(fault.Conflict, "identity.legal-agent", "该经办人已有本单位的有效授权，无需重复登记")
	ErrLegalDisabled   = fault.New(fault.Forbidden, "identity.legal-disabled", "该单位账号已停用，不能办理")
	ErrWindowPerson    = fault.New(fault.NotFound, "identity.window-person", "到场人尚未实名注册，请先办理个人窗口注册")
	ErrNoLegalAtWindow = fault.New(fault.NotFound, "identity.legal-window-unknown", "没有这次登记")
)

// AtWindow is what a registrar enters of a legal person whose papers lie before
// her.
type AtWindow struct {
	// Number is of the ID card of who stands at the window. She has an account.
	Number string
	// Role is representative, or handler: who comes in the representative's stead.
	Role DelegationRole
	// Change tells that the legal person is registered, and that its name or its
	// representative isn't the same any more (U-15).
	Change     bool
	Kind       LicenceKind
	Name, Code string
	// Representative and RepresentativeNumber are as on the representative's ID
	// card, and Until is when the power of attorney ends: of handlers only.
	Representative, RepresentativeNumber string
	Until                                time.Time
	// Seen are the originals that were seen.
	Seen []Original
	// Manual is why the registrar answers for what the register can't confirm now;
	// empty: she doesn't.
	Manual string
}

// Visit is what came of it.
type Visit struct {
	ID    string
	Legal LegalPerson
	// Told tells that the representative has an account and was told of who acts
	// in her stead.
	Told bool
	// Provider is who confirmed it.
	Provider string
}

// visit is a registration at a window as it goes on.
type visit struct {
	AtWindow
	Visit
	person Person // who stands at the window
	// boss is the account of the representative; nil: none.
	boss *Person
}

// RegisterLegalAtWindow registers a legal person, changes it, or lets an agent
// act for it, by papers that the context's caller, a registrar, has seen (U-13
// to U-15). The register confirms it: what it denies is refused; while it
// doesn't answer ErrLegalCheck asks the registrar to answer for it herself.
func (s *Service) RegisterLegalAtWindow(ctx context.Context, w AtWindow) (Visit, error) {
	w.tidy()
	if err := s.checkAtWindow(w); err != nil {
		return Visit{}, err
	}
	v := &visit{AtWindow: w}
	if err := s.meet(ctx, v); err != nil {
		return Visit{}, err
	}
	if err := s.confirmAtWindow(ctx, v); err != nil {
		return Visit{}, err
	}
	err := s.Store.Write(ctx, "register a legal person at a window", func(tx *store.Tx) error { return s.enterLegal(ctx, tx, v) })
	if sqldb.IsDuplicate(err) {
		return Visit{}, ErrLegalTaken
	}
	return v.Visit, err
}

// tidy brings what was typed into its form.
func (w *AtWindow) tidy() {
	for _, text := range []*string{&w.Name, &w.Representative, &w.Manual} {
		*text = strings.TrimSpace(*text)
	}
	for _, text := range []*string{&w.Number, &w.Code, &w.RepresentativeNumber} {
		*text = strings.ToUpper(strings.TrimSpace(*text))
	}
}

// checkAtWindow checks what can be checked without asking anybody.
func (s *Service) checkAtWindow(w AtWindow) error {
	needed, ok := originals[w.Role]
	if !ok {
		return ErrInput.Wrong("role", "请选择法定代表人或经办人")
	}
	wrong, now := ErrInput, s.Store.Now()
	credit, err := codes.ParseCredit(w.Code)
	if err != nil {
		wrong = wrong.Wrong("code", ErrCreditCode.Detail)
	} else if kind, known := firstLetters[credit.Department]; known && kind != w.Kind || !known && w.Kind != OtherLegalLicence {
		wrong = wrong.Wrong("kind", "证照种类与统一社会信用代码不符")
	}
	if !isLegalName(w.Name) {
		wrong = wrong.Wrong("name", "请填写证照上的名称")
	}
	if _, err := codes.ParseID(w.Number, now); err != nil {
		wrong = wrong.Wrong("number", "身份证号码有误，请核对")
	}
	if w.Role == Handler {
		wrong = w.checkPower(wrong, now)
	}
	if utf8.RuneCountInString(w.Manual) > maxManual || !utf8.ValidString(w.Manual) {
		wrong = wrong.Wrong("manual", "请用 200 字以内说明原因")
	}
	if len(wrong.Fields) > 0 {
		return wrong
	}
	if slices.ContainsFunc(needed, func(o Original) bool { return !slices.Contains(w.Seen, o) }) {
		return ErrOriginals.Wrong("seen", ErrOriginals.Detail)
	}
	return nil
}

// checkPower checks what the power of attorney says.
func (w AtWindow) checkPower(wrong *fault.Fault, now time.Time) *fault.Fault {
	if checkName(w.Representative) != nil {
		wrong = wrong.Wrong("representative", "请填写法定代表人身份证上的姓名")
	}
	if _, err := codes.ParseID(w.RepresentativeNumber, now); err != nil {
		wrong = wrong.Wrong("representativeNumber", "身份证号码有误，请核对")
	} else if w.RepresentativeNumber == w.Number {
		wrong = wrong.Wrong("representativeNumber", "法定代表人本人到场的，请选择“法定代表人本人”")
	}
	if !w.Until.After(now) || w.Until.After(now.Add(maxCredit)) {
		wrong = wrong.Wrong("until", "授权期限应在今天之后，最长一年")
	}
	return wrong
}

// meet finds the accounts of who stands at the window and of the representative.
func (s *Service) meet(ctx context.Context, v *visit) (err error) {
	v.person, err = s.PersonByNumber(ctx, v.Number)
	switch {
	case errors.Is(err, ErrUnknown):
		return ErrWindowPerson.Wrong("number", ErrWindowPerson.Detail)
	case err != nil:
		return err
	case v.person.State != Active:
		return ErrDisabled.With("到场人的账号已停用，请先办理启用")
	}
	if v.Role == representative {
		v.boss, v.Representative, v.RepresentativeNumber, v.Until = &v.person, v.person.Name, v.person.Number, time.Time{}
		return nil
	}
	boss, err := s.PersonByNumber(ctx, v.RepresentativeNumber)
	switch {
	case errors.Is(err, ErrUnknown):
		return nil
	case err != nil:
		return err
	case boss.Name != v.Representative:
		return ErrInput.Wrong("representative", "姓名与该身份证号的实名信息不一致")
	}
	v.boss = &boss
	return nil
}

// confirmAtWindow has the register confirm the legal person, or the registrar
// while it doesn't answer.
func (s *Service) confirmAtWindow(ctx context.Context, v *visit) error {
	away := errors.New("no register is connected")
	if s.LegalRegister != nil {
		asking, cancel := context.WithTimeout(ctx, registerPatience)
		defer cancel()
		err := s.LegalRegister.Confirm(asking, v.Code, v.Name, v.Representative)
		if err == nil {
			v.Provider, v.Manual = s.LegalRegister.Name(), ""
			return nil
		}
		if f := fault.Of(err); f != nil && f.Kind != fault.Unavailable {
			return ErrLegalRefused.Because(err)
		}
		away = err
	}
	if ctx.Err() != nil {
		return fmt.Errorf("ask the register of legal persons: %w", ctx.Err())
	}
	if v.Manual == "" {
		return ErrLegalCheck.Because(away)
	}
	v.Provider = byHand
	return nil
}

// AgreementAtWindow is a registration at a window as its written agreement tells
// it.
type AgreementAtWindow struct {
	ID, Name, Code, Representative, Provider, Manual, Version string
	Person                                                    Person
	Staff                                                     string // name
	Role                                                      DelegationRole
	Kind                                                      LicenceKind
	Changed                                                   bool
	Seen                                                      []Original
	Until, At                                                 time.Time
}

// registrar is who works at the window.
func registrar(ctx context.Context) string { return access.From(ctx).ID }
