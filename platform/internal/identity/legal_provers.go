package identity

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"smarthall/platform/internal/fault"
	"smarthall/platform/internal/identity/certificate"
)

var (
	_ LegalProver = certificateProver{}
	_ LegalProver = licenceProver{}
	_ LegalProver = (*demoWallet)(nil)
)

// certificateProver lets a legal person sign with its certificate.
type certificateProver struct {
	name        string
	authorities *certificate.Authorities
}

// Name implements LegalProver.
func (p certificateProver) Name() string { return p.name }

// Begin implements LegalProver: the text is all there is to do.
func (certificateProver) Begin(context.Context, Challenge) (string, error) { return "", nil }

// Finish implements LegalProver.
func (p certificateProver) Finish(_ context.Context, c Challenge, a LegalAnswer) (LegalIdentity, error) {
	if a.Certificate == "" && len(a.Signature) == 0 {
		return LegalIdentity{}, ErrLegalWaits.With("请先用证书签名")
	}
	s, err := p.authorities.Verify(a.Certificate, []byte(c.Text), a.Signature, c.Until.Add(-proofLife))
	if err != nil {
		return LegalIdentity{}, certificateFault(err)
	}
	return LegalIdentity{Name: s.Name, Code: s.Code, Subject: s.Fingerprint, Until: s.Until}, nil
}

// certificateFault is what people are told of a certificate.
func certificateFault(err error) error {
	for refusal, f := range map[error]*fault.Fault{
		certificate.ErrTerm: ErrCertTerm, certificate.ErrRevoked: ErrCertRevoked, certificate.ErrSignature: ErrCertSignature,
		certificate.ErrSubject: ErrCertificate.With("证书中没有单位名称或有效的统一社会信用代码，请使用单位证书"),
		certificate.ErrLists:   ErrLegalAway,
	} {
		if errors.Is(err, refusal) {
			return f.Because(err)
		}
	}
	return ErrCertificate.Because(err)
}

// licenceProver asks a platform of electronic business licences over HTTP, in
// questions signed as those of provers are: "begin" is answered by the address
// that the wallet opens, "finish" by how it ended.
type licenceProver struct{ *asked }

// licenceQuestion is what the platform of licences is asked.
type licenceQuestion struct {
	Action string `json:"action"` // begin, finish
	Nonce  string `json:"nonce"`
	// Site is where people are asked from; told at the beginning.
	Site  string    `json:"site,omitempty"`
	Until time.Time `json:"until"`
}

// Begin implements LegalProver.
func (p licenceProver) Begin(ctx context.Context, c Challenge) (string, error) {
	var answer struct {
		Address string `json:"address"`
	}
	if err := p.ask(ctx, licenceQuestion{"begin", c.Nonce, c.Site, c.Until}, &answer); err != nil {
		return "", ErrLegalAway.Because(err)
	}
	// People open it and browsers show it: it must be an address of the web.
	u, err := url.Parse(answer.Address)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || len(answer.Address) > maxAddress {
		return "", ErrLegalAway.Because(fmt.Errorf("%s answered with no address", p.name))
	}
	return answer.Address, nil
}

// maxAddress bounds what is drawn as a QR code, in bytes.
const maxAddress = 600

// Finish implements LegalProver.
func (p licenceProver) Finish(ctx context.Context, c Challenge, _ LegalAnswer) (LegalIdentity, error) {
	var answer struct {
		State    string        `json:"state"` // waiting, approved, declined
		Identity LegalIdentity `json:"identity"`
	}
	if err := p.ask(ctx, licenceQuestion{Action: "finish", Nonce: c.Nonce, Until: c.Until}, &answer); err != nil {
		return LegalIdentity{}, ErrLegalAway.Because(err)
	}
	switch answer.State {
	case "waiting":
		return LegalIdentity{}, ErrLegalWaits
	case "declined":
		return LegalIdentity{}, ErrLegalDeclined
	case "approved":
		if answer.Identity.Holder == (Holder{}) {
			return LegalIdentity{}, ErrLegalAway.Because(fmt.Errorf("%s names no holder", p.name))
		}
		return answer.Identity, nil
	}
	return LegalIdentity{}, ErrLegalAway.Because(fmt.Errorf("%s answered with state %q", p.name, answer.State))
}
