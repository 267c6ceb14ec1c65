package message

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"net/mail"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Settings are how a city's messages leave it.
type Settings struct {
	// Signature says in an SMS who it is from, without brackets.
	Signature string `yaml:"signature"`
	// Providers are asked in this order, those of a template's first channel
	// first.
	Providers []ProviderSettings `yaml:"providers"`
	// Quiet is when no SMS goes out but texts that can't wait.
	Quiet Quiet `yaml:"quiet"`
	// PerPerson is how many messages a day go to one address, by channel; 0 and
	// absent mean 20. Texts that can't wait don't count.
	PerPerson map[Channel]int `yaml:"perPerson"`
	// PerDay is how many go to everybody, by channel, whatever they say; absent
	// means any number.
	PerDay map[Channel]int `yaml:"perDay"`
	// Trial sends to the addresses in Allow and to nobody else.
	Trial bool     `yaml:"trial"`
	Allow []string `yaml:"allow"`
}

// Quiet hours, by the clock of the city: HH:MM. Both empty means 22:00 to 07:00.
type Quiet struct {
	From string `yaml:"from"`
	To   string `yaml:"to"`
}

// ProviderSettings are one way out.
type ProviderSettings struct {
	Name string `yaml:"name"`
	// Channel is what it sends by; of kind outbox it may be empty: any.
	Channel Channel `yaml:"channel"`
	// Kind is http (signed JSON), smtp or outbox (the staff's page).
	Kind string `yaml:"kind"`
	// URL is the gateway's, or smtp://host:port, smtps://host:port.
	URL string `yaml:"url"`
	// SecretFile holds what requests and receipts are signed with (whsec_…), or
	// the password at the mail server.
	SecretFile string `yaml:"secretFile"`
	// User and From are for mail servers.
	User string `yaml:"user"`
	From string `yaml:"from"`
	// Plain lets mail go unencrypted where the server offers nothing better.
	Plain bool `yaml:"plain"`
	// Receipts tells that the gateway posts receipts.
	Receipts bool          `yaml:"receipts"`
	Timeout  time.Duration `yaml:"timeout"`
}

// Kinds of providers.
const (
	kindHTTP   = "http"
	kindSMTP   = "smtp"
	kindOutbox = "outbox"
)

// Defaults of settings.
const (
	defaultSignature = "政务服务"
	defaultPerPerson = 20
	defaultTimeout   = 10 * time.Second
	maxTimeout       = 30 * time.Second
)

// LoadSettings reads a YAML file; none means the zero Settings.
func LoadSettings(path string) (Settings, error) {
	var s Settings
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, fmt.Errorf("read the message settings: %w", err)
	}
	defer f.Close()
	dec := yaml.NewDecoder(f)
	dec.KnownFields(true)
	if err := dec.Decode(&s); err != nil {
		return s, fmt.Errorf("read the message settings: %w", err)
	}
	return s, s.check()
}

// check completes the settings and returns what is wrong with them.
func (s *Settings) check() error {
	s.Signature = cmp.Or(strings.Trim(clean(s.Signature, 20), "（）"), defaultSignature)
	if s.Quiet == (Quiet{}) {
		s.Quiet = Quiet{"22:00", "07:00"}
	}
	for _, clock := range []string{s.Quiet.From, s.Quiet.To} {
		if _, err := time.Parse("15:04", clock); err != nil {
			return fmt.Errorf("message settings: quiet hours %q are no time like 22:00", clock)
		}
	}
	if len(s.Providers) == 0 {
		s.Providers = []ProviderSettings{{Name: kindOutbox, Kind: kindOutbox}}
	}
	names := map[string]bool{}
	for i := range s.Providers {
		p := &s.Providers[i]
		if err := p.check(); err != nil {
			return fmt.Errorf("message settings: provider %q: %w", p.Name, err)
		}
		if names[p.Name] {
			return fmt.Errorf("message settings: provider %q is there twice", p.Name)
		}
		names[p.Name] = true
	}
	return nil
}

func (p *ProviderSettings) check() error {
	if p.Name == "" || len(p.Name) > 40 || strings.ContainsFunc(p.Name, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-'
	}) {
		return errors.New("a name is small letters, digits and hyphens")
	}
	if p.Timeout = cmp.Or(p.Timeout, defaultTimeout); p.Timeout < 0 || p.Timeout > maxTimeout {
		return fmt.Errorf("a timeout is at most %s", maxTimeout)
	}
	u, err := url.Parse(p.URL)
	if err != nil {
		return errors.New("the URL can't be read")
	}
	switch p.Kind {
	case kindOutbox:
		return nil
	case kindHTTP:
		if (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
			return errors.New("a gateway's URL is http or https")
		}
		if p.SecretFile == "" {
			return errors.New("a gateway needs a secretFile")
		}
		if p.Channel != SMS && p.Channel != WeChat && p.Channel != Email {
			return errors.New("a gateway's channel is sms, wechat or email")
		}
		return nil
	case kindSMTP:
		if (u.Scheme != "smtp" && u.Scheme != "smtps") || u.Hostname() == "" {
			return errors.New("a mail server's URL is smtp://host:port or smtps://host:port")
		}
		if _, err := mail.ParseAddress(p.From); err != nil {
			return errors.New("from must be an e-mail address")
		}
		p.Channel = Email
		return nil
	default:
		return errors.New("a kind is http, smtp or outbox")
	}
}

// allowed tells whether an address may be sent to while all is on trial.
func (s *Settings) allowed(address string) bool {
	return !s.Trial || slices.ContainsFunc(s.Allow, func(a string) bool { return strings.EqualFold(strings.TrimSpace(a), address) })
}

// until is when the quiet hours end that now lies in, or the zero time.
func (q Quiet) until(now time.Time) time.Time {
	from, _ := time.Parse("15:04", q.From) // checked when they were read
	to, _ := time.Parse("15:04", q.To)
	at := func(clock time.Time, days int) time.Time {
		return time.Date(now.Year(), now.Month(), now.Day()+days, clock.Hour(), clock.Minute(), 0, 0, now.Location())
	}
	begin, end := at(from, 0), at(to, 0)
	switch {
	case begin.Equal(end):
		return time.Time{}
	case begin.Before(end): // within a day
		if !now.Before(begin) && now.Before(end) {
			return end
		}
	case now.Before(end):
		return end
	case !now.Before(begin):
		return at(to, 1)
	}
	return time.Time{}
}

// isEmail tells whether an address is one that mail can be sent to, without a
// name and all on one line.
func isEmail(address string) bool {
	a, err := mail.ParseAddress(address)
	return err == nil && a.Address == address && len(address) <= maxAddress && !strings.ContainsFunc(address, unwanted)
}
