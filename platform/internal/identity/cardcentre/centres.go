package cardcentre

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"smarthall/platform/internal/message"
	"smarthall/platform/internal/store"
)

// Settings are cardcentre.yaml in the platform's data folder.
type Settings struct {
	// Name is what the audit log calls the centre.
	Name string `yaml:"name"`
	URL  string `yaml:"url"`
	// SecretFile holds what questions are signed with (whsec_…); its name is
	// relative to the settings.
	SecretFile string `yaml:"secretFile"`
	// Timeout bounds a question; absent: 3 seconds, and never more than 4.
	Timeout time.Duration `yaml:"timeout"`
}

const (
	defaultTimeout = 3 * time.Second
	// maxAnswer bounds what is read of an answer, in bytes.
	maxAnswer = 64 << 10
)

// Load reads the settings and returns the centre that they describe; nil where
// there is no such file.
func Load(path string) (Centre, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil //nolint:nilnil // a city without a card centre
	}
	if err != nil {
		return nil, fmt.Errorf("read the card centre's settings: %w", err)
	}
	var s Settings
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(&s); err != nil {
		return nil, fmt.Errorf("read the card centre's settings: %w", err)
	}
	c, err := s.centre(filepath.Dir(path))
	if err != nil {
		return nil, fmt.Errorf("card centre's settings: %w", err)
	}
	return c, nil
}

func (s *Settings) centre(folder string) (*httpCentre, error) {
	if s.Name == "" || s.SecretFile == "" {
		return nil, errors.New("name and secretFile are needed")
	}
	if err := checkAddress(s.URL); err != nil {
		return nil, fmt.Errorf("url: %w", err)
	}
	s.Timeout = cmp.Or(s.Timeout, defaultTimeout)
	if s.Timeout < 0 || s.Timeout > patience {
		return nil, fmt.Errorf("timeout: at most %s, since the hall waits no longer", patience)
	}
	file := s.SecretFile
	if !filepath.IsAbs(file) {
		file = filepath.Join(folder, file)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the secret: %w", err)
	}
	secret, err := message.ParseSecret(string(text))
	if err != nil {
		return nil, err
	}
	return &httpCentre{name: s.Name, url: s.URL, secret: secret, client: &http.Client{
		Timeout:       s.Timeout, // people's data go there and nowhere else
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// checkAddress tells whether people's data may travel to an address: by https, or
// without leaving this machine.
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

// httpCentre asks a card centre over HTTP: POST of a Question as JSON, signed as
// Standard Webhooks v1 are; 200 is answered by a Holder, 404 and 410 say that the
// code is unknown or no longer good.
type httpCentre struct {
	name, url string
	secret    message.Secret
	client    *http.Client
}

// Name implements Centre.
func (c *httpCentre) Name() string { return c.name }

// Resolve implements Centre. Its errors never show the question.
func (c *httpCentre) Resolve(ctx context.Context, q Question) (Holder, error) {
	body, err := json.Marshal(q)
	if err != nil {
		return Holder{}, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		return Holder{}, fmt.Errorf("ask %s: %w", c.name, err)
	}
	req.Header.Set("Content-Type", "application/json")
	c.secret.Sign(req.Header, store.NewID(), time.Now(), body)
	resp, err := c.client.Do(req)
	if err != nil {
		return Holder{}, fmt.Errorf("ask %s: %w", c.name, err)
	}
	defer resp.Body.Close()
	switch resp.StatusCode {
	case http.StatusOK:
	case http.StatusNotFound, http.StatusGone:
		return Holder{}, ErrUnknown
	default:
		return Holder{}, fmt.Errorf("%s answered with status %d", c.name, resp.StatusCode)
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return Holder{}, fmt.Errorf("read the answer of %s: %w", c.name, err)
	}
	var h Holder
	if len(data) > maxAnswer || json.Unmarshal(data, &h) != nil { // the error would show what it read
		return Holder{}, fmt.Errorf("%s answered with what is no holder", c.name)
	}
	return h, nil
}

// Demo is a card centre of a demo city: DHM1 and twelve digits are a code of one
// demo person, DHM2 of another, each good for once. Its name says what it is.
type Demo struct{}

// Name implements Centre.
func (Demo) Name() string { return "演示市民卡中心（不是真的）" }

var demoCode = regexp.MustCompile(`^DHM([12])[0-9]{12}$`)

// demoHolders are people who have cases in the demo city.
var demoHolders = map[string]Holder{
	"1": {Name: "周敏", Number: "330100195501011002", Once: true},
	"2": {Name: "张倩", Number: "33010019880220117X", Once: true},
}

// Resolve implements Centre.
func (Demo) Resolve(_ context.Context, q Question) (Holder, error) {
	m := demoCode.FindStringSubmatch(strings.ToUpper(q.Code))
	if m == nil {
		return Holder{}, ErrUnknown
	}
	return demoHolders[m[1]], nil
}
