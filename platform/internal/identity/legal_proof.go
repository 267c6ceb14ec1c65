package identity

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"smarthall/internal/codes"
	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/store"
)

// LegalWay is how a legal person proves who it is (U-05, U-16).
type LegalWay string

// The ways of legal persons. The first is that of RegisterLegal.
const (
	ByRepresentative LegalWay = "representative"
	ByCertificate    LegalWay = "ca"      // a digital certificate (数字证书)
	ByLicence        LegalWay = "licence" // an electronic business licence (电子营业执照)
)

// legalWays are those with a prover, in the order in which people see them.
var legalWays = []LegalWay{ByLicence, ByCertificate}

// How long proofs of legal persons take.
const (
	proofLife   = 5 * time.Minute  // until the holder has answered
	provedLife  = 10 * time.Minute // from then until it is used
	proofTries  = 5                // wrong answers
	maxLegal    = 100              // characters of a name
	maxCredit   = 366 * 24 * time.Hour
	kindLegalID = "legal-identity"
)

// The ways proofs of legal persons say no.
var (
	ErrNoLegalWay    = fault.New(fault.NotFound, "identity.no-legal-way", "本站未开通这种单位核验方式")
	ErrNoLegalProof  = fault.New(fault.NotFound, "identity.no-legal-proof", "核验已超时或已使用，请重新开始")
	ErrLegalUnproved = fault.New(fault.Conflict, "identity.legal-unproved", "单位身份尚未通过核验")
	ErrLegalWaits    = fault.New(fault.Conflict, "identity.legal-waits", "请先在电子营业执照中确认")
	ErrLegalDeclined = fault.New(fault.Forbidden, "identity.legal-declined", "持照人已拒绝，本次核验结束")
	ErrCertificate   = fault.New(fault.Invalid, "identity.certificate", "证书核验未通过，请确认使用的是本单位有效的签名证书")
	ErrCertSignature = fault.New(fault.Invalid, "identity.certificate-signature", "签名核验未通过，请用本单位证书对页面上的内容重新签名")
	ErrCertTerm      = fault.New(fault.Invalid, "identity.certificate-term", "证书已过期或尚未生效，请更新证书后再试")
	ErrCertRevoked   = fault.New(fault.Forbidden, "identity.certificate-revoked", "证书已被吊销，不能使用")
	ErrLegalAway     = fault.New(fault.Unavailable, "identity.legal-away", "单位核验暂时不可用，请稍后再试，或由法定代表人实名办理")
)

// Challenge is a proof that is under way, as its prover sees it.
type Challenge struct {
	// Nonce is unguessable and never comes again.
	Nonce string
	// Text is what is signed; it holds the nonce.
	Text string
	// Site is the address by which the browser reaches the platform; told to
	// Begin only.
	Site  string
	Until time.Time
}

// LegalAnswer is what a browser brings. It is empty where the holder answers
// elsewhere.
type LegalAnswer struct {
	// Certificate is the holder's with those above it, as PEM.
	Certificate string
	Signature   []byte
}

// LegalIdentity is a legal person as its certificate or its licence tells it.
type LegalIdentity struct {
	Name string `json:"name"`
	Code string `json:"code"`
	// Representative is the name of its legal representative; empty: not told.
	Representative string `json:"representative,omitempty"`
	// Subject names the certificate, or the licence in its holder's wallet: the
	// same at each sign-in.
	Subject string `json:"subject"`
	// Until is when the certificate or the wallet's leave ends.
	Until time.Time `json:"until"`
	// Holder is who held the licence; nobody knows who holds a certificate.
	Holder Holder `json:"holder,omitzero"`
}

// String tells nothing about people.
func (i LegalIdentity) String() string { return "legal identity of " + i.Code }

// Holder is a person whom a wallet knows in her real name, and what the legal
// person lets her do.
type Holder struct {
	Name   string `json:"name"`
	Number string `json:"number"` // of the ID card
	// Role is representative, manager or handler.
	Role string `json:"role"`
}

