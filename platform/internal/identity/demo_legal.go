package identity

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"smarthall/internal/codes"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/identity/certificate"
	"smarthall/platform/internal/store"
)

// DemoLegal are demo provers of legal persons: a certificate authority and a
// wallet of electronic business licences that give whoever asks whatever she
// asks for. They say so by their names and on their pages.
type DemoLegal struct {
	// Folder is where the demo authority keeps its keys.
	Folder string
}

// The demo provers' names.
const (
	demoAuthorityName = "演示 CA"
	demoWalletName    = "演示电子营业执照"
)

// openDemoLegal adds demo provers where there are none.
func (s *Service) openDemoLegal() error {
	provers := map[LegalWay]LegalProver{}
	for way, p := range s.LegalProvers {
		provers[way] = p
	}
	if provers[ByCertificate] == nil {
		demo, err := certificate.OpenDemo(s.DemoLegal.Folder, s.Store.Now())
		if err != nil {
			return err
		}
		authorities, err := demo.Authorities()
		if err != nil {
			return err
		}
		provers[ByCertificate] = certificateProver{demoAuthorityName, authorities}
		s.demoAuthority = demo
	}
	if provers[ByLicence] == nil {
		s.demoWallet = &demoWallet{s}
		provers[ByLicence] = s.demoWallet
	}
	s.LegalProvers = provers
	return nil
}

// demoWallet plays the platform of electronic business licences and the wallets
// on people's phones: what a page of the wallet approves, Finish returns. It
// keeps it in the database, because a phone may reach another process.
type demoWallet struct{ s *Service }

const kindDemoLicence = "demo-licence"

// demoLicenceLife is how long the demo wallet's leave holds.
const demoLicenceLife = 180 * 24 * time.Hour

// The ways the demo wallet says no.
var (
	errWalletAsked = fault.New(fault.NotFound, "identity.wallet-unknown", "二维码已失效，请在电脑上重新获取")
	errWalletDone  = fault.New(fault.Conflict, "identity.wallet-done", "这个二维码已经处理过了，请勿重复操作")
)

// Name implements LegalProver.
func (*demoWallet) Name() string { return demoWalletName }

// id is how a request is found.
func (w *demoWallet) id(nonce string) string { return w.s.pepper.Key("demo-wallet", nonce) }

// Begin implements LegalProver.
func (w *demoWallet) Begin(ctx context.Context, c Challenge) (string, error) {
	err := w.s.Store.Write(ctx, "ask the demo wallet", func(tx *store.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM demo_wallet WHERE until < $1`, store.Millis(tx.Now)); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO demo_wallet (id, state, site, answer, until) VALUES ($1, 'asked', $2, '', $3)`,
			w.id(c.Nonce), c.Site, store.Millis(c.Until))
		return err
	})
	return c.Site + walletPath + "?c=" + c.Nonce, err
}

// asked returns the site that asks, or why nothing can be approved.
func (w *demoWallet) asked(ctx context.Context, nonce string) (site string, err error) {
	var state string
	var until int64
	err = w.s.Store.Read().QueryRowContext(ctx, `SELECT state, site, until FROM demo_wallet WHERE id = $1`, w.id(nonce)).Scan(&state, &site, &until)
	switch {
	case store.IsNone(err), err == nil && !w.s.Store.Now().Before(store.Time(until)):
		return "", errWalletAsked
	case err != nil:
		return "", fmt.Errorf("read a request of the demo wallet: %w", err)
	case state != "asked":
		return "", errWalletDone
	}
	return site, nil
}

// end notes what the holder said, once.
func (w *demoWallet) end(ctx context.Context, nonce, state string, i LegalIdentity) error {
	text, err := json.Marshal(i)
	if err != nil {
		return err
	}
	return w.s.Store.Write(ctx, "answer by the demo wallet", func(tx *store.Tx) error {
		result, err := tx.ExecContext(ctx, `UPDATE demo_wallet SET state = $1, answer = $2 WHERE id = $3 AND state = 'asked' AND until > $4`,
			state, w.s.vault.Seal(kindDemoLicence, string(text)), w.id(nonce), store.Millis(tx.Now))
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil {
			return err
		} else if n == 0 {
			return errWalletDone
		}
		return nil
	})
}

// Finish implements LegalProver.
func (w *demoWallet) Finish(ctx context.Context, c Challenge, _ LegalAnswer) (i LegalIdentity, err error) {
	var state, sealed string
	err = w.s.Store.Read().QueryRowContext(ctx, `SELECT state, answer FROM demo_wallet WHERE id = $1`, w.id(c.Nonce)).Scan(&state, &sealed)
	switch {
	case store.IsNone(err), err == nil && state == "asked":
		return i, ErrLegalWaits
	case err != nil:
		return i, fmt.Errorf("ask the demo wallet: %w", err)
	case state == "declined":
		return i, ErrLegalDeclined
	}
	text, err := w.s.vault.Open(kindDemoLicence, sealed)
	if err != nil {
		return i, fmt.Errorf("read the demo wallet's answer: %w", err)
	}
	return i, json.Unmarshal([]byte(text), &i)
}

// licenceForm is what is filled in on the demo wallet's page.
type licenceForm struct {
	Name, Code, Representative, Holder, Number, Role string
}

func readLicenceForm(req *http.Request) licenceForm {
	text := func(name string) string { return strings.TrimSpace(req.PostFormValue(name)) }
	return licenceForm{
		Name: text("name"), Code: strings.ToUpper(text("code")), Representative: text("representative"),
		Holder: text("holder"), Number: strings.ToUpper(text("number")), Role: text("role"),
	}
}

// identity is what the wallet tells of what was filled in.
func (f licenceForm) identity(now time.Time) LegalIdentity {
	return LegalIdentity{
		Name: f.Name, Code: f.Code, Representative: f.Representative, Subject: f.Code + "/" + f.Number, Until: now.Add(demoLicenceLife),
		Holder: Holder{Name: f.Holder, Number: f.Number, Role: f.Role},
	}
}

// wrongs tells what a wallet would not have: by field.
func (f licenceForm) wrongs(now time.Time) map[string]string {
	wrong := map[string]string{}
	if !isLegalName(f.Name) {
		wrong["name"] = "请填写营业执照上的名称"
	}
	if _, err := codes.ParseCredit(f.Code); err != nil {
		wrong["code"] = "统一社会信用代码有误，请核对"
	}
	if checkName(f.Representative) != nil {
		wrong["representative"] = "请填写法定代表人姓名"
	}
	if checkName(f.Holder) != nil {
		wrong["holder"] = "请填写持照人姓名"
	}
	if _, err := codes.ParseID(f.Number, now); err != nil {
		wrong["number"] = "身份证号码有误，请核对"
	}
	switch DelegationRole(f.Role) {
	case Manager, Handler:
	case representative:
		if wrong["holder"] == "" && f.Holder != f.Representative {
			wrong["role"] = "持照人不是法定代表人，请选择管理者或经办人"
		}
	default:
		wrong["role"] = "请选择持照人身份"
	}
	return wrong
}
