// Package certificate knows whether the holder of a legal person's certificate
// signed a text: a chain of certificates and a signature flow in, the legal
// person that the certificate names flows out. SM2, ECDSA and RSA keys are
// understood. No network is asked: the authorities and their lists of revoked
// certificates are files.
package certificate

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/smx509"

	"smarthall/internal/codes"
)

// The ways a certificate is refused.
var (
	ErrForm      = errors.New("no certificate, or more than one can be made of")
	ErrChain     = errors.New("the certificate isn't of an authority that is trusted")
	ErrTerm      = errors.New("the certificate isn't valid now")
	ErrUsage     = errors.New("the certificate isn't for signing")
	ErrRevoked   = errors.New("the certificate was revoked")
	ErrSubject   = errors.New("the certificate names no legal person with its credit code")
	ErrSignature = errors.New("the signature isn't the holder's, or of another text")
	// ErrLists says that nobody knows what was revoked: a list is missing, old or
	// not the authority's. It is the platform's trouble, not the holder's.
	ErrLists = errors.New("the list of revoked certificates can't be used")
)

// Bounds of what is read of a stranger.
const (
	maxPEM   = 32 << 10
	maxChain = 5
	minRSA   = 2048
	maxName  = 100
)

// Attributes that hold the unified social credit code of a certificate's
// subject, in the order in which they are looked for.
var (
	oidOrganisation = asn1.ObjectIdentifier{2, 5, 4, 97} // organizationIdentifier (X.520)
	oidSerial       = asn1.ObjectIdentifier{2, 5, 4, 5}  // serialNumber
)

// Subject is the legal person that a certificate names.
type Subject struct {
	// Code is its unified social credit code (GB 32100), Name what it is called.
	Code, Name string
	// Fingerprint is the SHA-256 of the certificate as hex, Serial its number at
	// its authority as hex.
	Fingerprint, Serial string
	// Until is when the certificate ends.
	Until time.Time
}

// Verify tells who signed text: chain holds the holder's certificate and those
// above it as PEM, signature is ASN.1 (SM2 with SM3 and ECDSA with SHA-256) or
// PKCS #1 v1.5 (RSA with SHA-256).
func (a *Authorities) Verify(chain string, text, signature []byte, now time.Time) (Subject, error) {
	list, err := parseChain(chain)
	if err != nil {
		return Subject{}, err
	}
	holder := list[0]
	above := smx509.NewCertPool()
	for _, c := range list[1:] {
		above.AddCert(c)
	}
	paths, err := holder.Verify(smx509.VerifyOptions{
		Roots: a.roots, Intermediates: above, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	if err != nil {
		return Subject{}, chainFault(err)
	}
	if err := checkUse(holder); err != nil {
		return Subject{}, err
	}
	if err := a.checkRevoked(paths, now); err != nil {
		return Subject{}, err
	}
	s, err := subjectOf(holder)
	if err != nil {
		return s, err
	}
	return s, checkSignature(holder, text, signature)
}

// parseChain reads certificates, the holder's first.
func parseChain(text string) ([]*smx509.Certificate, error) {
	if len(text) > maxPEM {
		return nil, ErrForm
	}
	var list []*smx509.Certificate
	for rest := []byte(text); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" || len(list) == maxChain {
			return nil, fmt.Errorf("%w: a block of %q", ErrForm, block.Type)
		}
		c, err := smx509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrForm, err)
		}
		list = append(list, c)
	}
	if len(list) == 0 {
		return nil, ErrForm
	}
	return list, nil
}

// chainFault parts a certificate that has ended from one that nobody trusts.
func chainFault(err error) error {
	var invalid x509.CertificateInvalidError
	if errors.As(err, &invalid) && invalid.Reason == x509.Expired {
		return fmt.Errorf("%w: %w", ErrTerm, err)
	}
	return fmt.Errorf("%w: %w", ErrChain, err)
}

// checkUse tells whether a certificate is there for its holder to sign with: not
// an authority's, not a server's, and not one of the pair that only encrypts.
func checkUse(c *smx509.Certificate) error {
	signs := c.KeyUsage&(x509.KeyUsageDigitalSignature|x509.KeyUsageContentCommitment) != 0
	extended := len(c.ExtKeyUsage)+len(c.UnknownExtKeyUsage) == 0
	for _, use := range []x509.ExtKeyUsage{x509.ExtKeyUsageAny, x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageEmailProtection} {
		extended = extended || slices.Contains(c.ExtKeyUsage, use)
	}
	if c.IsCA || !signs || !extended {
		return ErrUsage
	}
	return nil
}

