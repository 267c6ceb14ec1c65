package identity

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"smarthall/platform/internal/identity/certificate"
	"smarthall/platform/internal/message"
)

// Settings are the outer systems that know who people are.
type Settings struct {
	// Province is where people sign in who have an account there; nil: nowhere.
	Province *ProvinceSettings `yaml:"province"`
	// Provers confirm proofs. Without one of the ID card and one of a further
	// proof nobody registers by herself.
	Provers []ProverSettings `yaml:"provers"`
	// LegalRegister confirms legal persons; nil: none are registered on line.
	LegalRegister *ProverSettings `yaml:"legalRegister"`
	// Certificates are those that legal persons prove themselves with; nil: none.
	Certificates *CertificateSettings `yaml:"certificates"`
	// Licences ask a platform of electronic business licences; nil: none.
	Licences *ProverSettings `yaml:"licences"`

	folder string // that names of files are relative to
}

// ProvinceSettings describe an official real-name platform that speaks OpenID
// Connect.
type ProvinceSettings struct {
	// Name is what people call it.
	Name string `yaml:"name"`
	// Issuer is its address as its tokens say it; what else is needed stands at
	// /.well-known/openid-configuration there.
	Issuer string `yaml:"issuer"`
	// Client is what the platform is called there; SecretFile holds its secret.
	Client     string `yaml:"client"`
	SecretFile string `yaml:"secretFile"`
	// Scopes are asked for beside openid; absent: profile and phone.
	Scopes []string `yaml:"scopes"`
	// Claims are what it calls the real name, the ID number and the phone;
	// absent: name, id_number and phone_number.
	Claims ClaimNames `yaml:"claims"`
	// Timeout bounds each request to it; absent: 5 seconds.
	Timeout time.Duration `yaml:"timeout"`
}

// ClaimNames are what a platform calls what it knows of a person.
type ClaimNames struct {
	Name   string `yaml:"name"`
	Number string `yaml:"number"`
	Phone  string `yaml:"phone"`
}

// ProverSettings describe a system that confirms what somebody says.
type ProverSettings struct {
	// Kind is what it confirms; empty for the register of legal persons.
	Kind Proof `yaml:"kind"`
	// Name is kept with the proof, and shown to people.
	Name string `yaml:"name"`
	URL  string `yaml:"url"`
	// SecretFile holds what requests are signed with (whsec_…).
	SecretFile string `yaml:"secretFile"`
	// Timeout bounds a request; absent: 5 seconds.
	Timeout time.Duration `yaml:"timeout"`
}

// CertificateSettings name the authorities whose certificates are trusted.
type CertificateSettings struct {
	// Name is kept with the legal person, and shown to people.
	Name string `yaml:"name"`
	// Roots is a file of the authorities' certificates, Revoked one of their lists
	// of revoked certificates, both PEM. Revoked is read again whenever it changes.
	Roots   string `yaml:"roots"`
	Revoked string `yaml:"revoked"`
}

// Bounds of how long an outer system may take.
const (
	defaultTimeout = 5 * time.Second
	maxTimeout     = 30 * time.Second
)

// LoadSettings reads a YAML file; none means the zero Settings. Files that it
// names are looked for beside it.
func LoadSettings(path string) (Settings, error) {
	s := Settings{folder: filepath.Dir(path)}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, fmt.Errorf("read the identity settings: %w", err)
	}
	defer f.Close()
	dec := yaml.NewDecoder(f)
	dec.KnownFields(true)
	if err := dec.Decode(&s); err != nil {
		return s, fmt.Errorf("read the identity settings: %w", err)
	}
	if err := s.check(); err != nil {
		return s, fmt.Errorf("identity settings: %w", err)
	}
	return s, nil
}

// check completes the settings and returns what is wrong with them.
func (s *Settings) check() error {
	if p := s.Province; p != nil {
		if err := p.check(); err != nil {
			return fmt.Errorf("province: %w", err)
		}
	}
	seen := map[Proof]bool{}
	for i := range s.Provers {
		p := &s.Provers[i]
		if !slices.Contains([]Proof{ProofIDCard, ProofSocial, ProofBank, ProofFund, ProofLicence}, p.Kind) || seen[p.Kind] {
			return fmt.Errorf("provers: kind %q is unknown or there twice", p.Kind)
		}
		seen[p.Kind] = true
		if err := p.check(); err != nil {
			return fmt.Errorf("prover of %s: %w", p.Kind, err)
		}
	}
	if s.LegalRegister != nil {
		if err := s.LegalRegister.check(); err != nil {
			return fmt.Errorf("legalRegister: %w", err)
		}
	}
	if c := s.Certificates; c != nil && (c.Name == "" || c.Roots == "" || c.Revoked == "") {
		return errors.New("certificates: name, roots and revoked are needed")
	}
	if s.Licences != nil {
		if err := s.Licences.check(); err != nil {
			return fmt.Errorf("licences: %w", err)
		}
	}
	return nil
}

