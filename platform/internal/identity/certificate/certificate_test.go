package certificate_test

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"smarthall/platform/internal/identity/certificate"
)

const (
	code   = "9144030071526726XG"
	second = "91330102MADEM0910L"
	name   = "东湖市甲餐饮有限公司"
)

var (
	now  = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	text = []byte("编号：a nonce\n")
)

// demo is a demo authority in a folder of its own, and who trusts it.
func demo(t testing.TB) (*certificate.Demo, *certificate.Authorities, string) {
	t.Helper()
	folder := t.TempDir()
	d, err := certificate.OpenDemo(folder, now)
	if err != nil {
		t.Fatal(err)
	}
	a, err := d.Authorities()
	if err != nil {
		t.Fatal(err)
	}
	return d, a, folder
}

// issue gives a certificate, and its key with the certificate.
func issue(t testing.TB, d *certificate.Demo, code string, kind certificate.Key) (public, issued string) {
	t.Helper()
	issued, err := d.Issue(name, code, kind, now)
	if err != nil {
		t.Fatal(err)
	}
	return issued[strings.Index(issued, "-----BEGIN CERTIFICATE"):], issued
}

func sign(t testing.TB, issued string, text []byte) []byte {
	t.Helper()
	signature, err := certificate.Sign(issued, text)
	if err != nil {
		t.Fatal(err)
	}
	return signature
}

func TestTheHolderOfACertificateIsKnownByHerSignature(t *testing.T) {
	d, a, folder := demo(t)
	again, err := certificate.OpenDemo(folder, now) // the next start knows what the first has given out
	if err != nil {
		t.Fatal(err)
	}
	trusting, err := again.Authorities()
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []certificate.Key{certificate.SM2, certificate.ECDSA, certificate.RSA} {
		t.Run(string(kind), func(t *testing.T) {
			public, issued := issue(t, d, code, kind)
			_, strange := issue(t, d, code, kind)
			for _, authorities := range []*certificate.Authorities{a, trusting} {
				s, err := authorities.Verify(public, text, sign(t, issued, text), now)
				if err != nil || s.Code != code || s.Name != name || len(s.Fingerprint) != 64 || !s.Until.After(now) {
					t.Errorf("got %+v, %v", s, err)
				}
			}
			if _, err := a.Verify(public, []byte("编号：another\n"), sign(t, issued, text), now); !errors.Is(err, certificate.ErrSignature) {
				t.Errorf("another text: %v", err)
			}
			if _, err := a.Verify(public, text, sign(t, strange, text), now); !errors.Is(err, certificate.ErrSignature) {
				t.Errorf("another's key: %v", err)
			}
			for _, signature := range [][]byte{nil, {}, []byte("x"), make([]byte, 4096)} {
				if _, err := a.Verify(public, text, signature, now); !errors.Is(err, certificate.ErrSignature) {
					t.Errorf("%d bytes for a signature: %v", len(signature), err)
				}
			}
			for _, at := range []time.Time{now.AddDate(0, 0, -2), now.AddDate(1, 0, 2)} {
				if _, err := a.Verify(public, text, sign(t, issued, text), at); !errors.Is(err, certificate.ErrTerm) {
					t.Errorf("at %v: %v", at, err)
				}
			}
			if _, err := a.Verify(public, text, sign(t, issued, text), now.AddDate(0, 2, 0)); !errors.Is(err, certificate.ErrLists) {
				t.Errorf("with an old list of what was revoked: %v", err)
			}
			s, err := a.Verify(public, text, sign(t, issued, text), now)
			if err != nil {
				t.Fatal(err)
			}
			serial, _ := new(big.Int).SetString(s.Serial, 16)
			if err := d.Revoke(now.Add(time.Minute), serial); err != nil {
				t.Fatal(err)
			}
			if _, err := a.Verify(public, text, sign(t, issued, text), now); !errors.Is(err, certificate.ErrRevoked) {
				t.Errorf("after it was revoked: %v", err)
			}
		})
	}
}

