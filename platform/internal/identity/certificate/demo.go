package certificate

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"time"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/smx509"
)

// Key is the kind of a key.
type Key string

// The kinds of keys. Browsers sign with the latter two by themselves.
const (
	SM2   Key = "sm2"
	ECDSA Key = "ecdsa" // P-256
	RSA   Key = "rsa"   // 2048 bit
)

// Terms of what the demo authority gives out.
const (
	demoRootLife  = 20 * 365 * 24 * time.Hour
	demoListsLife = 30 * 24 * time.Hour
	demoCertLife  = 365 * 24 * time.Hour
)

// demoName is the demo authority's name; it says what it is.
const demoName = "演示 CA（仅供演示，无法律效力）"

// The demo authority's files.
const (
	demoRoots = "roots.pem"
	demoLists = "revoked.pem"
)

// Demo is an authority for a city without one: whoever asks has a certificate
// for any legal person. It says so by its name. It has a root of SM2 and one of
// ECDSA, which gives out the certificates with other keys.
type Demo struct {
	folder string
	roots  map[Key]pair
}

// pair is a certificate with its key.
type pair struct {
	certificate *smx509.Certificate
	key         crypto.Signer
}

// OpenDemo reads the demo authority from a folder, or makes it there. Its lists
// of revoked certificates are signed anew at each start.
func OpenDemo(folder string, now time.Time) (*Demo, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("make the demo authority: %w", err)
	}
	d := &Demo{folder: folder, roots: map[Key]pair{}}
	var all []byte
	for _, kind := range []Key{SM2, ECDSA} {
		root, err := d.root(kind, now)
		if err != nil {
			return nil, fmt.Errorf("open the demo authority: %w", err)
		}
		d.roots[kind] = root
		all = append(all, pemOf("CERTIFICATE", root.certificate.Raw)...)
	}
	if err := d.write(demoRoots, all); err != nil {
		return nil, err
	}
	return d, d.Revoke(now)
}

// Authorities are what trusts the demo authority.
func (d *Demo) Authorities() (*Authorities, error) {
	return Load(filepath.Join(d.folder, demoRoots), filepath.Join(d.folder, demoLists))
}

// root reads a root, or makes it.
func (d *Demo) root(kind Key, now time.Time) (pair, error) {
	text, err := os.ReadFile(filepath.Join(d.folder, string(kind)+".pem"))
	if err == nil {
		return parsePair(text)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return pair{}, err
	}
	serial, err := newSerial()
	if err != nil {
		return pair{}, err
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: demoName, OrganizationalUnit: []string{string(kind)}},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(demoRootLife), IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	root, text, err := sign(kind, template, nil)
	if err != nil {
		return pair{}, err
	}
	return root, d.write(string(kind)+".pem", text)
}

// Issue gives a legal person a certificate and its key, as PEM: the key first,
// as PKCS #8, then the certificate. Names longer than certificates hold are cut.
func (d *Demo) Issue(name, code string, kind Key, now time.Time) (string, error) {
	serial, err := newSerial()
	if err != nil {
		return "", err
	}
	_, text, err := sign(kind, &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{
			Country: []string{"CN"}, Organization: []string{name}, CommonName: name,
			ExtraNames: []pkix.AttributeTypeAndValue{{Type: oidOrganisation, Value: code}},
		},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(demoCertLife), BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, d.above(kind))
	return string(text), err
}

// above is the root that gives out certificates of a kind.
func (d *Demo) above(kind Key) *pair {
	root, ok := d.roots[kind]
	if !ok {
		root = d.roots[ECDSA]
	}
	return &root
}