// subjectOf reads the legal person. Its code must pass the check of GB 32100.
func subjectOf(c *smx509.Certificate) (Subject, error) {
	sum := sha256.Sum256(c.Raw)
	s := Subject{Fingerprint: hex.EncodeToString(sum[:]), Serial: hex.EncodeToString(c.SerialNumber.Bytes()), Until: c.NotAfter}
	if len(c.Subject.Organization) != 1 {
		return s, ErrSubject
	}
	s.Name = strings.TrimSpace(c.Subject.Organization[0])
	if n := len([]rune(s.Name)); n < 2 || n > maxName {
		return s, ErrSubject
	}
	for _, id := range []asn1.ObjectIdentifier{oidOrganisation, oidSerial} {
		for _, attribute := range c.Subject.Names {
			text, ok := attribute.Value.(string)
			if !ok || !attribute.Type.Equal(id) {
				continue
			}
			if s.Code != "" {
				return s, ErrSubject // one certificate, one legal person
			}
			s.Code = strings.TrimPrefix(text, "NTRCN-") // ETSI EN 319 412-1
		}
		if s.Code != "" {
			break
		}
	}
	if _, err := codes.ParseCredit(s.Code); err != nil {
		return s, fmt.Errorf("%w: %w", ErrSubject, err)
	}
	return s, nil
}

// checkSignature tells whether the holder of the certificate signed text.
func checkSignature(c *smx509.Certificate, text, signature []byte) error {
	algorithm := x509.SHA256WithRSA
	switch key := c.PublicKey.(type) {
	case *ecdsa.PublicKey:
		if sm2.IsSM2PublicKey(key) {
			if !sm2.VerifyASN1WithSM2(key, nil, text, signature) {
				return ErrSignature
			}
			return nil
		}
		algorithm = x509.ECDSAWithSHA256
	case *rsa.PublicKey:
		if key.N.BitLen() < minRSA {
			return ErrUsage
		}
	default:
		return ErrUsage
	}
	if err := c.CheckSignature(algorithm, text, signature); err != nil {
		return fmt.Errorf("%w: %w", ErrSignature, err)
	}
	return nil
}

// checkRevoked looks every certificate of a path up in the list of who issued
// it. One path on which nothing was revoked will do.
func (a *Authorities) checkRevoked(paths [][]*smx509.Certificate, now time.Time) error {
	lists, err := a.revocations()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrLists, err)
	}
	for _, path := range paths {
		if err = lists.check(path, now); err == nil {
			return nil
		}
	}
	return err
}

// check looks a path up, whose last is a root.
func (l revocations) check(path []*smx509.Certificate, now time.Time) error {
	for i := range len(path) - 1 {
		c, issuer := path[i], path[i+1]
		at := slices.IndexFunc(l, func(r *x509.RevocationList) bool {
			return bytes.Equal(r.RawIssuer, issuer.RawSubject) && signedBy(r, issuer)
		})
		if at < 0 {
			return fmt.Errorf("%w: none of %s", ErrLists, issuer.Subject.CommonName)
		}
		if r := l[at]; now.Before(r.ThisUpdate) || !now.Before(r.NextUpdate) {
			return fmt.Errorf("%w: that of %s is of %s", ErrLists, issuer.Subject.CommonName, r.ThisUpdate.Format(time.DateOnly))
		}
		for _, e := range l[at].RevokedCertificateEntries {
			if e.SerialNumber.Cmp(c.SerialNumber) == 0 {
				return ErrRevoked
			}
		}
	}
	return nil
}

// signedBy tells whether an authority signed a list.
func signedBy(r *x509.RevocationList, issuer *smx509.Certificate) bool {
	if issuer.KeyUsage != 0 && issuer.KeyUsage&x509.KeyUsageCRLSign == 0 {
		return false
	}
	algorithm := r.SignatureAlgorithm
	if key, ok := issuer.PublicKey.(*ecdsa.PublicKey); ok && sm2.IsSM2PublicKey(key) {
		algorithm = smx509.SM2WithSM3 // of which the standard library doesn't know
	}
	return issuer.CheckSignature(algorithm, r.RawTBSRevocationList, r.Signature) == nil
}