// LegalProver lets a legal person prove who it is: Begin makes the task, the
// holder does it, Finish reads how it ended. Its faults are told to people; an
// outer system that doesn't answer is a fault of the kind Unavailable.
type LegalProver interface {
	// Name is kept with the legal person, and shown to people.
	Name() string
	// Begin returns the address that the holder's wallet opens; empty where the
	// challenge's text is signed.
	Begin(ctx context.Context, c Challenge) (address string, err error)
	// Finish returns who it is; ErrLegalWaits as long as the holder hasn't
	// answered, ErrLegalDeclined if she turned it down.
	Finish(ctx context.Context, c Challenge, a LegalAnswer) (LegalIdentity, error)
}

// LegalProof is a proof that is under way in a browser.
type LegalProof struct {
	Way LegalWay
	// State is waiting, proved, declined or used.
	State   string
	Address string
	Challenge
	// Identity is empty until it is proved.
	Identity LegalIdentity

	id string
}

// The states of a proof.
const (
	proofWaiting  = "waiting"
	proofProved   = "proved"
	proofDeclined = "declined"
	proofUsed     = "used"
)

// BeginLegal begins a proof and returns the token that the browser keeps.
func (s *Service) BeginLegal(ctx context.Context, way LegalWay, site string) (token string, p LegalProof, err error) {
	prover := s.LegalProvers[way]
	if prover == nil {
		return "", p, ErrNoLegalWay
	}
	token = random()
	p = LegalProof{Way: way, State: proofWaiting, id: s.pepper.Key("legal-proof", token)}
	p.Challenge = Challenge{Nonce: random(), Site: cmp.Or(s.BaseURL, site), Until: s.Store.Now().Add(proofLife)}
	p.Text = signedText(p.Challenge)
	if p.Address, err = prover.Begin(ctx, p.Challenge); err != nil {
		return "", p, err
	}
	return token, p, s.Store.Write(ctx, "begin a proof of a legal person", func(tx *store.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM legal_proof WHERE until < $1`, store.Millis(tx.Now)); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO legal_proof (id, way, state, nonce, text, address, identity, tries, until) VALUES ($1, $2, $3, $4, $5, $6, '', 0, $7)`,
			p.id, string(p.Way), p.State, p.Nonce, p.Text, p.Address, store.Millis(p.Until))
		return err
	})
}

// cityZone is the clock that what people sign is dated by.
var cityZone = time.FixedZone("", 8*3600)

// signedText is what a certificate's holder signs: what it is for, where, and
// the nonce that lets it be used once.
func signedText(c Challenge) string {
	return fmt.Sprintf("政务服务平台单位身份核验\n网站：%s\n编号：%s\n有效期至：%s", cmp.Or(c.Site, "本站"), c.Nonce, c.Until.In(cityZone).Format(time.DateTime))
}

// LegalProof returns the proof that a browser's token is of, or ErrNoLegalProof.
func (s *Service) LegalProof(ctx context.Context, token string) (p LegalProof, err error) {
	p.id = s.pepper.Key("legal-proof", token)
	var sealed string
	var until int64
	err = s.Store.Read().QueryRowContext(ctx, `SELECT way, state, nonce, text, address, identity, until FROM legal_proof WHERE id = $1`, p.id).
		Scan(&p.Way, &p.State, &p.Nonce, &p.Text, &p.Address, &sealed, &until)
	if store.IsNone(err) || token == "" || err == nil && (p.State == proofUsed || !s.Store.Now().Before(store.Time(until))) {
		return LegalProof{}, ErrNoLegalProof
	}
	if err != nil {
		return p, fmt.Errorf("read a proof of a legal person: %w", err)
	}
	p.Until = store.Time(until)
	if sealed == "" {
		return p, nil
	}
	text, err := s.vault.Open(kindLegalID, sealed)
	if err != nil {
		return p, fmt.Errorf("read a proof of a legal person: %w", err)
	}
	if err := json.Unmarshal([]byte(text), &p.Identity); err != nil {
		return p, fmt.Errorf("read a proof of a legal person: %w", err)
	}
	return p, nil
}