func TestForgedAndUnfitCertificatesAreRefused(t *testing.T) {
	d, a, _ := demo(t)
	forger, _, _ := demo(t) // calls itself the same
	public, issued := issue(t, d, code, certificate.SM2)
	forged, forgedKey := issue(t, forger, code, certificate.SM2)
	encrypting := d.IssueAs(t, certificate.ECDSA, func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageKeyEncipherment })
	server := d.IssueAs(t, certificate.ECDSA, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} })
	authority := d.IssueAs(t, certificate.ECDSA, func(c *x509.Certificate) {
		c.IsCA, c.KeyUsage = true, x509.KeyUsageCertSign|x509.KeyUsageDigitalSignature
	})
	person := d.IssueAs(t, certificate.ECDSA, func(c *x509.Certificate) { c.Subject = pkix.Name{CommonName: "张三"} })
	twice := d.IssueAs(t, certificate.ECDSA, func(c *x509.Certificate) {
		c.Subject.ExtraNames = append(c.Subject.ExtraNames, c.Subject.ExtraNames[0])
	})
	misspelt := d.IssueAs(t, certificate.SM2, func(c *x509.Certificate) { c.Subject.ExtraNames[0].Value = "9144030071526726XH" })
	other, otherKey := issue(t, d, second, certificate.SM2)
	cut := public[:len(public)/2]
	cases := []struct {
		name, chain, signer string
		want                error
	}{
		{"nothing", "", issued, certificate.ErrForm},
		{"no PEM", "<script>alert(1)</script>", issued, certificate.ErrForm},
		{"half of one", cut, issued, certificate.ErrForm},
		{"with the key", issued, issued, certificate.ErrForm},
		{"too many", strings.Repeat(public, 6), issued, certificate.ErrForm},
		{"too long", strings.Repeat("x", 40<<10), issued, certificate.ErrForm},
		{"a forger's root of the same name", forged, forgedKey, certificate.ErrChain},
		{"a forger's with the true one beside it", forged + public, forgedKey, certificate.ErrChain},
		{"the true one signed by a forger", public, forgedKey, certificate.ErrSignature},
		{"the true one behind another's", other + public, issued, certificate.ErrSignature},
		{"another's", other, otherKey, nil},
		{"for encryption", public2(encrypting), encrypting, certificate.ErrUsage},
		{"of a server", public2(server), server, certificate.ErrUsage},
		{"of an authority", public2(authority), authority, certificate.ErrUsage},
		{"of a natural person", public2(person), person, certificate.ErrSubject},
		{"two codes", public2(twice), twice, certificate.ErrSubject},
		{"a code with a wrong check", public2(misspelt), misspelt, certificate.ErrSubject},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if _, err := a.Verify(c.chain, text, sign(t, c.signer, text), now); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

func public2(issued string) string {
	return issued[strings.Index(issued, "-----BEGIN CERTIFICATE"):]
}

// TestWhatOpenSSLSignsIsUnderstood checks our reading against another program's
// keys, requests and signatures.
func TestWhatOpenSSLSignsIsUnderstood(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("openssl is not installed")
	}
	d, a, _ := demo(t)
	for _, c := range []struct {
		kind certificate.Key
		args []string
	}{
		{certificate.SM2, []string{"-rawin", "-digest", "sm3", "-pkeyopt", "distid:1234567812345678"}},
		{certificate.ECDSA, []string{"-rawin", "-digest", "sha256"}},
		{certificate.RSA, []string{"-rawin", "-digest", "sha256"}},
	} {
		t.Run(string(c.kind), func(t *testing.T) {
			public, issued := issue(t, d, code, c.kind)
			folder := t.TempDir()
			in := func(name string) string { return filepath.Join(folder, name) }
			for file, data := range map[string]string{"key.pem": issued[:strings.Index(issued, "-----BEGIN CERTIFICATE")], "text": string(text)} {
				if err := os.WriteFile(in(file), []byte(data), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			args := append([]string{"pkeyutl", "-sign", "-inkey", in("key.pem"), "-in", in("text"), "-out", in("signature")}, c.args...)
			if out, err := exec.CommandContext(t.Context(), "openssl", args...).CombinedOutput(); err != nil {
				t.Fatalf("openssl: %v\n%s", err, out)
			}
			signature, err := os.ReadFile(in("signature"))
			if err != nil {
				t.Fatal(err)
			}
			if s, err := a.Verify(public, text, signature, now); err != nil || s.Code != code {
				t.Errorf("got %+v, %v", s, err)
			}
		})
	}
}

func TestAuthoritiesThatCannotBeReadAreSaid(t *testing.T) {
	_, _, folder := demo(t)
	roots, lists := filepath.Join(folder, "roots.pem"), filepath.Join(folder, "revoked.pem")
	empty := filepath.Join(folder, "empty.pem")
	if err := os.WriteFile(empty, []byte("-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, files := range map[string][2]string{
		"no roots": {filepath.Join(folder, "none"), lists}, "no lists": {roots, filepath.Join(folder, "none")},
		"a list for a root": {lists, lists}, "no list in the file": {roots, empty},
	} {
		if _, err := certificate.Load(files[0], files[1]); err == nil {
			t.Errorf("%s: nothing is said", name)
		}
	}
}

func FuzzVerify(f *testing.F) {
	d, a, _ := demo(f)
	public, issued := issue(f, d, code, certificate.SM2)
	f.Add(public, []byte(text), sign(f, issued, text))
	f.Add("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", []byte{}, []byte{})
	f.Fuzz(func(t *testing.T, chain string, signed, signature []byte) {
		s, err := a.Verify(chain, signed, signature, now)
		if err == nil && (s.Code != code || string(signed) != string(text)) {
			t.Errorf("%+v signed %q", s, signed)
		}
	})
}
