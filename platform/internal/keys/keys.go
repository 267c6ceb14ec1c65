// Package keys holds the platform's one secret, from which each purpose gets a
// key of its own. It lies in the data folder, or comes from the environment
// where several processes share a database.
package keys

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"smarthall/internal/privacy"
)

// Env holds the secret as base64 of 32 bytes, for platforms of several
// processes. It wins over the file.
const Env = "SMARTHALL_PLATFORM_KEY"

// size of the secret, in bytes.
const size = 32

// Keys is the secret. Whoever loses it can't read people's data any more.
type Keys struct{ secret []byte }

// Load takes the secret from the environment or from the file platform.key in
// dir, which it makes, readable by the owner only, if there is none.
func Load(dir string) (*Keys, error) {
	if text := os.Getenv(Env); text != "" {
		return decode(Env, text)
	}
	path := filepath.Join(dir, "platform.key")
	text, err := os.ReadFile(path)
	if err == nil {
		return decode(path, string(text))
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the platform's key: %w", err)
	}
	secret := make([]byte, size)
	_, _ = rand.Read(secret) // it never fails
	if err := save(path, base64.StdEncoding.EncodeToString(secret)+"\n"); err != nil {
		return nil, fmt.Errorf("make the platform's key: %w", err)
	}
	return &Keys{secret}, nil
}

func save(path, text string) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if _, err := f.WriteString(text); err != nil {
		return err
	}
	return f.Sync()
}

func decode(where, text string) (*Keys, error) {
	secret, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	if err != nil || len(secret) != size {
		return nil, fmt.Errorf("%s must hold %d bytes as base64", where, size)
	}
	return &Keys{secret}, nil
}

// For derives the key of a purpose, 32 bytes.
func (k *Keys) For(purpose string) []byte {
	mac := hmac.New(sha256.New, k.secret)
	mac.Write([]byte("smarthall platform\x00" + purpose))
	return mac.Sum(nil)
}

// Vault keeps people's numbers: hashed to recognise, sealed to read again.
func (k *Keys) Vault() privacy.Vault { return privacy.NewVault(k.For("people")) }