// AnswerLegal takes the answer to a proof, or looks whether it was given
// elsewhere: ErrLegalWaits if it wasn't. An answer is taken once; five wrong
// ones end the proof.
func (s *Service) AnswerLegal(ctx context.Context, token string, a LegalAnswer) (LegalProof, error) {
	p, err := s.LegalProof(ctx, token)
	if err != nil || p.State == proofProved {
		return p, err
	}
	prover := s.LegalProvers[p.Way]
	switch {
	case p.State == proofDeclined:
		return p, ErrLegalDeclined
	case prover == nil:
		return p, ErrNoLegalWay
	}
	i, err := prover.Finish(ctx, p.Challenge, a)
	if err == nil {
		err = s.checkLegal(i)
	}
	f := fault.Of(err)
	switch {
	case errors.Is(err, ErrLegalWaits) || err != nil && f == nil || f != nil && f.Kind == fault.Unavailable:
		return p, err
	case err != nil:
		s.Log.Info("proof of a legal person refused", slog.String("way", string(p.Way)), slog.String("code", f.Code), slog.Any("err", f.Cause))
		return p, errors.Join(s.missed(ctx, p, errors.Is(err, ErrLegalDeclined)), err)
	}
	return s.proved(ctx, p, i)
}

// missed counts a wrong answer; the last one, and a holder who said no, end the
// proof.
func (s *Service) missed(ctx context.Context, p LegalProof, declined bool) error {
	ends := proofTries
	if declined {
		ends = 1
	}
	return s.Store.Write(ctx, "count a wrong answer", func(tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE legal_proof SET tries = tries + 1, state = CASE WHEN tries + 1 >= CAST($1 AS BIGINT) THEN 'declined' ELSE state END
			WHERE id = $2 AND state = 'waiting'`, ends, p.id)
		return err
	})
}

// proved notes who it is; of two answers at a time one counts.
func (s *Service) proved(ctx context.Context, p LegalProof, i LegalIdentity) (LegalProof, error) {
	text, err := json.Marshal(i)
	if err != nil {
		return p, err
	}
	err = s.Store.Write(ctx, "note who a legal person is", func(tx *store.Tx) error {
		p.Until = tx.Now.Add(provedLife)
		result, err := tx.ExecContext(ctx, `UPDATE legal_proof SET state = 'proved', identity = $1, until = $2 WHERE id = $3 AND state = 'waiting' AND until > $4`,
			s.vault.Seal(kindLegalID, string(text)), store.Millis(p.Until), p.id, store.Millis(tx.Now))
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil {
			return err
		} else if n == 0 {
			return ErrNoLegalProof
		}
		return nil
	})
	p.State, p.Identity = proofProved, i
	return p, err
}

// use takes a proof, once.
func (s *Service) use(ctx context.Context, tx *store.Tx, p LegalProof) error {
	result, err := tx.ExecContext(ctx, `UPDATE legal_proof SET state = 'used', identity = '' WHERE id = $1 AND state = 'proved' AND until > $2`, p.id, store.Millis(tx.Now))
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil {
		return err
	} else if n == 0 {
		return ErrNoLegalProof
	}
	return nil
}

// checkLegal holds what an outer system says of a legal person to our rules.
func (s *Service) checkLegal(i LegalIdentity) error {
	if _, err := codes.ParseCredit(i.Code); err != nil {
		return ErrCreditCode.Because(err)
	}
	if !isLegalName(i.Name) {
		return ErrInput.Wrong("name", "单位名称有误")
	}
	if i.Subject == "" || !i.Until.After(s.Store.Now()) {
		return ErrCertTerm
	}
	if i.Representative != "" && checkName(i.Representative) != nil {
		return ErrInput.Wrong("representative", "法定代表人姓名有误")
	}
	if i.Holder == (Holder{}) {
		return nil
	}
	if _, err := codes.ParseID(i.Holder.Number, s.Store.Now()); err != nil || checkName(i.Holder.Name) != nil {
		return ErrInput.Wrong("holder", "持照人实名信息有误")
	}
	switch DelegationRole(i.Holder.Role) {
	case Manager, Handler:
	case representative:
		if i.Holder.Name != i.Representative {
			return ErrRepresented
		}
	default:
		return ErrInput.Wrong("role", "持照人身份有误")
	}
	return nil
}

// isLegalName tells whether a text can be the name of a legal person: letters,
// digits and the marks that stand in registered names; nothing that pages,
// scripts or the direction of writing are made of.
func isLegalName(name string) bool {
	n := utf8.RuneCountInString(name)
	return utf8.ValidString(name) && n >= 2 && n <= maxLegal && !strings.ContainsFunc(name, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && !strings.ContainsRune(" ·.．-—－+＋&＆/、，,:：“”‘’《》()（）[]【】〔〕#№", r)
	})
}
