// Package access says who may do what: bearer tokens for scripts and agents,
// the same as cookies for the pages of people who signed in.
//
// A token is its claims and an HMAC of them with the hall's secret. It needs no
// table, works before the server runs, and dies when the secret is replaced.
package access

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"smarthall/internal/atomicfile"
)

// Role is what somebody is to the hall.
type Role string

// The roles.
const (
	Admin   Role = "admin"   // may do everything
	Manager Role = "manager" // sees everything, runs every window
	Clerk   Role = "clerk"   // runs one window
	Kiosk   Role = "kiosk"   // takes tickets
	Display Role = "display" // shows calls
)

// Valid tells whether r is a role.
func (r Role) Valid() bool {
	switch r {
	case Admin, Manager, Clerk, Kiosk, Display:
		return true
	}
	return false
}

// Claims are what a token says of its bearer.
type Claims struct {
	Role Role `json:"role"`
	// Subject is a member of staff, an agent, or a script's name.
	Subject string `json:"sub"`
	// Window is the only window a clerk's token may run; empty for the others.
	Window string `json:"window,omitempty"`
	// Expires is in Unix seconds; 0 means never.
	Expires int64 `json:"exp,omitempty"`
	// Session tells that a member of staff got it for a password: it holds only
	// as long as that person may sign in with this role.
	Session bool `json:"session,omitempty"`
}

// ErrToken says that a token isn't this hall's, or is over.
var ErrToken = errors.New("invalid or expired token")

// Keys are the hall's secrets.
type Keys struct {
	token []byte
	known known
	// Person is the secret of the keyed hashes of persons.
	Person []byte
}

const secretSize = 32

// Load reads the secrets in dir, making them at the first time.
func Load(dir string) (*Keys, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make data folder: %w", err)
	}
	token, err := secret(filepath.Join(dir, "token.key"))
	if err != nil {
		return nil, err
	}
	person, err := secret(filepath.Join(dir, "person.key"))
	if err != nil {
		return nil, err
	}
	return &Keys{token: token, Person: person}, nil
}

func secret(path string) ([]byte, error) {
	key, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		key = make([]byte, secretSize)
		_, _ = rand.Read(key) // never fails
		if err = atomicfile.Write(path, key, 0o600); err == nil {
			return key, nil
		}
	}
	if err != nil {
		return nil, fmt.Errorf("read secret: %w", err)
	}
	if len(key) != secretSize {
		return nil, fmt.Errorf("read secret: %s must be %d bytes", path, secretSize)
	}
	return key, nil
}

var b64 = base64.RawURLEncoding

// Token signs claims.
func (k *Keys) Token(c Claims) (string, error) {
	if !c.Role.Valid() {
		return "", fmt.Errorf("make token: unknown role %q", c.Role)
	}
	body, err := json.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("make token: %w", err)
	}
	text := b64.EncodeToString(body)
	return text + "." + b64.EncodeToString(k.sign(text)), nil
}

func (k *Keys) sign(text string) []byte {
	mac := hmac.New(sha256.New, k.token)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

// maxToken bounds what is looked at, in bytes.
const maxToken = 2048

// Check returns the claims of a token that is valid at now.
func (k *Keys) Check(token string, now time.Time) (Claims, error) {
	c, ok := k.known.get(token)
	if !ok {
		var err error
		if c, err = k.verify(token); err != nil {
			return Claims{}, err
		}
		k.known.put(token, c)
	}
	if c.Expires != 0 && now.Unix() >= c.Expires {
		return Claims{}, ErrToken
	}
	return c, nil
}

// verify returns the claims of a token that this hall signed.
func (k *Keys) verify(token string) (Claims, error) {
	text, signature, ok := strings.Cut(token, ".")
	if !ok || len(token) > maxToken {
		return Claims{}, ErrToken
	}
	mac, err := b64.DecodeString(signature)
	if err != nil || !hmac.Equal(mac, k.sign(text)) {
		return Claims{}, ErrToken
	}
	body, err := b64.DecodeString(text)
	if err != nil {
		return Claims{}, ErrToken
	}
	var c Claims
	if json.Unmarshal(body, &c) != nil || !c.Role.Valid() {
		return Claims{}, ErrToken
	}
	return c, nil
}

// maxKnown bounds the tokens that are remembered; a hall has a few dozen.
const maxKnown = 1024

// known remembers tokens whose signature was right, for busy askers. Only the
// hall's own secret makes such tokens, so nobody else can fill it.
type known struct {
	mu     sync.RWMutex
	claims map[string]Claims // guarded by mu
}

func (k *known) get(token string) (Claims, bool) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	c, ok := k.claims[token]
	return c, ok
}

func (k *known) put(token string, c Claims) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.claims == nil || len(k.claims) >= maxKnown {
		k.claims = make(map[string]Claims)
	}
	k.claims[strings.Clone(token)] = c
}

type contextKey struct{}

// With returns ctx with the claims of whoever asks.
func With(ctx context.Context, c Claims) context.Context {
	return context.WithValue(ctx, contextKey{}, c)
}

// From returns the claims in ctx; the zero value may do nothing.
func From(ctx context.Context) Claims {
	c, _ := ctx.Value(contextKey{}).(Claims)
	return c
}

// Staff tells whether c may run every window and see everything.
func (c Claims) Staff() bool { return c.Role == Admin || c.Role == Manager }

// Runs tells whether c may act for window.
func (c Claims) Runs(window string) bool {
	return c.Staff() || (c.Role == Clerk && c.Window != "" && c.Window == window)
}