// Revoke signs the lists of revoked certificates anew, with these beside those
// that are on them.
func (d *Demo) Revoke(now time.Time, serials ...*big.Int) error {
	old := map[Key][]x509.RevocationListEntry{}
	if text, err := os.ReadFile(filepath.Join(d.folder, demoLists)); err == nil {
		for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
			if r, err := x509.ParseRevocationList(block.Bytes); err == nil && len(r.Issuer.OrganizationalUnit) == 1 {
				old[Key(r.Issuer.OrganizationalUnit[0])] = r.RevokedCertificateEntries
			}
		}
	}
	var all []byte
	for _, kind := range []Key{SM2, ECDSA} {
		root := d.roots[kind]
		list := &x509.RevocationList{Number: big.NewInt(now.Unix()), ThisUpdate: now.Add(-time.Hour), NextUpdate: now.Add(demoListsLife)}
		for _, e := range old[kind] {
			list.RevokedCertificates = append(list.RevokedCertificates, pkix.RevokedCertificate{SerialNumber: e.SerialNumber, RevocationTime: e.RevocationTime}) //nolint:staticcheck // what smx509 reads
		}
		for _, serial := range serials {
			list.RevokedCertificates = append(list.RevokedCertificates, pkix.RevokedCertificate{SerialNumber: serial, RevocationTime: now}) //nolint:staticcheck // as above
		}
		der, err := smx509.CreateRevocationList(rand.Reader, list, root.certificate, root.key)
		if err != nil {
			return fmt.Errorf("sign the demo authority's list: %w", err)
		}
		all = append(all, pemOf("X509 CRL", der)...)
	}
	return d.write(demoLists, all)
}

// sign makes a key and its certificate; by itself if nobody is above.
func sign(kind Key, template *x509.Certificate, above *pair) (pair, []byte, error) {
	key, err := newKey(kind)
	if err != nil {
		return pair{}, nil, fmt.Errorf("make a key of %q: %w", kind, err)
	}
	issuer := pair{key: key}
	parent := template
	if above != nil {
		issuer, parent = *above, above.certificate.ToX509()
	}
	der, err := smx509.CreateCertificate(rand.Reader, template, parent, key.Public(), issuer.key)
	if err != nil {
		return pair{}, nil, fmt.Errorf("sign a certificate: %w", err)
	}
	pkcs8, err := smx509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return pair{}, nil, fmt.Errorf("write a key: %w", err)
	}
	text := append(pemOf("PRIVATE KEY", pkcs8), pemOf("CERTIFICATE", der)...)
	made, err := parsePair(text)
	return made, text, err
}

func newKey(kind Key) (crypto.Signer, error) {
	switch kind {
	case SM2:
		return sm2.GenerateKey(rand.Reader)
	case ECDSA:
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case RSA:
		return rsa.GenerateKey(rand.Reader, minRSA)
	}
	return nil, errors.New("no such kind")
}

func newSerial() (*big.Int, error) {
	raw := make([]byte, 16)
	if _, err := rand.Read(raw); err != nil {
		return nil, err
	}
	raw[0] = raw[0]&0x7f | 0x40
	return new(big.Int).SetBytes(raw), nil
}

func pemOf(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

// parsePair reads a key and its certificate.
func parsePair(text []byte) (p pair, err error) {
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "CERTIFICATE" {
			if p.certificate, err = smx509.ParseCertificate(block.Bytes); err != nil {
				return p, fmt.Errorf("read a certificate: %w", err)
			}
			continue
		}
		key, err := smx509.ParsePKCS8PrivateKey(block.Bytes)
		if err != nil {
			return p, fmt.Errorf("read a key: %w", err)
		}
		p.key, _ = key.(crypto.Signer)
	}
	if p.certificate == nil || p.key == nil {
		return p, errors.New("a certificate and its key are needed")
	}
	return p, nil
}

// write replaces a file of the authority's as a whole.
func (d *Demo) write(name string, data []byte) error {
	path := filepath.Join(d.folder, name)
	if err := os.WriteFile(path+".new", data, 0o600); err != nil {
		return fmt.Errorf("write the demo authority: %w", err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fmt.Errorf("write the demo authority: %w", err)
	}
	return nil
}

// Sign signs text with the key of what Issue returned: for tests, and for
// whoever has no tool of her own.
func Sign(issued string, text []byte) ([]byte, error) {
	p, err := parsePair([]byte(issued))
	if err != nil {
		return nil, err
	}
	if key, ok := p.key.(*sm2.PrivateKey); ok {
		return key.SignWithSM2(rand.Reader, nil, text)
	}
	digest := crypto.SHA256.New()
	digest.Write(text)
	return p.key.Sign(rand.Reader, digest.Sum(nil), crypto.SHA256)
}