func (p *ProvinceSettings) check() error {
	if p.Name == "" || p.Client == "" || p.SecretFile == "" {
		return errors.New("name, client and secretFile are needed")
	}
	if err := checkAddress(p.Issuer); err != nil {
		return fmt.Errorf("issuer: %w", err)
	}
	if p.Scopes == nil {
		p.Scopes = []string{"profile", "phone"}
	}
	p.Claims.Name = cmp.Or(p.Claims.Name, "name")
	p.Claims.Number = cmp.Or(p.Claims.Number, "id_number")
	p.Claims.Phone = cmp.Or(p.Claims.Phone, "phone_number")
	return checkTimeout(&p.Timeout)
}

func (p *ProverSettings) check() error {
	if p.Name == "" || p.SecretFile == "" {
		return errors.New("name and secretFile are needed")
	}
	if err := checkAddress(p.URL); err != nil {
		return fmt.Errorf("url: %w", err)
	}
	return checkTimeout(&p.Timeout)
}

func checkTimeout(d *time.Duration) error {
	if *d = cmp.Or(*d, defaultTimeout); *d < 0 || *d > maxTimeout {
		return fmt.Errorf("a timeout is at most %s", maxTimeout)
	}
	return nil
}

// checkAddress tells whether people's data may travel to an address: by https,
// or without leaving this machine.
func checkAddress(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil {
		return fmt.Errorf("%q is no address", address)
	}
	ip := net.ParseIP(u.Hostname())
	here := u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	if u.Scheme != "https" && (u.Scheme != "http" || !here) {
		return fmt.Errorf("%q must be https: people's data go there", address)
	}
	return nil
}

// beside is where a file is that the settings name.
func (s *Settings) beside(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(s.folder, name)
}

// secret reads a file that the settings name.
func (s *Settings) secret(name string) (string, error) {
	text, err := os.ReadFile(s.beside(name))
	if err != nil {
		return "", fmt.Errorf("read a secret: %w", err)
	}
	if strings.TrimSpace(string(text)) == "" {
		return "", fmt.Errorf("the secret in %s is empty", name)
	}
	return strings.TrimSpace(string(text)), nil
}

// Outer are the outer systems that settings describe, ready to be asked. baseURL
// is how people reach the platform: the province sends them back there.
func (s *Settings) Outer(baseURL string) (o Outer, err error) {
	o.Provers = map[Proof]Prover{}
	for _, p := range s.Provers {
		asked, err := s.prover(p)
		if err != nil {
			return o, err
		}
		o.Provers[p.Kind] = httpProver{asked, p.Kind}
	}
	if s.LegalRegister != nil {
		asked, err := s.prover(*s.LegalRegister)
		if err != nil {
			return o, err
		}
		o.LegalRegister = httpRegister{asked}
	}
	if err := s.legal(&o); err != nil {
		return o, err
	}
	if s.Province != nil {
		if err := checkAddress(baseURL); err != nil {
			return o, fmt.Errorf("sign-in at the province needs to know how people reach the platform: %w", err)
		}
		secret, err := s.secret(s.Province.SecretFile)
		if err != nil {
			return o, fmt.Errorf("province: %w", err)
		}
		o.Province = newProvince(*s.Province, strings.TrimRight(baseURL, "/"), secret)
	}
	return o, nil
}

// Outer are systems outside the platform that know people. What is nil or
// absent there is not.
type Outer struct {
	Provers       map[Proof]Prover
	LegalRegister LegalRegister
	LegalProvers  map[LegalWay]LegalProver
	Province      *Province
}

// legal adds how legal persons prove who they are.
func (s *Settings) legal(o *Outer) error {
	o.LegalProvers = map[LegalWay]LegalProver{}
	if c := s.Certificates; c != nil {
		authorities, err := certificate.Load(s.beside(c.Roots), s.beside(c.Revoked))
		if err != nil {
			return fmt.Errorf("certificates: %w", err)
		}
		o.LegalProvers[ByCertificate] = certificateProver{c.Name, authorities}
	}
	if s.Licences != nil {
		asked, err := s.prover(*s.Licences)
		if err != nil {
			return err
		}
		o.LegalProvers[ByLicence] = licenceProver{asked}
	}
	return nil
}

func (s *Settings) prover(p ProverSettings) (*asked, error) {
	text, err := s.secret(p.SecretFile)
	if err != nil {
		return nil, fmt.Errorf("prover %q: %w", p.Name, err)
	}
	secret, err := message.ParseSecret(text)
	if err != nil {
		return nil, fmt.Errorf("prover %q: %w", p.Name, err)
	}
	return &asked{name: p.Name, url: p.URL, secret: secret, client: boundedClient(p.Timeout)}, nil
}
