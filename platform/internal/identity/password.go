package identity

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"time"
	"unicode"

	"golang.org/x/crypto/bcrypt"

	"smarthall/platform/internal/store"
)

// Lock-out of accounts.
const (
	maxFailures = 5
	lockFor     = 15 * time.Minute
)

// checkPassword tells whether a password may be chosen. bcrypt reads 72 bytes.
func checkPassword(password string) error {
	letter := strings.ContainsFunc(password, unicode.IsLetter)
	digit := strings.ContainsFunc(password, unicode.IsDigit)
	if len(password) < 8 || len(password) > 64 || !letter || !digit {
		return ErrWeakPassword
	}
	return nil
}

// passwordLetters leaves out what is mistaken for something else on paper.
const passwordLetters = "abcdefghjkmnpqrstuvwxyz23456789"

// randomPassword is one to hand over on paper.
func randomPassword() string {
	b := make([]byte, 10)
	_, _ = rand.Read(b) // it never fails
	for i := range b {
		b[i] = passwordLetters[int(b[i])%len(passwordLetters)]
	}
	return string(b) + "a2" // always a letter and a digit
}

// nobodysHash is compared where there is no such account, so that answers take
// the same time.
var nobodysHash = []byte("$2a$10$7EqJtq98hPqEX7fNZaFWoOhi5pFnbBSfeKO2lHq9aFvXmYHk1B0xG")

// secret is an account's password and its lock.
type secret struct {
	id, hash    string
	failures    int
	lockedUntil int64
}

// verify compares a password with an account's in table, which is text of
// ours, and keeps count of failures.
func (s *Service) verify(ctx context.Context, table string, a secret, password string) error {
	now := s.Store.Now()
	if a.id == "" {
		_ = bcrypt.CompareHashAndPassword(nobodysHash, []byte(password))
		return ErrWrongLogin
	}
	if now.Before(store.Time(a.lockedUntil)) {
		return ErrLocked
	}
	if bcrypt.CompareHashAndPassword([]byte(a.hash), []byte(password)) == nil {
		return nil
	}
	return s.failed(ctx, table, a.id)
}

// failed counts a failure of an account and locks it after too many.
func (s *Service) failed(ctx context.Context, table, id string) error {
	err := s.Store.Write(ctx, "count a failed sign-in", func(tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE `+table+` SET
			locked_until = CASE WHEN failures + 1 >= $1 THEN $2 ELSE locked_until END,
			failures = CASE WHEN failures + 1 >= $1 THEN 0 ELSE failures + 1 END WHERE id = $3`,
			maxFailures, store.Millis(tx.Now.Add(lockFor)), id)
		return err
	})
	if err != nil {
		return err
	}
	return ErrWrongLogin
}

// setPassword gives an account in table a new password and lifts its lock.
func (s *Service) setPassword(ctx context.Context, tx *store.Tx, id, password string, change bool) error {
	hash, err := bcrypt.GenerateFromPassword([]byte(password), s.PasswordCost)
	if err != nil {
		return fmt.Errorf("hash password: %w", err)
	}
	_, err = tx.ExecContext(ctx, `UPDATE person SET password = $1, change_password = $2, failures = 0, locked_until = 0 WHERE id = $3`,
		string(hash), store.Bool(change), id)
	return err
}
